"""One order for backups at work: what its databases have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.backup.attempt import Attempt
from core.backup.ordered import Asked
from core.backup.progress import JobReporter
from core.clock import Clock
from core.config.settings import Settings
from core.model.job import JobOrder
from core.store.store import Store


@dataclass(frozen=True, slots=True)
class BackupJob:
    """One order at work.

    ``given_up`` are the repositories that did not answer for so long that the next database does
    not wait for them again.
    """

    store: Store
    settings: Settings
    order: JobOrder
    reporter: JobReporter
    asked: Asked
    state_folder: Path
    clock: Clock
    given_up: set[str] = field(default_factory=set)

    def attempt(self, database: str, at: datetime | None = None) -> Attempt:
        """Note that a database's backup begins, or that it began ``at`` a moment.

        Raises:
            StoreError: the store can't be written to.
        """
        return Attempt.begin(
            self.store.backup_jobs,
            self.order,
            database,
            self.asked.kind,
            clock=self.clock,
            job_id=self.reporter.job_id,
            at=at,
        )
