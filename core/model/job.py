"""A job: a long piece of work in a process of its own, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

CONFIRMED = "confirmed"
"""The argument of an order that tells, by "yes", that a person has seen what it will do."""


class JobKind(StrEnum):
    """What a job does."""

    BACKUP = "backup"
    VERIFY = "verify"
    PRUNE = "prune"
    RESTORE = "restore"
    DRILL = "drill"


class JobState(StrEnum):
    """Where in its life a job is; ``INTERRUPTED`` was found dead and cleared up after."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a phase has come; ``done`` and ``total`` in bytes, a total of ``None`` is unknown.

    ``seconds_left`` is estimated from this run's rate and earlier runs.
    """

    phase: str
    done: int = 0
    total: int | None = None
    bytes_per_second: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What a job is to do; ``arguments`` are plain text and hold no secret."""

    kind: JobKind
    server_id: str
    who: str
    arguments: dict[str, str] = field(default_factory=dict)
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One job's row in the store.

    ``result`` says in one sentence what came of it, ``remedy`` what to do where it failed.
    """

    job_id: str
    order: JobOrder
    state: JobState
    progress: Progress
    host: str
    pid: int
    created_at: datetime
    started_at: datetime | None = None
    heartbeat_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_asked: bool = False
    result: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class JobNote:
    """Something that a job had to say."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class JobLog:
    """A job and what it said, in its order; of very much the newest."""

    job: Job
    notes: tuple[JobNote, ...] = ()
