"""Which backups stay and which go: a plan, made from the catalog, the policy and the time alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.backup.clocks import clock_gap, gap_told
from core.backup.leaps import leap_among
from core.backup.retention_rules import NOT_VERIFIED, keep_by_kind, reasons_to_stay
from core.backup.timeline import Timeline, timeline
from core.config.retention_settings import RetentionSettings
from core.errors import BackupError
from core.model.backup import CatalogEntry

_CLOCKS_APART = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that stays, and every reason for it."""

    entry: CatalogEntry
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What a prune would do.

    ``expire`` lose their last reason now and begin their time of grace; ``destroy`` have had it,
    children before parents; ``waiting`` are in it, or wait for a child; ``revive`` have a reason
    again. ``held_back`` says why nothing at all
    may be deleted now, if so; the rest is then empty. A backup of which nobody here has read a copy
    yet (another host wrote it) is kept for now: whoever doesn't know whether it is good can't tell
    what it stands in for.
    """

    kept: tuple[Kept, ...]
    expire: tuple[CatalogEntry, ...] = ()
    destroy: tuple[CatalogEntry, ...] = ()
    revive: tuple[CatalogEntry, ...] = ()
    waiting: tuple[CatalogEntry, ...] = ()
    held_back: str = ""

    @property
    def freed_bytes(self) -> int:
        """What destroying frees in one copy."""
        return sum(entry.sealed_bytes for entry in self.destroy)


def plan_prune(
    entries: Iterable[CatalogEntry], settings: RetentionSettings, now: datetime
) -> PrunePlan:
    """The plan for one server's backups at ``now``.

    Raises:
        BackupError: backups of several servers were given; a plan is for one.
    """
    line = timeline(entries, now)
    listed = line.entries
    _check_one_server(listed)
    if reason := _held_back(line, settings, now):
        return PrunePlan(tuple(Kept(entry, ("held back",)) for entry in listed), held_back=reason)
    reasons = reasons_to_stay(line, settings, now)
    gone = [entry for entry in listed if entry.backup_id not in reasons]
    begun = {e.backup_id: at for e in gone if (at := _expired_at(e, now)) is not None}
    grace = timedelta(seconds=settings.grace_seconds)
    destroy = _children_first(gone, {each for each, at in begun.items() if at + grace <= now})
    goes = {entry.backup_id for entry in destroy}
    return PrunePlan(
        kept=tuple(
            Kept(entry, tuple(reasons[entry.backup_id]))
            for entry in listed
            if entry.backup_id in reasons
        ),
        expire=tuple(entry for entry in gone if entry.backup_id not in begun),
        destroy=destroy,
        waiting=tuple(e for e in gone if e.backup_id in begun and e.backup_id not in goes),
        revive=tuple(
            entry
            for entry in listed
            if entry.expired_at is not None
            and set(reasons.get(entry.backup_id, ())) - {NOT_VERIFIED}
        ),
    )


def _check_one_server(entries: Sequence[CatalogEntry]) -> None:
    # Empty is unknown: the role might not ask for it when that backup was taken.
    identifiers = {entry.system_identifier for entry in entries} - {""}
    if len({e.server_id for e in entries}) > 1 or len(identifiers) > 1:
        servers = {(entry.server_id, entry.system_identifier) for entry in entries}
        names = ", ".join(sorted(f"{name} ({identifier})" for name, identifier in servers))
        raise BackupError(
            "Nothing is pruned: these are the backups of several servers",
            why=names,
            remedy="see which of them is yours; prune one server at a time",
        )


def _expired_at(entry: CatalogEntry, now: datetime) -> datetime | None:
    """Since when it has expired; a mark of a time to come is a wrong clock's, and made anew."""
    at = entry.expired_at
    return None if at is None or at > now + _CLOCKS_APART else at


def _held_back(line: Timeline, settings: RetentionSettings, now: datetime) -> str:
    """Why the clock can't be trusted with a deletion; a wrong clock would expire everything.

    A backup has two times: that of the host that took it, and the server's. Where they contradict
    one another, the earlier one counts: one night by a wrong clock neither proves that clock right,
    nor holds back for ever what comes after.
    """
    if line.is_outvoted:
        later = "the newest backup is" if line.to_come == 1 else f"{line.to_come} backups are"
        return (
            f"the clock says {now:%Y-%m-%d %H:%M}, and {later} of later; if it is right now,"
            " the next backups end this"
        )
    if not line.entries:
        return ""
    longest = timedelta(days=max(keep.days for keep in keep_by_kind(settings).values()))
    if line.newest_at is not None and now - line.newest_at > longest:
        days = (now - line.newest_at).days
        return f"the newest backup is {days} days old: the clock is wrong, or backups have stopped"
    if leap := leap_among(line, settings, now):
        return (
            f"no backup was taken from {leap.since:%Y-%m-%d %H:%M} to {leap.until:%Y-%m-%d %H:%M}:"
            f" the clock may have leapt; {settings.settle_days:g} days of backups after it end this"
            " (or [retention] settle_days = 0, if the clock is right)"
        )
    last = line.entries[-1]
    if gap := clock_gap(last.backup_id, last.snapshot_at, last.finished_at):
        return (
            f"when {last.backup_id} was taken, the clock of the host that took it was"
            f" {gap_told(gap)} the server's; once both are right, a new backup ends this"
        )
    return ""


def _children_first(gone: Sequence[CatalogEntry], over: set[str]) -> tuple[CatalogEntry, ...]:
    """Those whose grace is over, each after all that need it; a parent of one that waits waits."""
    if not over:
        return ()
    children = Counter(needed for entry in gone for needed in entry.needs)
    order: list[CatalogEntry] = []
    for entry in reversed(gone):
        if entry.backup_id in over and not children[entry.backup_id]:
            order.append(entry)
            children.subtract(entry.needs)
    return tuple(order)
