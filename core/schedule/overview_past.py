"""What was known of a server's backups at a moment, as far as it was written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.config.settings import Settings
from core.model.backup import BackupCopy, CatalogEntry, CopyState, VerificationLevel
from core.model.backup_history import HistoryPage, HistoryRow
from core.model.job import Job, JobState, Progress
from core.model.protection import BackupOverview
from core.model.schedule import PlannedRun, RunState
from core.schedule.overview import EVERY_SERVER, HISTORY_LISTED, JOBS_LOOKED_AT, read_light
from core.schedule.overview_jobs import with_jobs

if TYPE_CHECKING:
    from core.model.restore_operation import RestoreOperation
    from core.store.store import Store


def overview_at(
    store: Store, settings: Settings, server_id: str, moment: datetime
) -> BackupOverview:
    """What was known at a moment in the past, as far as it was written down.

    What storage took is told by its samples alone, and nothing is planned in the past.

    Raises:
        StoreError: the store can't be read.
    """
    begun = store.jobs.newest(HISTORY_LISTED, [server_id, EVERY_SERVER])
    jobs = tuple(_job_at(job) for job in begun if _ran_at(job, moment))
    now = read_light(store, settings, server_id, moment)
    return replace(
        now,
        jobs=jobs,
        absent_keys=(),
        unclear_staging=(),
        last_ended=_rows_at(now.last_ended, moment),
        newest_fulls=tuple(_entry_at(entry, moment) for entry in now.newest_fulls),
        last_good=tuple(_entry_at(entry, moment) for entry in now.last_good),
        schedules=tuple(replace(each, next_at=None, due_at=None) for each in now.schedules),
        runs=tuple(_run_at(run, moment) for run in now.runs),
        history=_page_at(now.history, moment),
        to_come_seconds=0.0,
        restores=tuple(_restore_at(each, moment) for each in now.restores),
        drafts=(),
    )


def history_before(
    store: Store, server_id: str, last: HistoryRow, count: int, until: datetime
) -> HistoryPage:
    """The attempts before ``last``, as they stood at ``until``.

    Raises:
        StoreError: the store can't be read.
    """
    page = store.attempts.history(server_id, count, until=until, before=last.started_at)
    jobs = store.jobs.newest(JOBS_LOOKED_AT, [server_id])
    return _page_at(with_jobs(page, jobs), until)


def _ran_at(job: Job, moment: datetime) -> bool:
    ended = job.finished_at is not None and job.finished_at <= moment
    return job.created_at <= moment and not ended


def _job_at(job: Job) -> Job:
    """A job while it ran; how far it was then was not kept."""
    return replace(
        job,
        state=JobState.RUNNING,
        progress=Progress(""),
        heartbeat_at=None,
        finished_at=None,
        cancel_asked=False,
        result="",
        remedy="",
    )


def _restore_at(operation: RestoreOperation, moment: datetime) -> RestoreOperation:
    """A restore as it stood; one that ended later was still running."""
    if operation.completed_at is None or operation.completed_at <= moment:
        return operation
    from core.model.restore_operation import RestoreStatus

    return replace(
        operation,
        status=RestoreStatus.RUNNING,
        completed_at=None,
        verdict=None,
        differences=(),
        problem="",
        remedy="",
    )


def _page_at(page: HistoryPage, moment: datetime) -> HistoryPage:
    return replace(page, rows=_rows_at(page.rows, moment))


def _rows_at(rows: Sequence[HistoryRow], moment: datetime) -> tuple[HistoryRow, ...]:
    return tuple(_row_at(row, moment) for row in rows)


def _row_at(row: HistoryRow, moment: datetime) -> HistoryRow:
    """An attempt as it stood; one that ended later was still running."""
    run, entry = row.run, row.entry
    if run is not None and run.completed_at is not None and run.completed_at > moment:
        run = replace(
            run,
            status="running",
            completed_at=None,
            size_bytes=None,
            verification="",
            error="",
            backup_id="",
        )
        entry = None
    return HistoryRow(row.started_at, run, None if entry is None else _entry_at(entry, moment))


def _entry_at(entry: CatalogEntry, moment: datetime) -> CatalogEntry:
    """A backup as it was known; what was found later was not known yet."""
    return replace(entry, copies=tuple(_copy_at(copy, entry, moment) for copy in entry.copies))


def _copy_at(copy: BackupCopy, entry: CatalogEntry, moment: datetime) -> BackupCopy:
    """Each copy is read back when it is made: that much was known from the first."""
    if copy.expired_at is not None and copy.expired_at > moment:
        copy = replace(copy, expired_at=None)
    if copy.verified_at is None or copy.verified_at <= moment:
        return copy
    return replace(
        copy,
        state=CopyState.COMPLETE,
        level=VerificationLevel.SEALED,
        verified_at=entry.finished_at,
        problem="",
    )


def _run_at(run: PlannedRun, moment: datetime) -> PlannedRun:
    """A planned moment as far as it had come; when a run ended stands in its job alone."""
    if run.started_at is not None and run.started_at > moment:
        return replace(run, state=RunState.PLANNED, started_at=None, job_id="", why="")
    return run
