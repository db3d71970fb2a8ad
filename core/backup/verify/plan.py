"""Which copies of a repository are read again now: what is least known first, within a budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.backup.clocks import time_to_come
from core.config.verify_settings import VerifySettings
from core.model.backup import BackupCopy, CatalogEntry, CopyState, VerificationLevel


@dataclass(frozen=True, slots=True)
class CopyOf:
    """A backup, and its copy in the repository that is looked at."""

    entry: CatalogEntry
    copy: BackupCopy


def copies_in(entries: Iterable[CatalogEntry], repository: str) -> tuple[CopyOf, ...]:
    """The copies that the repository has, or should have; oldest backup first."""
    found = (
        CopyOf(entry, copy)
        for entry in entries
        for copy in entry.copies
        if copy.repository == repository and copy.state is not CopyState.EXPIRED
    )
    return tuple(sorted(found, key=lambda each: each.entry.order))


def plan_verification(
    copies: Iterable[CopyOf], settings: VerifySettings, now: datetime
) -> tuple[CopyOf, ...]:
    """The copies to read now, in the order in which to read them.

    Those that were never read come first, then those whose last time is longest ago. What was found
    damaged, or could not be read, is always looked at again: it may have been put right. A copy
    that is good is left alone in its time of grace, and where it was read in the last days; what is
    not good may come back from its grace by this.
    """
    there = [each for each in copies if each.copy.state is not CopyState.MISSING]
    budget = _budget(there, settings)
    before = now - timedelta(days=settings.again_days)
    due = [
        each
        for each in there
        if (each.copy.expired_at is None or not each.copy.is_good)
        and _is_due(each.copy, before=before, now=now)
    ]
    chosen: list[CopyOf] = []
    spent = 0
    for each in sorted(due, key=lambda each: _urgency(each, now)):
        if chosen and not _is_bad(each.copy) and spent + each.entry.sealed_bytes > budget:
            break
        chosen.append(each)
        # What is refused once more costs nothing, and others are not to wait for it.
        spent += 0 if each.copy.is_refused else each.entry.sealed_bytes
    return tuple(chosen)


def _budget(copies: Iterable[CopyOf], settings: VerifySettings) -> float:
    whole = sum(each.entry.sealed_bytes for each in copies) * settings.share
    return min(whole, settings.bytes) if settings.bytes else whole


def _is_due(copy: BackupCopy, *, before: datetime, now: datetime) -> bool:
    last = _last_read(copy, now)
    return _is_bad(copy) or last is None or last <= before


def _is_bad(copy: BackupCopy) -> bool:
    return copy.state is CopyState.DAMAGED or copy.is_refused


def _urgency(each: CopyOf, now: datetime) -> tuple[bool, datetime, str]:
    """Bad ones first, then by the last time; of equals the older backup, which others need."""
    never = datetime.min.replace(tzinfo=now.tzinfo)
    return (not _is_bad(each.copy), _last_read(each.copy, now) or never, each.entry.backup_id)


def _last_read(copy: BackupCopy, now: datetime) -> datetime | None:
    """When it was proven last; a time to come is a wrong clock's, and tells nothing."""
    at = copy.verified_at
    if copy.level is VerificationLevel.NONE or at is None or time_to_come(at, now):
        return None
    return at
