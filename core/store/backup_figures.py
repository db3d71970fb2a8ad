"""The figures of a server's backups that are noted with each attempt: stored bytes, success."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from core.model.backup import CopyState
from core.store.attempt import COUNTED, AttemptStatus
from core.store.catalog_tables import backup, backup_copy
from core.store.seed_tables import backup_jobs

_RATE_OVER = timedelta(days=30)


def figures_of_server(
    connection: Connection, server_id: str, at: datetime
) -> list[tuple[str, float, str]]:
    """Name, value and unit of each at a moment: bytes stored, the last thirty days' success."""
    job = backup_jobs.c
    ended = {
        str(status): int(count)
        for status, count in connection.execute(
            select(job.status, func.count())
            .where(
                job.server_id == server_id,
                job.created_at > at - _RATE_OVER,
                job.status.in_(COUNTED),
            )
            .group_by(job.status)
        )
    }
    stored = connection.execute(
        select(func.coalesce(func.sum(backup.c.sealed_bytes), 0))
        .join(backup_copy)
        .where(
            backup.c.server_id == server_id,
            backup_copy.c.state == CopyState.COMPLETE.value,
        )
    ).scalar_one()
    total = sum(ended.values())
    figures = [("backup_storage_bytes", float(stored), "bytes")]
    if total:
        rate = 100.0 * ended.get(AttemptStatus.COMPLETED.value, 0) / total
        figures.append(("backup_success_rate", rate, "percent"))
        figures.append(("backup_failure_rate", 100.0 - rate, "percent"))
    return figures
