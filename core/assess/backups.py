"""Backups: whether the last good one is young enough, whole, verified, and whether the next comes.

Judged by what the store knows alone: also, and above all, while the server can't be reached.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.assess import backup_copies, drills, schedules, scratch_servers
from core.assess.backup_attempts import last_attempts
from core.assess.no_backup import no_good_backup
from core.assess.situation import Draft, Situation
from core.assess.wording import duration, percent, several, size
from core.model.health import Area, Severity
from core.model.protection import BackupOverview, LostKey, SetUpStep


def findings(situation: Situation) -> Iterator[Draft]:
    """What is wrong with backups that are set up; nothing where none are."""
    overview = situation.backups
    if overview is None or not _are_asked_for(overview):
        return
    yield from _key(overview)
    yield from _absent_keys(overview)
    yield from _unclear_staging(overview)
    yield from _lost_keys(overview)
    yield from no_good_backup(overview)
    yield from _age(situation, overview)
    yield from backup_copies.lost(overview)
    yield from last_attempts(overview)
    yield from backup_copies.warned(overview)
    yield from backup_copies.bad(overview)
    yield from backup_copies.refused(overview)
    yield from backup_copies.unconfigured(overview)
    yield from backup_copies.unverified(situation, overview)
    yield from _clocks(overview)
    yield from _quota(situation, overview)
    yield from drills.findings(situation, overview)
    yield from scratch_servers.findings(situation, overview)
    yield from schedules.idle(overview)


def _are_asked_for(overview: BackupOverview) -> bool:
    """Whether it is set up, or was attempted though the key alone is not there."""
    if overview.is_configured:
        return True
    return bool(overview.history.rows) and not overview.missing & {
        SetUpStep.REPOSITORY,
        SetUpStep.COPIES,
    }


def _key(overview: BackupOverview) -> Iterator[Draft]:
    if SetUpStep.KEY_CONFIRMED not in overview.missing:
        return
    yield Draft(
        fingerprint="backups.key",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title="No backup is taken until the key is confirmed as kept",
        detail=f"with key {overview.key_name} lost, every backup would be lost",
        advice="Write the recovery key down (pgvigil key export), then pgvigil key confirm.",
    )


def _absent_keys(overview: BackupOverview) -> Iterator[Draft]:
    for key in overview.absent_keys:
        is_first = key.name == overview.key_name
        yield Draft(
            fingerprint=f"backups.key:{key.name}",
            area=Area.BACKUPS,
            severity=Severity.CRITICAL if is_first else Severity.WARNING,
            title=f"The file of key {key.name} is not there",
            detail=f"{key.place}: "
            + (
                "no backup can be taken, and none that it sealed can be opened"
                if is_first
                else "no backup that it sealed can be opened"
            ),
            advice="Bring it back from where a copy is kept; pgvigil key import takes it from "
            "paper.",
        )


def _unclear_staging(overview: BackupOverview) -> Iterator[Draft]:
    for each in overview.unclear_staging:
        yield Draft(
            fingerprint=f"backups.staging:{each.path}",
            area=Area.BACKUPS,
            severity=Severity.WARNING,
            title="A dump that is not encrypted may have been left behind",
            detail=f"{each.path}, of a run on {each.host}: whether that lives can't be found out"
            " from here",
            advice="Look on that host whether a backup runs; where none does, remove the folder.",
        )


def _lost_keys(overview: BackupOverview) -> Iterator[Draft]:
    for key in overview.lost_keys:
        called = f"{key.name} ({key.key_id})" if key.name else key.key_id
        back = f"Put [keys.{key.name}] back" if key.name else "Put that key back into the config"
        yield Draft(
            fingerprint=f"backups.lost_key:{key.key_id}",
            area=Area.BACKUPS,
            severity=Severity.WARNING,
            title=f"{several(key.backups, 'backup is', 'backups are')} sealed with a key that the"
            " config has no more",
            detail=f"key {called}{_where(key)}; as far as is known here, nothing at hand opens"
            " them there",
            advice=f"{back}, then pgvigil key rotate; that alone where another host has rotated."
            f" Where it is lost for good: pgvigil backup verify --lost-key {key.key_id}.",
        )


def _where(key: LostKey) -> str:
    return f", in {', '.join(key.repositories)}" if key.repositories else ""


def _age(situation: Situation, overview: BackupOverview) -> Iterator[Draft]:
    good, limit = overview.oldest, overview.objective_seconds
    if good is None or not limit:
        return
    seconds = (situation.now - good.moment).total_seconds()
    severity = situation.severity("backups.age", seconds / limit, situation.thresholds.backup_age)
    if severity is None:
        return
    of = backup_copies.of_database(overview, good)
    yield Draft(
        fingerprint="backups.age",
        area=Area.BACKUPS,
        severity=severity,
        title=f"The last good backup{of} is {duration(seconds)} old",
        detail=f"it should not be older than {duration(limit)}; whatever changed since would be "
        "lost",
        advice="See in the history why none followed (5), then take one: b there.",
        subject=good.backup_id,
    )


def _clocks(overview: BackupOverview) -> Iterator[Draft]:
    gap, to_come = overview.clock_gap_seconds, overview.to_come_seconds
    if not gap and not to_come:
        return
    side = "ahead of" if gap > 0 else "behind"
    title = f"The host that took the newest backup was {duration(abs(gap))} {side} the server"
    detail = "one of the clocks is wrong; nothing is pruned by it"
    if not gap:
        title = f"The newest backup says that it is of a time {duration(to_come)} from now"
        detail = "the clocks were wrong then, or this one is now; nothing is pruned by them"
    yield Draft(
        fingerprint="backups.clock",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title=title,
        detail=detail,
        advice="Set the clock right (timedatectl), then take a backup: b in the backups area (5).",
    )


def _quota(situation: Situation, overview: BackupOverview) -> Iterator[Draft]:
    for each in overview.repositories:
        if each.share is None:
            continue
        fingerprint = f"backups.quota:{each.repository}"
        severity = situation.severity(fingerprint, each.share, situation.thresholds.storage_usage)
        if severity is None:
            continue
        yield Draft(
            fingerprint=fingerprint,
            area=Area.BACKUPS,
            severity=severity,
            title=f"Backups in {each.repository} are at {percent(each.share)} of their quota",
            detail=f"{size(each.used_bytes)} of {size(each.quota_bytes)}",
            advice="Keep fewer ([retention]), see pgvigil backup prune --plan, or raise the quota.",
        )
