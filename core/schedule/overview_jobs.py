"""Which job did which attempt of the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.model.backup_history import HistoryPage, HistoryRow
from core.model.job import Job, JobKind


def with_jobs(page: HistoryPage, jobs: Sequence[Job]) -> HistoryPage:
    """The attempts with the jobs that did them: those that ran when each began."""
    backups = [job for job in jobs if job.order.kind is JobKind.BACKUP]
    return replace(page, rows=tuple(_with_job(row, backups) for row in page.rows))


def _with_job(row: HistoryRow, jobs: Sequence[Job]) -> HistoryRow:
    if row.run is None or row.run.detached_job_id:
        return row
    found = [job.job_id for job in jobs if _did(job, row.run.started_at)]
    if len(found) != 1:
        return row
    return replace(row, run=replace(row.run, detached_job_id=found[0]))


def _did(job: Job, moment: datetime) -> bool:
    if job.started_at is None or job.started_at > moment:
        return False
    return job.finished_at is None or moment <= job.finished_at
