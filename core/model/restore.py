"""A restore: what is wanted, and which backup serves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.backup import BackupCopy, CatalogEntry, TableName


@dataclass(frozen=True, slots=True)
class ChosenTable:
    """A table that is to be restored, with its rows or without."""

    table: TableName
    with_rows: bool = True


SCRATCH_SERVER = "scratch server"
"""What stands for a server's name where a restore starts its own; no config can have this name."""


MISSING_GLOBALS = "roles, memberships, settings and tablespaces that are missing"
"""What of a whole server comes back, in words."""


class TargetKind(StrEnum):
    """Where a restore goes.

    ``BESIDE`` is a new database, on the same or another server; ``SCRATCH`` a server that is
    started for it; ``SWAP`` a new database that then changes names with the live one; ``MERGE``
    chosen tables into the live database; ``GLOBALS`` the server itself, whose roles and tablespaces
    they are.
    """

    BESIDE = "beside"
    SCRATCH = "scratch"
    SWAP = "swap"
    MERGE = "merge"
    GLOBALS = "globals"


@dataclass(frozen=True, slots=True)
class RestoreWish:
    """What a person wants back, and where.

    ``server_id`` and ``database`` are of which backups; ``moment`` the latest state that is wanted,
    ``None`` the newest. ``backup_id`` and ``repository`` are given where a person chose them.
    ``tables`` and ``schemas`` are empty where everything is wanted; without ``rows`` definitions
    are. ``target_server`` is a server of the config, ``target_database`` the new database, the live
    one in a swap or merge, for globals the server's own name. Without ``owners`` everything belongs
    to the role that restores; with ``create_roles`` roles that are missing on the target are made.
    ``dependents``, in a merge, brings back the views and whatever else stood on the tables and is
    not there any more.
    ``staged_by`` is the operation whose staged rows are merged now: ``update`` sets back rows that
    are different, ``delete`` takes away those that the backup does not have.
    """

    server_id: str
    database: str
    target: TargetKind
    target_server: str
    target_database: str
    moment: datetime | None = None
    backup_id: str = ""
    repository: str = ""
    tables: tuple[ChosenTable, ...] = ()
    owners: bool = True
    schemas: tuple[str, ...] = ()
    rows: bool = True
    dependents: bool = False
    create_roles: bool = False
    staged_by: str = ""
    update: bool = False
    delete: bool = False

    @property
    def is_of_everything(self) -> bool:
        """Whether nothing of the backup is left out."""
        is_a_database = self.target is not TargetKind.GLOBALS
        return is_a_database and self.rows and not self.tables and not self.schemas

    @property
    def wants_rows(self) -> bool:
        """Whether rows are wanted, of anything."""
        return self.rows and (not self.tables or any(each.with_rows for each in self.tables))

    @property
    def where(self) -> str:
        """What it changes, in words."""
        if self.target is TargetKind.GLOBALS:
            return f"server {self.target_server}"
        return f"database {self.target_database} on {self.target_server}"

    @property
    def what(self) -> str:
        """What of the backup is wanted, in words."""
        if self.staged_by:
            return f"rows that {self.staged_by} staged"
        if self.target is TargetKind.GLOBALS:
            return MISSING_GLOBALS
        named = [f"schema {each}" for each in self.schemas]
        for each in self.tables:
            rows = "" if each.with_rows and self.rows else " without rows"
            named.append(f"{each.table.schema}.{each.table.name}{rows}")
        return ", ".join(named) or ("everything" if self.rows else "definitions without rows")


class CheckState(StrEnum):
    """What a check before a restore found; ``STOP`` must be mended first."""

    OK = "ok"
    WARNING = "warning"
    UNKNOWN = "unknown"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at before anything is touched, and how it is mended."""

    name: str
    state: CheckState
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A copy that would have served better, were it not for ``why``.

    ``repository`` is empty where that holds for the backup wherever it is.
    """

    backup_id: str
    repository: str
    why: str


@dataclass(frozen=True, slots=True)
class BackupChoice:
    """The copy that a restore takes, and why; in ``passed_over`` those that would be better."""

    entry: CatalogEntry
    copy: BackupCopy
    why: str
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a restore does: the exact commands, where it has some.

    ``seconds`` are what it is expected to take, ``None`` where no earlier restore tells.
    """

    phase: str
    what: str
    commands: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a restore would do, made before anything is touched.

    ``fetch_bytes`` come from the repository, ``staged_bytes`` lie on this host meanwhile.
    ``destroyed`` says what is lost, ``undo`` how it is undone. ``world`` is what the plan was made
    by, in words: one that is run later is refused where that has changed. ``undoes`` is the restore
    that it undoes, where it is that: a second person reads and approves it as any other plan.
    """

    plan_id: str
    made_at: datetime
    wish: RestoreWish
    backup_id: str
    repository: str
    snapshot_at: datetime
    why: str
    passed_over: tuple[PassedOver, ...]
    checks: tuple[Check, ...]
    steps: tuple[Step, ...]
    fetch_bytes: int
    staged_bytes: int
    destroyed: tuple[str, ...]
    undo: str
    world: Mapping[str, str]
    undoes: str = ""

    @property
    def stops(self) -> tuple[Check, ...]:
        """What must be mended before it can be run."""
        return tuple(check for check in self.checks if check.state is CheckState.STOP)

    @property
    def seconds(self) -> float | None:
        """What all of it is expected to take; ``None`` where a step's time is not known."""
        known = [step.seconds for step in self.steps if step.seconds is not None]
        return sum(known) if len(known) == len(self.steps) else None
