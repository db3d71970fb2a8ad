"""All that the store knows of one backup, or of one job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.backup import Manifest
from core.model.backup_detail import BackupDetail
from core.model.job import JobLog
from core.model.unknown import Unknown

if TYPE_CHECKING:
    from core.store.store import Store

NOTES_LISTED = 500
MOST_ANCESTORS = 100


def read_detail(store: Store, backup_id: str) -> BackupDetail | None:
    """One backup with its manifest, ancestors and attempt; ``None`` where none has that id.

    Raises:
        StoreError: the store can't be read.
    """
    entry = store.catalog.get(backup_id)
    if entry is None:
        return None
    known = store.catalog.some(sorted(entry.needs)[-MOST_ANCESTORS:])
    manifest: Manifest | Unknown = store.catalog.manifest(backup_id) or Unknown(
        "the catalog has no copy of it: it is too large, or was written by another version",
        f"pgvigil backup show {backup_id} reads it from the repository",
    )
    attempt = store.attempts.of_backup(entry)
    job_id = attempt.detached_job_id if attempt is not None else ""
    return BackupDetail(
        entry=entry,
        manifest=manifest,
        ancestors=tuple(sorted(known, key=lambda each: each.order)),
        needed_by=store.protection.needed_by(backup_id, entry.chain_id),
        log=read_log(store, job_id) if job_id else None,
        attempt=attempt,
    )


def read_log(store: Store, job_id: str) -> JobLog | None:
    """A job and the newest of what it noted; ``None`` where none has that id.

    Raises:
        StoreError: the store can't be read.
    """
    job = store.jobs.get(job_id)
    return None if job is None else JobLog(job, store.jobs.notes(job_id)[-NOTES_LISTED:])
