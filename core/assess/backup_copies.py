"""Copies of backups: lost, missing or damaged, and not verified for too long."""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Situation
from core.assess.wording import duration, several
from core.model.backup import CatalogEntry, CopyState
from core.model.health import Area, Severity
from core.model.protection import BackupOverview

_DAY = 86_400.0
_TO_READ = (
    "Restore the objects from the archive class, or allow pgvigil's key to read them and to"
    " decrypt: in the provider's console. They are kept meanwhile; then verify: v."
)
_TO_OPEN = (
    "Put that key back into the config; pgvigil key rotate then brings them under the key for new"
    " backups. They are kept meanwhile."
)


def lost(overview: BackupOverview) -> Iterator[Draft]:
    """Databases whose newest full backup is lost: what builds upon it is lost with it."""
    for entry in overview.newest_fulls:
        if not is_lost(entry):
            continue
        of = of_database(overview, entry)
        yield Draft(
            fingerprint=f"backups.lost:{entry.database}",
            area=Area.BACKUPS,
            severity=Severity.CRITICAL,
            title=f"The newest full backup{of} is lost: no copy of it is sound",
            detail=copies_told(entry),
            advice="Take a full backup now: b in the backups area (5); then see what ails the "
            "repositories.",
            subject=entry.backup_id,
        )


def warned(overview: BackupOverview) -> Iterator[Draft]:
    """Newest good backups that lack what their role may not see, or of which pg_dump warned."""
    for entry in overview.last_good:
        if entry.warnings:
            yield Draft(
                fingerprint=f"backups.warned:{entry.database}",
                area=Area.BACKUPS,
                severity=Severity.INFO,
                title=f"The last good backup{of_database(overview, entry)} came with"
                f" {several(len(entry.warnings), 'warning', 'warnings')}",
                detail="; ".join(entry.warnings),
                advice="Back up as a superuser where something is not in it that is needed"
                " (docs/backup-dump.md says which role sees what), or keep that elsewhere.",
                subject=entry.backup_id,
            )


def bad(overview: BackupOverview) -> Iterator[Draft]:
    """Copies that are missing or damaged."""
    found = overview.bad_copies
    if not found.count:
        return
    newest = found.newest[0] if found.newest else None
    told = (
        f"the newest: {newest.backup_id} in {newest.repository} is {newest.state.value}"
        + (f" ({newest.problem})" if newest.problem else "")
        if newest is not None
        else ""
    )
    yield Draft(
        fingerprint="backups.copies",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title=f"{several(found.count, 'copy of a backup is', 'copies of backups are')} missing or "
        "damaged",
        detail=told,
        advice="The next verification repairs them from a sound copy; see whether the repository "
        "is in order, and start one: v on the backup.",
        subject=newest.backup_id if newest is not None else "",
    )


def refused(overview: BackupOverview) -> Iterator[Draft]:
    """Copies that are there and can't be read: nothing is known of them until that is ended."""
    found = overview.refused_copies
    if not found.count:
        return
    newest = found.newest[0] if found.newest else None
    told = (
        f"the newest: {newest.backup_id} in {newest.repository} {newest.problem}" if newest else ""
    )
    yield Draft(
        fingerprint="backups.refused",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title=f"{several(found.count, 'copy of a backup', 'copies of backups')} can't be read",
        detail=told,
        advice=_TO_OPEN if newest is not None and newest.is_closed else _TO_READ,
        subject=newest.backup_id if newest else "",
    )


def unconfigured(overview: BackupOverview) -> Iterator[Draft]:
    """Copies in repositories that the config has no more: nobody looks after them."""
    for each in overview.unconfigured:
        only = each.only_copies
        none_else = f"{several(only, 'of these backups has', 'of these backups have')} no other"
        yield Draft(
            fingerprint=f"backups.unconfigured:{each.repository}",
            area=Area.BACKUPS,
            severity=Severity.WARNING,
            title=f"{several(each.copies, 'copy of a backup is', 'copies of backups are')} in "
            f"{each.repository}, which the config has no more",
            detail="nobody verifies, repairs or prunes them there; "
            + (f"{none_else} copy" if only else "each of these backups has another copy"),
            advice=f"Put [repositories.{each.repository}] back into the config; where it is gone "
            f"for good: pgvigil backup forget {each.repository} (it shows first what that means).",
        )


def unverified(situation: Situation, overview: BackupOverview) -> Iterator[Draft]:
    """The copy that was not read again for longest, where that is too long."""
    oldest, days = overview.oldest_verification, situation.thresholds.backup_verification_days
    if oldest is None:
        return
    seconds = (situation.now - oldest).total_seconds()
    if seconds <= days * _DAY:
        return
    yield Draft(
        fingerprint="backups.verification",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title=f"A copy was not verified for {duration(seconds)}",
        detail=f"each should be within {days:g} days: what nobody reads may have rotted",
        advice="See that the schedule verify runs and that its budget suffices (Tab in 5).",
    )


def is_lost(entry: CatalogEntry) -> bool:
    """Whether a backup had copies, and none of them is sound."""
    bad = {CopyState.MISSING, CopyState.DAMAGED}
    return bool(entry.copies) and all(copy.state in bad for copy in entry.copies)


def copies_told(entry: CatalogEntry) -> str:
    """The copies of a backup, and what ails each."""
    return "; ".join(
        f"{copy.repository}: {copy.state.value}" + (f" ({copy.problem})" if copy.problem else "")
        for copy in entry.copies
    )


def of_database(overview: BackupOverview, entry: CatalogEntry) -> str:
    """Which database a backup is of, where there are several; with a space before."""
    return f" of {entry.database}" if len(overview.databases) > 1 else ""
