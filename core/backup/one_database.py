"""A job's backup of one database: alone at it, noted as an attempt, and known to the catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from core.backup.alone import RIGHT_TO_BACK_UP, Held, alone
from core.backup.attempt import Attempt
from core.backup.backup_job import BackupJob
from core.backup.backup_order import BackupOrder, Parts
from core.backup.keeping import keep_everywhere
from core.backup.keys.ring import KeyRing
from core.backup.missing import note_missing
from core.backup.places import Looking, entry_of_taken, usable
from core.backup.recognised import remember
from core.backup.repository.problems import RepositoryUnreachableError
from core.backup.repository.protocol import Repository
from core.backup.result import BackupResult, TakenBackup
from core.backup.staging import Staging, staged
from core.backup.taking import run_backup
from core.errors import BackupError, CancelledError, PgvigilError, StoreError
from core.model.backup import BackupKind, CatalogEntry
from core.postgres.target import Target
from core.store.persistence import Persistence


@dataclass(frozen=True, slots=True)
class OneDatabase:
    """One database of a job; ``staging_root`` is where its run has a folder."""

    job: BackupJob
    database: str
    target: Target
    ring: KeyRing
    staging_root: Path

    def back_up(self) -> BackupResult:
        """Take the backup; a failure is told, and does not stop the job's other databases.

        Raises:
            CancelledError: a person cancelled the job.
        """
        clock = self.job.clock
        begun = clock.monotonic()
        attempt: Attempt | None = None
        try:
            with self._alone() as held:
                attempt = self.job.attempt(self.database)
                taken = self._take(held, attempt)
                seconds, ended = clock.monotonic() - begun, clock.now()
                notes = self._remember(taken, ended)
        except CancelledError:
            if attempt is not None:
                attempt.cancelled()
            raise
        except PgvigilError as error:
            if attempt is not None:
                attempt.failed(error)
            return BackupResult(self.database, error=error)
        told = partial(attempt.completed, taken, seconds, ended)
        notes += self._written(told, "the history does not know how this backup ended")
        return BackupResult(self.database, taken, notes=notes, seconds=seconds)

    @contextmanager
    def _alone(self) -> Iterator[Held]:
        """The right to back up this database, which nobody else has meanwhile."""
        job, server = self.job, self.job.order.server_id
        now = job.clock.now()

        def refused(holder: str) -> BackupError:
            return BackupError(
                f"A backup of {server}, database {self.database}, is under way",
                why=f"by {holder}",
                remedy="wait for it (pgvigil jobs list), or cancel it first",
            )

        with alone(
            job.store.leases,
            f"{RIGHT_TO_BACK_UP}{server}/{self.database}",
            who=job.order.who,
            since=now,
            seconds=job.settings.backup.lease_seconds,
            refused=refused,
        ) as held:
            job.store.backup_jobs.interrupted(server, self.database, now)
            yield held

    def _take(self, held: Held, attempt: Attempt) -> TakenBackup:
        """The backup, which exists from now on."""
        job, server = self.job, self.job.order.server_id
        catalog = job.store.catalog
        run_id = f"{job.reporter.job_id or 'run'}-{uuid4().hex[:8]}"
        with ExitStack() as stack:
            staging = stack.enter_context(staged(self.staging_root, run_id))
            repositories, unreachable = usable(
                job.asked.copies,
                job.settings,
                Looking(catalog, self.ring, server, job.reporter),
                stack,
                job.given_up,
            )
            job.given_up.update(
                name for name, error in unreachable if isinstance(error, RepositoryUnreachableError)
            )
            stack.callback(self._note_given_up, repositories)
            self._agree(repositories)
            taken = run_backup(self._order(), self._parts(repositories, staging, held, attempt))
            for repository in repositories:
                if repository.name in taken.copies:
                    with suppress(PgvigilError):  # the next look notes it
                        remember(repository, catalog, server)
        return replace(taken, problems=(*unreachable, *taken.problems))

    def _order(self) -> BackupOrder:
        order, asked = self.job.order, self.job.asked
        return BackupOrder(
            server_id=order.server_id,
            target=self.target,
            kind=asked.kind,
            who=order.who,
            selection=asked.selection,
            keep=asked.keep,
            schedule=order.schedule,
            copies=asked.named_copies,
        )

    def _parts(
        self, repositories: Sequence[Repository], staging: Staging, held: Held, attempt: Attempt
    ) -> Parts:
        job = self.job
        entries = job.store.catalog.entries(job.order.server_id)
        return Parts(
            settings=job.settings,
            repositories=repositories,
            ring=self.ring,
            staging=staging,
            programs_folder=job.state_folder / "programs",
            clock=job.clock,
            reporter=job.reporter,
            held=held,
            on_begin=partial(attempt.begun, job.order.server_id),
            on_damage=job.store.catalog.record_copy,
            entries=entries,
            expected_bytes=_expected(entries, self.database, job.asked.kind),
        )

    def _note_given_up(self, repositories: Sequence[Repository]) -> None:
        """Have the next database not wait again for what did not answer for so long."""
        for repository in repositories:
            if repository.is_given_up:
                self.job.given_up.add(repository.name)
            else:
                self.job.given_up.discard(repository.name)

    def _agree(self, repositories: Sequence[Repository]) -> None:
        """Have the catalog, and each repository, know what only another one knew."""
        job, server = self.job, self.job.order.server_id
        now = job.clock.now()
        note_missing(repositories, job.store.catalog, self.ring, job.settings, server, now=now)
        who, reporter = job.order.who, job.reporter
        keep_everywhere(job.store, repositories, server, who=who, reporter=reporter, now=now)

    def _remember(self, taken: TakenBackup, at: datetime) -> tuple[str, ...]:
        """Have the catalog know it; gives what a person should know though it is good."""
        catalog = self.job.store.catalog
        entry = entry_of_taken(taken, self.ring, self.job.asked.keep, at)
        return self._written(
            partial(catalog.add, entry, taken.manifest),
            f"the catalog does not know backup {entry.backup_id} yet: the next run, verification or"
            " prune of the server adds it, or pgvigil backup import",
        )

    def _written(self, step: Callable[[], object], otherwise: str) -> tuple[str, ...]:
        """Have the store know of a backup that is there; a store that is away is waited for.

        It does not unmake the backup: ``otherwise`` says what is not known then.
        """
        reporter = self.job.reporter

        def meanwhile() -> None:
            reporter.check_cancelled()
            reporter.waiting("the store")

        try:
            Persistence(self.job.settings.jobs.ending_seconds, meanwhile).do(step)
        except (StoreError, CancelledError) as error:
            sentence = f"{otherwise} ({error.what})"
            reporter.note(sentence)
            return (sentence,)
        return ()


def _expected(entries: Sequence[CatalogEntry], database: str, kind: BackupKind) -> int | None:
    """How many bytes the last dump of this kind had."""
    same = [e for e in entries if (e.database, e.kind) == (database, kind)]
    return same[-1].plain_bytes if same else None
