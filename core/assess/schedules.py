"""Schedules: whether each fires, and whether its last moment led to a run."""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft
from core.model.health import Area, Severity
from core.model.protection import BackupOverview
from core.model.schedule import PlannedRun, RunState, ScheduleStatus

_BACKUP_KINDS = frozenset({"full", "incremental", "schema", "data"})
_NO_RUN = {
    RunState.MISSED: "missed its last moment",
    RunState.OVERLAPPING: "was left out: the run before was still under way",
}


def idle(overview: BackupOverview) -> Iterator[Draft]:
    """Schedules that never fire, or whose last moment left nothing."""
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
