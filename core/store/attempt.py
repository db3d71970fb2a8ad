"""An attempt at a backup, in the words of the tables that people's own queries read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.model.backup import BackupKind


class AttemptStatus(StrEnum):
    """What became of an attempt, in the words of ``backup_jobs.status``."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


COUNTED = (
    AttemptStatus.COMPLETED.value,
    AttemptStatus.FAILED.value,
    AttemptStatus.INTERRUPTED.value,
)
"""What counts for a success rate: what a person cancelled says nothing."""


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """The end of an attempt.

    ``place`` is where the backup is, ``verified`` whether every byte of a copy was authenticated.
    ``problem`` says what went wrong; a backup that is good in fewer copies than were asked for is
    completed and has one. ``figures`` are a name, a value and a unit for ``backup_metrics``.
    """

    status: AttemptStatus
    kind: BackupKind | None = None
    place: str = ""
    sealed_bytes: int | None = None
    checksum: str = ""
    verified: bool = False
    problem: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    figures: Sequence[tuple[str, float, str]] = ()


@dataclass(frozen=True, slots=True)
class AttemptOfJob:
    """What became of one database of a job; ``problem`` also tells of a copy that is missing."""

    database: str
    status: AttemptStatus
    backup_id: str
    problem: str
