"""What the store holds of attempts at backups, each with the backup that it left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, select

from core.model.backup import CatalogEntry
from core.model.backup_history import BackupRun, HistoryPage, HistoryRow
from core.model.protection import SuccessRate
from core.store.backup_jobs import COUNTED, AttemptStatus
from core.store.catalog import Catalog
from core.store.catalog_tables import backup
from core.store.database import Database
from core.store.moments import to_micros
from core.store.protection import of_server
from core.store.seed_tables import backup_jobs

_LOOKED_THROUGH = 5_000
_BEGUN_WITHIN = timedelta(days=1)
"""How far the beginning of an attempt may be from the snapshot: locks are waited for."""


class Attempts:
    """Attempts of all servers, as screens show them."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    def last_ended(self, server_id: str, *, until: datetime) -> tuple[HistoryRow, ...]:
        """The newest attempt of each database and kind that had ended, newest first.

        What a person cancelled is left out. Attempts far in the past are not looked through.
        """
        job = backup_jobs.c
        ended = and_(
            job.server_id == server_id,
            job.created_at <= until,
            job.completed_at <= until,
            job.status.in_(COUNTED),
        )
        looked = (
            select(
                job.created_at,
                job.backup_type,
                job.details["database"].as_string().label("database"),
            )
            .where(ended)
            .order_by(job.created_at.desc())
            .limit(_LOOKED_THROUGH)
            .subquery()
        )
        newest = select(
            looked.c.database, looked.c.backup_type, func.max(looked.c.created_at)
        ).group_by(looked.c.database, looked.c.backup_type)
        with self._database.reading() as connection:
            found = {
                (database or "", kind): at for database, kind, at in connection.execute(newest)
            }
            rows = connection.execute(
                select(backup_jobs)
                .where(ended, job.created_at.in_(set(found.values())))
                .order_by(job.created_at.desc())
            ).all()
        runs = [
            run
            for row, run in ((row, _run(row)) for row in rows)
            if found.get((run.database, run.kind)) == row.created_at
        ]
        wanted = {run.backup_id for run in runs if run.backup_id}
        entries = {entry.backup_id: entry for entry in self._catalog.some(wanted)}
        return tuple(HistoryRow(run.started_at, run, entries.get(run.backup_id)) for run in runs)

    def history(
        self, server_id: str, count: int, *, until: datetime, before: datetime | None = None
    ) -> HistoryPage:
        """The newest ``count`` attempts and backups that had begun at ``until``, newest first.

        With ``before`` those that began earlier than that.
        """
        job = backup_jobs.c
        bound = until if before is None else min(until, before)
        with self._database.reading() as connection:
            runs = [
                _run(row)
                for row in connection.execute(
                    select(backup_jobs)
                    .where(
                        job.server_id == server_id,
                        job.created_at <= until if before is None else job.created_at < bound,
                    )
                    .order_by(job.created_at.desc())
                    .limit(count + 1)
                )
            ]
            at = to_micros(bound)
            own = backup.c.snapshot_at <= at if before is None else backup.c.snapshot_at < at
            ids = connection.execute(
                select(backup.c.backup_id)
                .where(of_server(server_id, until), own)
                .order_by(backup.c.snapshot_at.desc())
                .limit(count + 1)
            ).scalars()
            wanted = {*ids, *(run.backup_id for run in runs if run.backup_id)}
        entries = {
            entry.backup_id: entry
            for entry in self._catalog.some(wanted)
            if entry.finished_at <= until
        }
        rows = [HistoryRow(run.started_at, run, entries.pop(run.backup_id, None)) for run in runs]
        rows += [HistoryRow(entry.snapshot_at, None, entry) for entry in entries.values()]
        rows.sort(key=lambda row: (row.started_at, row.row_id), reverse=True)
        return HistoryPage(tuple(rows[:count]), older=len(rows) > count)

    def of_backup(self, entry: CatalogEntry) -> BackupRun | None:
        """The attempt that left a backup; ``None`` where none is here that names it."""
        job = backup_jobs.c
        with self._database.reading() as connection:
            row = connection.execute(
                select(backup_jobs)
                .where(
                    job.server_id == entry.server_id,
                    job.created_at > entry.snapshot_at - _BEGUN_WITHIN,
                    job.created_at < entry.finished_at + _BEGUN_WITHIN,
                    job.details["backup_id"].as_string() == entry.backup_id,
                )
                .order_by(job.created_at.desc())
                .limit(1)
            ).first()
        return None if row is None else _run(row)

    def success(
        self, server_id: str, days: Iterable[int], *, until: datetime
    ) -> tuple[SuccessRate, ...]:
        """How many of the attempts that ended in so many days succeeded."""
        job = backup_jobs.c
        rates = []
        with self._database.reading() as connection:
            for each in days:
                rows = connection.execute(
                    select(job.status, func.count().label("count"))
                    .where(
                        job.server_id == server_id,
                        job.created_at > until - timedelta(days=each),
                        job.completed_at <= until,
                        job.status.in_(COUNTED),
                    )
                    .group_by(job.status)
                ).all()
                ended = {row[0]: int(row[1]) for row in rows}
                rates.append(
                    SuccessRate(
                        each, ended.get(AttemptStatus.COMPLETED.value, 0), sum(ended.values())
                    )
                )
        return tuple(rates)


def _run(row: Row[Any]) -> BackupRun:
    details = row.details if isinstance(row.details, dict) else {}
    return BackupRun(
        job_id=str(row.id),
        kind=row.backup_type,
        status=row.status,
        started_at=row.started_at or row.created_at,
        completed_at=row.completed_at,
        size_bytes=row.file_size_bytes,
        verification=row.verification_status,
        error=row.error_message or "",
        database=str(details.get("database") or ""),
        backup_id=str(details.get("backup_id") or ""),
        detached_job_id=str(details.get("job_id") or ""),
    )
