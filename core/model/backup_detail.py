"""One backup in full, and what a backup that is about to be taken would be."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.model.backup import BackupKind, CatalogEntry, Manifest
from core.model.job import JobLog, JobOrder
from core.model.protection import BackupRun
from core.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class BackupDetail:
    """A backup with everything that is known of it here.

    ``ancestors`` are the backups whose artifacts it needs, oldest first; ``needed_by`` are those
    that need its own. ``attempt`` is the one that left it and ``log`` that of its job, where they
    are still there: a backup that was taken elsewhere has neither.
    """

    entry: CatalogEntry
    manifest: Manifest | Unknown
    ancestors: tuple[CatalogEntry, ...] = ()
    needed_by: tuple[str, ...] = ()
    log: JobLog | None = None
    attempt: BackupRun | None = None


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """Exactly what a backup would do if it were started now.

    ``databases`` are empty where the one that is connected to is meant, ``key_id`` where backups
    are not sealed. ``estimated_*`` are those of the last one of
    its kind. ``refusals`` are the reasons why it would not begin; with any it is not started.
    """

    order: JobOrder
    kind: BackupKind
    databases: tuple[str, ...]
    copies: tuple[str, ...]
    key_name: str
    key_id: str | Unknown
    staging: str
    estimated_bytes: int | Unknown
    estimated_seconds: float | Unknown
    parent_id: str = ""
    refusals: tuple[str, ...] = field(default_factory=tuple)
