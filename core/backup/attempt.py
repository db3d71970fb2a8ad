"""What is kept of an attempt at a backup for people's own monitoring, whatever becomes of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.backup import layout
from core.backup.ordered import asked_for, foreseen
from core.backup.result import TakenBackup
from core.clock import Clock
from core.config.settings import Settings
from core.errors import ConfigError, PgvigilError, StoreError
from core.model.backup import ArtifactRole, BackupKind
from core.model.job import Job, JobOrder
from core.store.attempt import AttemptResult, AttemptStatus
from core.store.backup_jobs import BackupJobs

_CLOCKS_APART = timedelta(minutes=5)
"""The store's clock, by which a job is dated, and that of the host on which it ran."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row of ``backup_jobs``."""

    _jobs: BackupJobs
    _row: UUID
    _clock: Clock

    @classmethod
    def begin(
        cls,
        jobs: BackupJobs,
        order: JobOrder,
        database: str,
        kind: BackupKind,
        *,
        clock: Clock,
        job_id: str = "",
        at: datetime | None = None,
    ) -> Attempt:
        """Note that it begins, or that it began ``at`` a moment.

        Raises:
            StoreError: the store can't be written to: no backup is begun that nobody hears of.
        """
        details = {"who": order.who, "schedule": order.schedule, "job_id": job_id}
        began = clock.now() if at is None else at
        return cls(jobs, jobs.begin(order.server_id, database, kind, began, details), clock)

    @classmethod
    def note_death(
        cls, jobs: BackupJobs, settings: Settings, job: Job, why: str, *, clock: Clock
    ) -> None:
        """Have the history tell of a job that died: what it was at, else what it was to do.

        Raises:
            StoreError: the store can't be written to.
        """
        if cls.note_end(jobs, job, why, clock=clock):
            return
        for database, kind in _foreseen(job.order, settings):
            attempt = cls.begin(
                jobs,
                job.order,
                database,
                kind,
                clock=clock,
                job_id=job.job_id,
                at=job.created_at,
            )
            attempt.interrupted(why)

    @staticmethod
    def note_end(jobs: BackupJobs, job: Job, why: str, *, clock: Clock) -> bool:
        """Have the history tell of what a job was at that ended without a word of its own.

        That is whether it had attempted anything.

        Raises:
            StoreError: the store can't be written to.
        """
        since = job.created_at - _CLOCKS_APART
        return jobs.died(job.order.server_id, job.job_id, since, clock.now(), why)

    def begun(self, server: str, backup_id: str) -> None:
        """Note which backup it takes; where the store is away, its end is noted all the same."""
        with suppress(StoreError):
            self._jobs.begun(self._row, backup_id, _place(server, backup_id))

    def completed(self, taken: TakenBackup, seconds: float, at: datetime) -> None:
        """Note a backup that exists since ``at``, and its figures; ``seconds`` is what it took.

        Raises:
            StoreError: the store can't be written to.
        """
        manifest = taken.manifest
        head = [e for e in manifest.artifacts if e.role is ArtifactRole.TABLE_OF_CONTENTS]
        plain = sum(
            each.plain_bytes for each in manifest.artifacts if each.backup_id == manifest.backup_id
        )
        lost = "; ".join(f"no copy in {name}: {error.what}" for name, error in taken.problems)
        result = AttemptResult(
            AttemptStatus.COMPLETED,
            manifest.kind,
            _place(manifest.server_id, manifest.backup_id),
            manifest.sealed_bytes,
            (head or manifest.artifacts)[0].digest,
            verified=True,
            problem=lost,
            details={"backup_id": manifest.backup_id, "copies": list(taken.copies)},
            figures=(
                ("backup_duration_seconds", seconds, "seconds"),
                ("backup_size_bytes", float(manifest.sealed_bytes), "bytes"),
                ("backup_plain_bytes", float(plain), "bytes"),
                ("backup_bytes_per_second", plain / seconds if seconds else 0.0, "bytes/second"),
                ("backup_copies", float(len(taken.copies)), "copies"),
            ),
        )
        self._jobs.finish(self._row, at, result)

    def failed(self, error: PgvigilError) -> None:
        """Note that there is none, and why."""
        told = "\n".join(filter(None, [error.what, error.why, error.remedy]))
        self._finish(AttemptResult(AttemptStatus.FAILED, problem=told))

    def cancelled(self) -> None:
        """Note that a person did not want it."""
        self._finish(AttemptResult(AttemptStatus.CANCELLED, problem="cancelled"))

    def interrupted(self, why: str) -> None:
        """Note that its process died."""
        self._finish(AttemptResult(AttemptStatus.INTERRUPTED, problem=why))

    def _finish(self, result: AttemptResult) -> None:
        with suppress(StoreError):
            self._jobs.finish(self._row, self._clock.now(), result)


def _place(server: str, backup_id: str) -> str:
    return layout.backup_folder(server, backup_id).removesuffix("/")


def _foreseen(order: JobOrder, settings: Settings) -> list[tuple[str, BackupKind]]:
    """What an order was to back up, as far as that is known without the server."""
    try:
        asked = asked_for(order, settings)
    except ConfigError:
        return [("", BackupKind.FULL)]
    return [(database, asked.kind) for database in foreseen(asked)]
