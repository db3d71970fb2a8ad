"""What the store holds of attempts at backups, each with the backup that it left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, and_, bindparam, func, select

from core.model.backup import CatalogEntry
from core.model.backup_history import BackupRun, HistoryPage, HistoryRow
from core.model.protection import SuccessRate
from core.store.attempt import COUNTED, AttemptStatus
from core.store.catalog import Catalog
from core.store.catalog_tables import backup
from core.store.database import Database
from core.store.moments import to_micros
from core.store.protection import OF_SERVER
from core.store.seed_tables import backup_jobs

_LOOKED_THROUGH = 5_000
_BEGUN_WITHIN = timedelta(days=1)
"""How far the beginning of an attempt may be from the snapshot: locks are waited for."""

# Statements that are asked for every few seconds are made once: making one takes longer than it.
_JOB = backup_jobs.c
_ENDED = and_(
    _JOB.server_id == bindparam("server_id"),
    _JOB.created_at <= bindparam("until"),
    _JOB.completed_at <= bindparam("until"),
    _JOB.status.in_(COUNTED),
)
_LOOKED = (
    select(
        _JOB.created_at,
        _JOB.backup_type,
        _JOB.details["database"].as_string().label("database"),
    )
    .where(_ENDED)
    .order_by(_JOB.created_at.desc())
    .limit(_LOOKED_THROUGH)
    .subquery()
)
_LAST_ENDED = select(
    _LOOKED.c.database, _LOOKED.c.backup_type, func.max(_LOOKED.c.created_at)
).group_by(_LOOKED.c.database, _LOOKED.c.backup_type)
_ENDED_AT = (
    select(backup_jobs)
    .where(_ENDED, _JOB.created_at.in_(bindparam("moments", expanding=True)))
    .order_by(_JOB.created_at.desc())
)
_COUNT = bindparam("count", type_=Integer)
_RUNS = (
    select(backup_jobs)
    .where(_JOB.server_id == bindparam("server_id"))
    .order_by(_JOB.created_at.desc())
    .limit(_COUNT)
)
_RUNS_UNTIL = _RUNS.where(_JOB.created_at <= bindparam("bound"))
_RUNS_BEFORE = _RUNS.where(_JOB.created_at < bindparam("bound"))
_TAKEN = (
    select(backup.c.backup_id).where(OF_SERVER).order_by(backup.c.snapshot_at.desc()).limit(_COUNT)
)
_TAKEN_UNTIL = _TAKEN.where(backup.c.snapshot_at <= bindparam("bound"))
_TAKEN_BEFORE = _TAKEN.where(backup.c.snapshot_at < bindparam("bound"))
_OUTCOMES = (
    select(_JOB.status, func.count().label("count"))
    .where(
        _JOB.server_id == bindparam("server_id"),
        _JOB.created_at > bindparam("since"),
        _JOB.completed_at <= bindparam("until"),
        _JOB.status.in_(COUNTED),
    )
    .group_by(_JOB.status)
)


class Attempts:
    """Attempts of all servers, as screens show them."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    def last_ended(self, server_id: str, *, until: datetime) -> tuple[HistoryRow, ...]:
        """The newest attempt of each database and kind that had ended, newest first.

        What a person cancelled is left out. Attempts far in the past are not looked through.
        """
        wanted = {"server_id": server_id, "until": until}
        with self._database.reading() as connection:
            found = {
                (database or "", kind): at
                for database, kind, at in connection.execute(_LAST_ENDED, wanted)
            }
            if not found:
                return ()
            moments = {"moments": list(set(found.values()))}
            rows = connection.execute(_ENDED_AT, {**wanted, **moments}).all()
        runs = [
            run
            for row, run in ((row, _run(row)) for row in rows)
            if found.get((run.database, run.kind)) == row.created_at
        ]
        left = {run.backup_id for run in runs if run.backup_id}
        entries = {entry.backup_id: entry for entry in self._catalog.some(left)}
        return tuple(HistoryRow(run.started_at, run, entries.get(run.backup_id)) for run in runs)

    def history(
        self, server_id: str, count: int, *, until: datetime, before: datetime | None = None
    ) -> HistoryPage:
        """The newest ``count`` attempts and backups that had begun at ``until``, newest first.

        With ``before`` those that began earlier than that.
        """
        bound = until if before is None else min(until, before)
        tried, taken = (
            (_RUNS_UNTIL, _TAKEN_UNTIL) if before is None else (_RUNS_BEFORE, _TAKEN_BEFORE)
        )
        of = {"server_id": server_id, "count": count + 1}
        at = {"bound": to_micros(bound), "until": to_micros(until)}
        with self._database.reading() as connection:
            runs = [_run(row) for row in connection.execute(tried, {**of, "bound": bound})]
            ids = connection.execute(taken, {**of, **at}).scalars()
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
        rates = []
        with self._database.reading() as connection:
            for each in days:
                since = until - timedelta(days=each)
                rows = connection.execute(
                    _OUTCOMES, {"server_id": server_id, "since": since, "until": until}
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
