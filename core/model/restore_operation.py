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
class PhaseTime:
    """A phase's seconds: as the plan had ``expected`` them, and as it ``took`` them.

    ``None`` where no earlier restore told, and where it did not come to it.
    """

    name: str
    expected: float | None = None
    took: float | None = None


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
    besides the fingerprint and was not, each with why: it is no proof of that. ``phases`` are the
    plan's with their times; ``writes`` the rows that the server had counted as written in a new
    database, ``None`` where that is not known; ``fetch_bytes`` and ``staged_bytes`` what it was
    about.
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
    phases: tuple[PhaseTime, ...] = ()
    fetch_bytes: int = 0
    staged_bytes: int = 0
    writes: int | None = None

    @property
    def expected_seconds(self) -> float | None:
        """What all of it was expected to take; ``None`` where a phase's time was not known."""
        known = [each.expected for each in self.phases if each.expected is not None]
        return sum(known) if known and len(known) == len(self.phases) else None

    @property
    def seconds(self) -> float | None:
        """What it took; ``None`` as long as it is not over."""
        if self.completed_at is None:
            return None
        return (self.completed_at - self.created_at).total_seconds()
