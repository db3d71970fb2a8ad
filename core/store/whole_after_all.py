"""Attempts whose backup turned out to be whole though nobody could say so when it was done."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select, update

from core.model.backup import CatalogEntry
from core.store.seed_tables import backup_jobs

BEGUN = "begun"
"""What ``details`` have of the backup that an attempt began: its id, and its folder."""

_UNTOLD = ("running", "interrupted")
_BEGUN_WITHIN = timedelta(days=1)


def note_whole(connection: Connection, entry: CatalogEntry) -> None:
    """Have the attempt count as completed that began this backup, and did not come to say so.

    Its process died, or had no store, after the manifest was written, which makes a backup whole.
    """
    job = backup_jobs.c
    rows = connection.execute(
        select(job.id, job.details).where(
            job.server_id == entry.server_id,
            job.created_at > entry.snapshot_at - _BEGUN_WITHIN,
            job.created_at < entry.finished_at + _BEGUN_WITHIN,
            job.status.in_(_UNTOLD),
        )
    ).all()
    for row in rows:
        details = row.details or {}
        begun = details.get(BEGUN) or {}
        if begun.get("backup_id") != entry.backup_id:
            continue
        connection.execute(
            update(backup_jobs)
            .where(job.id == row.id)
            .values(
                status="completed",
                backup_type=entry.kind.value,
                completed_at=entry.finished_at,
                file_path=begun.get("place"),
                file_size_bytes=entry.sealed_bytes,
                verification_status="verified" if entry.level else "pending",
                error_message=None,
                details={**details, "backup_id": entry.backup_id},
            )
        )
