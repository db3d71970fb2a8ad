"""What the store holds of backups and of security events."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, select

from core.model.protection import BackupOverview, BackupRun, SecurityEvent, SecurityOverview
from core.store.database import Database
from core.store.seed_tables import backup_jobs, backup_schedules, security_events

_RUNS_LISTED = 50
_EVENTS_LISTED = 100


class Protection:
    """Backups and security events of all servers, as the overview shows them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def backups(self, server_id: str) -> BackupOverview:
        """The newest runs, the last one that is good, and the next that is planned."""
        job, schedule = backup_jobs.c, backup_schedules.c
        runs = select(backup_jobs).where(job.server_id == server_id)
        newest = runs.order_by(job.created_at.desc())
        with self._database.reading() as connection:
            schedules = connection.execute(
                select(schedule.name, schedule.next_run_at)
                .where(schedule.server_id == server_id, schedule.is_active)
                .order_by(schedule.next_run_at)
            ).all()
            listed = connection.execute(newest.limit(_RUNS_LISTED)).all()
            good = connection.execute(
                newest.where(job.status == "completed", job.verification_status != "failed").limit(
                    1
                )
            ).first()
        planned = next((row for row in schedules if row.next_run_at is not None), None)
        return BackupOverview(
            configured=bool(schedules),
            last_good=None if good is None else _run(good),
            runs=tuple(_run(row) for row in listed),
            next_run_at=None if planned is None else planned.next_run_at,
            next_run_name="" if planned is None else planned.name,
        )

    def security(self, server_id: str) -> SecurityOverview:
        """The newest security events; configured as soon as there is one."""
        event = security_events.c
        with self._database.reading() as connection:
            rows = connection.execute(
                select(security_events)
                .where(event.server_id == server_id)
                .order_by(event.timestamp.desc())
                .limit(_EVENTS_LISTED)
            ).all()
        return SecurityOverview(configured=bool(rows), events=tuple(_event(row) for row in rows))


def _run(row: Row[Any]) -> BackupRun:
    return BackupRun(
        job_id=str(row.id),
        kind=row.backup_type,
        status=row.status,
        started_at=row.started_at or row.created_at,
        completed_at=row.completed_at,
        size_bytes=row.file_size_bytes,
        verification=row.verification_status,
        error=row.error_message or "",
    )


def _event(row: Row[Any]) -> SecurityEvent:
    details = row.details or {}
    summary = details.get("summary") if isinstance(details, dict) else None
    return SecurityEvent(
        event_type=row.event_type,
        at=row.timestamp,
        principal=row.user_id or "",
        address=row.ip_address or "",
        risk=row.risk_score or 0,
        summary=str(summary or json.dumps(details, sort_keys=True)),
    )
