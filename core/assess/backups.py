"""Backups: whether the last good one is young enough, whole, verified, and whether the next comes.

Judged by what the store knows alone: also, and above all, while the server can't be reached.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Situation
from core.assess.wording import duration, percent, several, size
from core.model.backup import CatalogEntry
from core.model.health import Area, Severity
from core.model.protection import BackupOverview, HistoryRow, Outcome, SetUpStep
from core.model.schedule import RunState, ScheduleStatus

_DAY = 86_400.0
_BACKUP_KINDS = frozenset({"full", "incremental", "schema", "data"})
_NO_RUN = {
    RunState.MISSED: "missed its last moment",
    RunState.OVERLAPPING: "was left out: the run before was still under way",
}


def findings(situation: Situation) -> Iterator[Draft]:
    """What is wrong with backups that are set up; nothing where none are."""
    overview = situation.backups
    if overview is None or not overview.is_configured:
        return
    yield from _key(overview)
    yield from _age(situation, overview)
    yield from _last_run(overview)
    yield from _copies(overview)
    yield from _verification(situation, overview)
    yield from _quota(situation, overview)
    yield from _schedules(overview)


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


def _age(situation: Situation, overview: BackupOverview) -> Iterator[Draft]:
    good = overview.weakest
    if good is None:
        yield _none(overview)
        return
    limit = overview.objective_seconds
    if not limit:
        return
    seconds = (situation.now - good.snapshot_at).total_seconds()
    severity = situation.severity("backups.age", seconds / limit, situation.thresholds.backup_age)
    if severity is None:
        return
    yield Draft(
        fingerprint="backups.age",
        area=Area.BACKUPS,
        severity=severity,
        title=f"The last good backup{_of(overview, good)} is {duration(seconds)} old",
        detail=f"it should not be older than {duration(limit)}; whatever changed since would be "
        "lost",
        advice="See in the history why none followed (5), then take one: b there.",
        subject=good.backup_id,
    )


def _none(overview: BackupOverview) -> Draft:
    """A database without any good backup; critical once an attempt has failed."""
    tried = any(row.outcome is not Outcome.RUNNING for row in overview.history.rows)
    have = {entry.database for entry in overview.last_good}
    lacking = ", ".join(name for name in overview.databases if name not in have)
    of = f" of {lacking}" if lacking and have else ""
    return Draft(
        fingerprint="backups.none",
        area=Area.BACKUPS,
        severity=Severity.CRITICAL if tried else Severity.WARNING,
        title=f"There is no good backup{of}",
        detail="attempts were made, and none left a backup that can be trusted"
        if tried
        else "backups are set up, and none was taken yet",
        advice="Take one now: b in the backups area (5), or pgvigil backup run.",
    )


def _of(overview: BackupOverview, entry: CatalogEntry) -> str:
    return f" of {entry.database}" if len(overview.databases) > 1 else ""


def _last_run(overview: BackupOverview) -> Iterator[Draft]:
    """The newest attempt that ended, where it left nothing to rely on."""
    ended = (
        row
        for row in overview.history.rows
        if row.outcome not in {Outcome.RUNNING, Outcome.CANCELLED}
    )
    last: HistoryRow | None = next(ended, None)
    if last is None or last.outcome in {Outcome.GOOD, Outcome.PRUNED}:
        return
    error = last.run.error if last.run is not None else ""
    what = {
        Outcome.FAILED: f"The last {last.kind} backup failed",
        Outcome.INTERRUPTED: f"The last {last.kind} backup was interrupted",
        Outcome.NOT_GOOD: f"No copy of the last {last.kind} backup is sound",
    }[last.outcome]
    yield Draft(
        fingerprint="backups.last_run",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title=what,
        detail=error or "nothing more was written down of it",
        advice="Mend what it says, then take one: b in the backups area (5).",
        subject=last.entry.backup_id if last.entry is not None else "",
        since=last.finished_at,
    )


def _copies(overview: BackupOverview) -> Iterator[Draft]:
    bad = overview.bad_copies
    if not bad.count:
        return
    newest = bad.newest[0] if bad.newest else None
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
        title=f"{several(bad.count, 'copy of a backup is', 'copies of backups are')} missing or "
        "damaged",
        detail=told,
        advice="The next verification repairs them from a sound copy; see whether the repository "
        "is in order, and start one: v on the backup.",
        subject=newest.backup_id if newest is not None else "",
    )


def _verification(situation: Situation, overview: BackupOverview) -> Iterator[Draft]:
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


def _schedules(overview: BackupOverview) -> Iterator[Draft]:
    for each in overview.schedules:
        if each.is_paused:
            continue
        if each.next_at is None:
            yield _cannot_run(each, "never fires", each.sentence)
        elif each.last is not None and (why := _no_run(each)):
            yield _cannot_run(each, why, each.last.why)


def _no_run(each: ScheduleStatus) -> str:
    """Why its last moment left nothing; what a backup failed of is another finding's."""
    if each.last is None:
        return ""
    if each.last.state is RunState.FAILED and each.kind not in _BACKUP_KINDS:
        return "failed"
    return _NO_RUN.get(each.last.state, "")


def _cannot_run(each: ScheduleStatus, what: str, why: str) -> Draft:
    return Draft(
        fingerprint=f"backups.schedule:{each.name}",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title=f"The schedule {each.name} {what}",
        detail=why or each.sentence,
        advice="See its moments (Tab in 5); n there runs it now, z pauses it.",
    )
