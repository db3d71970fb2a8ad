"""Each attempt at a backup, and its figures, in the tables that people's own queries read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select, update

from core.model.backup import BackupKind
from core.model.job import JobState
from core.store.attempt import AttemptOfJob, AttemptResult, AttemptStatus
from core.store.backup_figures import figures_of_server
from core.store.database import Database
from core.store.seed_tables import backup_jobs, backup_metrics
from core.store.tables import job as detached_job
from core.store.whole_after_all import BEGUN


class BackupJobs:
    """The rows of ``backup_jobs`` and ``backup_metrics``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        server_id: str,
        database: str,
        kind: BackupKind,
        at: datetime,
        details: Mapping[str, object] | None = None,
    ) -> UUID:
        """Note that a backup of ``database`` begins at ``at``; gives the row's id."""
        attempt = uuid4()
        with self._database.writing() as connection:
            connection.execute(
                insert(backup_jobs).values(
                    id=attempt,
                    server_id=server_id,
                    backup_type=kind.value,
                    status=AttemptStatus.RUNNING.value,
                    created_at=at,
                    started_at=at,
                    verification_status="pending",
                    details={"database": database, **(details or {})},
                )
            )
            self._database.note_change(connection, server_id)
        return attempt

    def begun(self, attempt: UUID, backup_id: str, place: str) -> None:
        """Note which backup an attempt has begun, and where: should it not come to tell its end."""
        job = backup_jobs.c
        with self._database.writing() as connection:
            row = connection.execute(select(job.details).where(job.id == attempt)).one_or_none()
            if row is not None:
                begun = {BEGUN: {"backup_id": backup_id, "place": place}}
                connection.execute(
                    update(backup_jobs)
                    .where(job.id == attempt)
                    .values(details={**(row.details or {}), **begun})
                )

    def finish(self, attempt: UUID, at: datetime, result: AttemptResult) -> None:
        """Note an attempt's end at ``at``, its figures, and those of its server by then."""
        job = backup_jobs.c
        failed = result.status is not AttemptStatus.COMPLETED
        verification = "verified" if result.verified else ("none" if failed else "failed")
        with self._database.writing() as connection:
            row = connection.execute(
                select(job.server_id, job.details).where(job.id == attempt)
            ).one_or_none()
            if row is None:
                return
            values = {
                "status": result.status.value,
                "completed_at": at,
                "file_path": result.place or None,
                "file_size_bytes": result.sealed_bytes,
                "checksum": result.checksum or None,
                "verification_status": verification,
                "error_message": result.problem or None,
                "details": {**(row.details or {}), **result.details},
            }
            if result.kind is not None:
                values["backup_type"] = result.kind.value
            connection.execute(update(backup_jobs).where(job.id == attempt).values(values))
            figures = (*result.figures, *figures_of_server(connection, row.server_id, at))
            connection.execute(
                insert(backup_metrics),
                [
                    {
                        "server_id": row.server_id,
                        "job_id": attempt,
                        "metric_name": name,
                        "metric_value": value,
                        "metric_unit": unit,
                        "recorded_at": at,
                    }
                    for name, value, unit in figures
                ],
            )
            self._database.note_change(connection, row.server_id)

    def interrupted(self, server_id: str, database: str, at: datetime) -> int:
        """Mark attempts that have not ended as interrupted; how many there were.

        Those of a job that was cancelled and had to be killed are cancelled as it is.
        To be called by who alone may back up ``database`` now: nobody else is at it then.
        """
        job = backup_jobs.c
        with self._database.writing() as connection:
            rows = connection.execute(
                select(job.id, job.details).where(
                    job.server_id == server_id, job.status == AttemptStatus.RUNNING.value
                )
            ).all()
            dead = {
                row.id: _job_id_in(row.details)
                for row in rows
                if (row.details or {}).get("database") == database
            }
            if dead:
                _end(connection, dead, at, "the process that took it is no more")
                self._database.note_change(connection, server_id)
        return len(dead)

    def died(self, server_id: str, job_id: str, since: datetime, at: datetime, why: str) -> bool:
        """Mark what a dead job was at as interrupted; whether it had attempted anything.

        Where the job was cancelled, so is that. The job began after ``since``.
        """
        job = backup_jobs.c
        with self._database.writing() as connection:
            rows = connection.execute(
                select(job.id, job.status, job.details).where(
                    job.server_id == server_id, job.created_at >= since
                )
            ).all()
            its = [row for row in rows if _job_id_in(row.details) == job_id]
            dead = {row.id: job_id for row in its if row.status == AttemptStatus.RUNNING.value}
            if dead:
                _end(connection, dead, at, why)
                self._database.note_change(connection, server_id)
        return bool(its)

    def oldest_running(self, server_id: str, databases: Collection[str]) -> datetime | None:
        """When the oldest attempt at one of ``databases`` began that has not ended."""
        job = backup_jobs.c
        with self._database.reading() as connection:
            rows = connection.execute(
                select(job.started_at, job.details).where(
                    job.server_id == server_id, job.status == AttemptStatus.RUNNING.value
                )
            ).all()
        began = [r.started_at for r in rows if (r.details or {}).get("database") in databases]
        return min(began, default=None)

    def of_job(self, server_id: str, job_id: str, since: datetime) -> tuple[AttemptOfJob, ...]:
        """What a job that began after ``since`` attempted, in its order."""
        job = backup_jobs.c
        with self._database.reading() as connection:
            rows = connection.execute(
                select(job.status, job.error_message, job.details)
                .where(job.server_id == server_id, job.created_at >= since)
                .order_by(job.created_at)
            ).all()
        told = [(row, row.details or {}) for row in rows]
        return tuple(
            AttemptOfJob(
                str(details.get("database", "")),
                AttemptStatus(row.status),
                str(details.get("backup_id", "")),
                row.error_message or "",
            )
            for row, details in told
            if details.get("job_id") == job_id
        )

    def figures(
        self, server_id: str, name: str, since: datetime
    ) -> tuple[tuple[datetime, float], ...]:
        """The values of one metric since then with their moments, oldest first.

        They are in the unit that was noted with them.
        """
        metric = backup_metrics.c
        with self._database.reading() as connection:
            rows = connection.execute(
                select(metric.recorded_at, metric.metric_value)
                .where(
                    metric.server_id == server_id,
                    metric.metric_name == name,
                    metric.recorded_at >= since,
                )
                .order_by(metric.recorded_at)
            ).all()
        return tuple((row.recorded_at, row.metric_value) for row in rows)


def _job_id_in(details: Mapping[str, object] | None) -> str:
    return str((details or {}).get("job_id", ""))


def _end(connection: Connection, jobs: Mapping[UUID, str], at: datetime, why: str) -> None:
    """Mark attempts whose process is dead as what their jobs ended as; ``jobs`` are these."""
    cancelled = {
        row.job_id: row.result
        for row in connection.execute(
            select(detached_job.c.job_id, detached_job.c.result).where(
                detached_job.c.job_id.in_(set(jobs.values())),
                detached_job.c.state == JobState.CANCELLED.value,
            )
        )
    }
    for attempt, job_id in jobs.items():
        is_cancelled = job_id in cancelled
        status = AttemptStatus.CANCELLED if is_cancelled else AttemptStatus.INTERRUPTED
        connection.execute(
            update(backup_jobs)
            .where(backup_jobs.c.id == attempt)
            .values(
                status=status.value,
                completed_at=at,
                verification_status="none",
                error_message=cancelled.get(job_id, why),
            )
        )
