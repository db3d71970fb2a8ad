"""Backups: whether the last good one is young enough, whole, verified, and whether the next comes.

Judged by what the store knows alone: also, and above all, while the server can't be reached.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Situation
from core.assess.wording import duration, percent, several, size
from core.model.backup import CatalogEntry, CopyState
from core.model.health import Area, Severity
from core.model.protection import BackupOverview, HistoryRow, Outcome, SetUpStep
from core.model.schedule import PlannedRun, RunState, ScheduleStatus

_DAY = 86_400.0
_BACKUP_KINDS = frozenset({"full", "incremental", "schema", "data"})
_WHOLE_KINDS = frozenset({"full", "incremental"})
_WELL = frozenset({Outcome.GOOD, Outcome.PRUNED})
_NO_RUN = {
    RunState.MISSED: "missed its last moment",
    RunState.OVERLAPPING: "was left out: the run before was still under way",
}


def findings(situation: Situation) -> Iterator[Draft]:
    """What is wrong with backups that are set up; nothing where none are."""
    overview = situation.backups
    if overview is None or not _are_asked_for(overview):
        return
    yield from _key(overview)
    yield from _absent_keys(overview)
    yield from _none(overview)
    yield from _age(situation, overview)
    yield from _newest_fulls(overview)
    yield from _last_runs(overview)
    yield from _copies(overview)
    yield from _verification(situation, overview)
    yield from _quota(situation, overview)
    yield from _schedules(overview)


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


def _age(situation: Situation, overview: BackupOverview) -> Iterator[Draft]:
    good, limit = overview.oldest, overview.objective_seconds
    if good is None or not limit:
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


def _none(overview: BackupOverview) -> Iterator[Draft]:
    """Databases without any good backup; critical once an attempt has failed."""
    if overview.last_good and not overview.lacking:
        return
    tried = any(row.outcome is not Outcome.RUNNING for row in overview.history.rows)
    of = f" of {', '.join(overview.lacking)}" if overview.lacking and overview.last_good else ""
    yield Draft(
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


def _newest_fulls(overview: BackupOverview) -> Iterator[Draft]:
    """Databases whose newest full backup is lost: what builds upon it is lost with it."""
    for entry in overview.newest_fulls:
        if not _is_lost(entry):
            continue
        yield Draft(
            fingerprint=f"backups.lost:{entry.database}",
            area=Area.BACKUPS,
            severity=Severity.CRITICAL,
            title=f"The newest full backup{_of(overview, entry)} is lost: no copy of it is sound",
            detail=_copies_told(entry),
            advice="Take a full backup now: b in the backups area (5); then see what ails the "
            "repositories.",
            subject=entry.backup_id,
        )


def _is_lost(entry: CatalogEntry) -> bool:
    bad = {CopyState.MISSING, CopyState.DAMAGED}
    return bool(entry.copies) and all(copy.state in bad for copy in entry.copies)


def _copies_told(entry: CatalogEntry) -> str:
    return "; ".join(
        f"{copy.repository}: {copy.state.value}" + (f" ({copy.problem})" if copy.problem else "")
        for copy in entry.copies
    )


def _last_runs(overview: BackupOverview) -> Iterator[Draft]:
    """The newest attempt of each database that ended, where it left nothing to rely on."""
    told_already = {entry.backup_id for entry in overview.newest_fulls if _is_lost(entry)}
    bad = [
        row
        for row in _last_ended(overview)
        if row.outcome not in _WELL
        and not (row.entry is not None and row.entry.backup_id in told_already)
    ]
    if not bad:
        return
    last = bad[0]
    is_one_of_many = len(overview.databases) > 1 and last.database
    of = f" of {last.database}" if is_one_of_many else ""
    title = {
        Outcome.FAILED: f"The last {last.kind} backup{of} failed",
        Outcome.INTERRUPTED: f"The last {last.kind} backup{of} was interrupted",
        Outcome.NOT_GOOD: f"No copy of the last {last.kind} backup{of} is sound",
    }[last.outcome]
    if len(bad) > 1:
        title = f"The last backups of {len(bad)} databases left nothing to rely on"
    yield Draft(
        fingerprint="backups.last_run",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title=title,
        detail=_why(last)
        if len(bad) == 1
        else "; ".join(f"{row.database or 'all'}: {_why(row)}" for row in bad),
        advice="Mend what it says, then take one: b in the backups area (5).",
        subject=last.entry.backup_id if last.entry is not None else "",
        since=last.finished_at,
    )


def _why(row: HistoryRow) -> str:
    told = row.run.error if row.run is not None else ""
    if not told and row.entry is not None:
        told = _copies_told(row.entry)
    return told or "nothing more was written down of it"


def _last_ended(overview: BackupOverview) -> list[HistoryRow]:
    """What counts of each database, newest first: its newest attempt, or that at all of it.

    A backup of chosen tables that came later does not make up for a failed one of everything. An
    attempt that failed before its databases were known is over as soon as any other is good.
    """
    rows = sorted(
        {
            (row.started_at, row.row_id): row
            for row in (*overview.last_ended, *overview.history.rows)
            if row.outcome not in {Outcome.RUNNING, Outcome.CANCELLED}
            and row.database not in overview.dropped
        }.values(),
        key=lambda row: row.started_at,
        reverse=True,
    )
    newest: dict[str, HistoryRow] = {}
    whole: dict[str, HistoryRow] = {}
    for row in rows:
        newest.setdefault(row.database, row)
        if row.kind in _WHOLE_KINDS:
            whole.setdefault(row.database, row)
    if "" in newest and any(
        row.outcome in _WELL and row.started_at > newest[""].started_at for row in rows
    ):
        del newest[""]
    counted = [
        whole.get(name, row) if row.outcome in _WELL else row for name, row in newest.items()
    ]
    return sorted(counted, key=lambda row: row.started_at, reverse=True)


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
        elif each.last is not None and (why := _no_run(each, overview)):
            yield _cannot_run(each, why, each.last.why)


def _no_run(each: ScheduleStatus, overview: BackupOverview) -> str:
    """Why its last moment left nothing; what an attempt failed of is another finding's."""
    if each.last is None:
        return ""
    if each.last.state is RunState.FAILED and not (
        each.kind in _BACKUP_KINDS and _has_attempt(each.last, overview)
    ):
        return "failed"
    return _NO_RUN.get(each.last.state, "")


def _has_attempt(run: PlannedRun, overview: BackupOverview) -> bool:
    """Whether the run's job came so far, or anything was attempted after it."""
    rows = (*overview.last_ended, *overview.history.rows)
    begun = run.started_at or run.planned_at
    return any(
        row.started_at >= begun
        or (row.run is not None and row.run.detached_job_id == run.job_id != "")
        for row in rows
    )


def _cannot_run(each: ScheduleStatus, what: str, why: str) -> Draft:
    return Draft(
        fingerprint=f"backups.schedule:{each.name}",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title=f"The schedule {each.name} {what}",
        detail=why or each.sentence,
        advice="See its moments (Tab in 5); n there runs it now, z pauses it.",
    )
