"""A restore as it was asked for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.restore import TargetKind


class RestoreStatus(StrEnum):
    """What became of a restore, in the words of ``restore_operations.status``.

    ``WAITING`` is a plan that a second person must agree to; its id is the plan's.
    """

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    UNDONE = "undone"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self not in {RestoreStatus.WAITING, RestoreStatus.RUNNING}


class Verdict(StrEnum):
    """What a restore came to.

    ``PROVEN``: it was compared with its backup's fingerprint, and looked at further, and nothing is
    different; ``DIFFERENCES``: something is; ``FAILED``: nothing was restored.
    """

    PROVEN = "proven"
    DIFFERENCES = "restored with differences"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Aside:
    """A database that a swap put aside, or an undo of one: closed, and kept for a while."""

    name: str
    oid: int


@dataclass(frozen=True, slots=True)
class KeptServer:
    """A scratch server that outlived its restore: on which host, in which folder.

    ``dsn`` leads to what was restored, for the same user of that host; it holds no password.
    """

    host: str
    folder: str
    dsn: str


@dataclass(frozen=True, slots=True)
class RestoreOperation:
    """One restore.

    ``operation_id`` is also its job's. ``server_id`` and ``database`` are of which backup,
    ``target_server`` and ``target_database`` where it went. ``what`` says in words what of the
    backup was wanted. ``differences`` are empty where nothing was compared yet. ``problem`` and
    ``remedy`` are of one that failed; ``undo`` says how it is undone, empty where it can't be.
    ``target_oid`` is the new database's own number: names are given to others, numbers are not.
    ``closing`` is the live database while a swap keeps it closed, ``aside`` what was put aside.
    ``kept`` is the scratch server that it left running. ``unchecked`` is what was to be looked at
    besides the fingerprint and was not, each with why: it is no proof of that.
    """

    operation_id: str
    server_id: str
    database: str
    backup_id: str
    repository: str
    what: str
    target: TargetKind
    target_server: str
    target_database: str
    who: str
    status: RestoreStatus
    created_at: datetime
    completed_at: datetime | None = None
    verdict: Verdict | None = None
    differences: tuple[str, ...] = ()
    problem: str = ""
    remedy: str = ""
    undo: str = ""
    target_oid: int | None = None
    closing: Aside | None = None
    aside: Aside | None = None
    kept: KeptServer | None = None
    unchecked: tuple[str, ...] = ()
