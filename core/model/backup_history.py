"""The history of backups: every attempt, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.backup import CatalogEntry


@dataclass(frozen=True, slots=True)
class BackupRun:
    """One row of ``backup_jobs``: an attempt, whatever came of it.

    ``job_id`` names the row, ``detached_job_id`` the job that did it, empty where none did.
    ``backup_id`` is empty where it left no backup.
    """

    job_id: str
    kind: str
    status: str
    started_at: datetime
    completed_at: datetime | None
    size_bytes: int | None
    verification: str
    error: str = ""
    database: str = ""
    backup_id: str = ""
    detached_job_id: str = ""


class Outcome(StrEnum):
    """What came of an attempt.

    ``NOT_GOOD`` left a backup of which no copy is sound, ``UNVERIFIED`` one that may be good: no
    copy of it was read back yet, as after an import. ``PRUNED`` left a good one that is gone.
    """

    GOOD = "good"
    UNVERIFIED = "unverified"
    NOT_GOOD = "not good"
    PRUNED = "pruned"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    RUNNING = "running"


_OUTCOMES = {
    "completed": Outcome.PRUNED,
    "cancelled": Outcome.CANCELLED,
    "interrupted": Outcome.INTERRUPTED,
    "running": Outcome.RUNNING,
}


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A line of the history: an attempt, the backup that it left, or a backup from elsewhere.

    ``started_at`` is when it began; of one that was taken elsewhere, the moment that it holds.
    """

    started_at: datetime
    run: BackupRun | None
    entry: CatalogEntry | None

    @property
    def row_id(self) -> str:
        """What names the line for as long as it is the same attempt."""
        if self.entry is not None:
            return self.entry.backup_id
        return self.run.job_id if self.run is not None else ""

    @property
    def finished_at(self) -> datetime | None:
        """When it ended, where it has."""
        if self.run is not None and self.run.completed_at is not None:
            return self.run.completed_at
        return self.entry.finished_at if self.entry is not None else None

    @property
    def kind(self) -> str:
        """What it holds, or was to hold."""
        if self.entry is not None:
            return self.entry.kind.value
        return self.run.kind if self.run is not None else ""

    @property
    def database(self) -> str:
        """The database that it is of; empty where an attempt failed before one was known."""
        if self.entry is not None:
            return self.entry.database
        return self.run.database if self.run is not None else ""

    @property
    def outcome(self) -> Outcome:
        """What came of the attempt: of its backup, as its copies stand, else of its run."""
        if self.entry is not None:
            return _outcome_of(self.entry)
        status = self.run.status if self.run is not None else ""
        return _OUTCOMES.get(status, Outcome.FAILED)


def _outcome_of(entry: CatalogEntry) -> Outcome:
    if entry.is_good:
        return Outcome.GOOD
    return Outcome.UNVERIFIED if entry.is_unverified else Outcome.NOT_GOOD


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Lines of the history, newest first; ``older`` says whether there are further ones."""

    rows: tuple[HistoryRow, ...]
    older: bool
