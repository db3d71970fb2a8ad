"""One backup in full, and what a backup that is about to be taken would be."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.model.backup import BackupKind, CatalogEntry, Manifest, Selection
from core.model.backup_history import BackupRun
from core.model.job import JobLog, JobOrder
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
class PlannedDatabase:
    """One database of a planned backup.

    ``estimated_*`` are those of the last one of its kind. Of an incremental backup ``parent_id`` is
    the one that it builds upon, ``instead`` why a full one is taken where there is none.
    """

    name: str
    estimated_bytes: int | Unknown
    estimated_seconds: float | Unknown
    parent_id: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """Exactly what a backup would do if it were started now.

    ``databases`` are as they were seen last. ``key_id`` is empty where backups are not sealed,
    ``keep`` where retention decides about it; ``before`` and ``after`` are the programs that run
    with it. ``refusals`` are the reasons why it would not begin; with any it is not started.
    """

    order: JobOrder
    kind: BackupKind
    databases: tuple[PlannedDatabase, ...] | Unknown
    copies: tuple[str, ...]
    key_name: str
    key_id: str | Unknown
    staging: str
    selection: Selection = field(default_factory=Selection)
    keep: str = ""
    before: str = ""
    after: str = ""
    refusals: tuple[str, ...] = field(default_factory=tuple)
