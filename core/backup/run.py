"""A backup job: each database that it is about, one after another, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from core.backup.alone import RIGHT_TO_BACK_UP, Held, alone
from core.backup.attempt import Attempt
from core.backup.databases import ChosenDatabases, databases_of
from core.backup.keeping import keep_everywhere
from core.backup.keys.confirmation import require_confirmed
from core.backup.keys.records import note_key, ring_of
from core.backup.keys.ring import KeyRing
from core.backup.mending import mend
from core.backup.missing import note_missing
from core.backup.ordered import Asked, asked_for, foreseen, server_of
from core.backup.places import Looking, entry_of_taken, usable
from core.backup.progress import JobReporter, OneOfSeveral
from core.backup.recognised import remember
from core.backup.repository.problems import RepositoryUnreachableError
from core.backup.repository.protocol import Repository
from core.backup.result import BackupResult, TakenBackup
from core.backup.staging import clear_dead, folder_of_state, staged, staging_root
from core.backup.taking import BackupOrder, Parts, run_backup
from core.clock import Clock, SystemClock
from core.config.settings import Settings
from core.errors import BackupError, CancelledError, PgvigilError, StoreError
from core.model.backup import BackupKind, CatalogEntry
from core.model.job import JobOrder
from core.postgres.target import Target
from core.store.store import Store


def run_backup_job(store: Store, settings: Settings, order: JobOrder, reporter: JobReporter) -> str:
    """Take the backups that ``order`` asks for; gives a sentence of what came of them.

    ``order.arguments`` may have: ``kind``; ``database`` (``all``: every one); ``databases``,
    ``schemas``, ``tables`` and ``copies``, each a list in JSON; ``keep``, a reason.

    Raises:
        BackupError: one could not be taken; the others were.
        ConfigError: the config does not say enough.
        CancelledError: a person cancelled the job.
    """
    results = take_backups(store, settings, order, reporter)
    failed = [result for result in results if result.error is not None]
    if not failed:
        return "; ".join(result.sentence for result in results)
    first = failed[0].error
    if first is not None and len(results) == 1:
        raise first
    raise BackupError(
        f"{len(failed)} of {len(results)} databases could not be backed up",
        why="; ".join(
            f"{each.database}: {each.error.what} ({each.error.why})"
            for each in failed
            if each.error
        ),
        remedy=first.remedy if first else "",
    )


def take_backups(
    store: Store,
    settings: Settings,
    order: JobOrder,
    reporter: JobReporter,
    *,
    state_folder: Path | None = None,
    clock: Clock | None = None,
) -> tuple[BackupResult, ...]:
    """Take the backups that ``order`` asks for; one that fails does not keep the others from it.

    Raises:
        ConfigError: the config does not say enough.
        BackupError: nothing could be begun: no key, no repository, no server.
        CancelledError: a person cancelled the job.
        StoreError: the store can't be used.
    """
    asked = asked_for(order, settings)
    job = _Job(
        store=store,
        settings=settings,
        order=order,
        reporter=reporter,
        asked=asked,
        state_folder=state_folder or folder_of_state(store),
        clock=clock or SystemClock(),
    )
    return job.run()


@dataclass(frozen=True, slots=True)
class _Job:
    """One order at work."""

    store: Store
    settings: Settings
    order: JobOrder
    reporter: JobReporter
    asked: Asked
    state_folder: Path
    clock: Clock
    given_up: set[str] = field(default_factory=set)

    def run(self) -> tuple[BackupResult, ...]:
        """Each database in turn."""
        began = self.clock.now()
        try:
            ring, root, target, chosen = self._prepared()
        except (CancelledError, StoreError):
            raise
        except PgvigilError as error:
            for name in foreseen(self.asked):  # who counts failures counts these too
                self._attempt(name, at=began).failed(error)
            raise
        results = [self._closed(name, error, began) for name, error in chosen.closed]
        count = len(chosen.names)
        for number, name in enumerate(chosen.names, start=1):
            several = OneOfSeveral(self.reporter, name, number, count)
            job = replace(self, reporter=several) if count > 1 else self
            result = job.one(name, target.with_database(name), ring, root)
            results.append(result)
            self.reporter.note(result.sentence)
        self._mend([result.taken for result in results if result.taken is not None])
        return tuple(results)

    def _prepared(self) -> tuple[KeyRing, Path, Target, ChosenDatabases]:
        """The key, the staging folder, the server and its databases, when all is there."""
        ring = ring_of(self.settings, self.store.backup_keys.all())
        require_confirmed(ring, self.settings.encryption, self.store.backup_keys)
        note_key(self.store.backup_keys, ring, self.settings.encryption.key)
        root = staging_root(self.settings.backup, self.state_folder)
        for sentence in clear_dead(root, self.settings):
            self.reporter.note(sentence)
        server = self.order.server_id
        target = Target.from_settings(server, server_of(self.settings, server))
        backup, dump = self.settings.backup, self.settings.dump
        chosen = databases_of(target, self.asked.databases, backup, dump)
        return ring, root, target, chosen

    def _closed(self, database: str, error: PgvigilError, began: datetime) -> BackupResult:
        """One that can't be backed up: told as one that failed."""
        self._attempt(database, at=began).failed(error)
        result = BackupResult(database, error=error)
        self.reporter.note(result.sentence)
        return result

    def _attempt(self, database: str, at: datetime | None = None) -> Attempt:
        return Attempt.begin(
            self.store.backup_jobs,
            self.order,
            database,
            self.asked.kind,
            clock=self.clock,
            job_id=self.reporter.job_id,
            at=at,
        )

    def _mend(self, taken: Sequence[TakenBackup]) -> None:
        """Put copies of earlier backups right, where the repositories work."""
        failed = {name for each in taken for name, _ in each.problems}
        if not taken:
            return
        for sentence in mend(
            self.store,
            self.settings,
            self.order.server_id,
            repositories=[name for name in self.asked.copies if name not in failed],
            fresh={each.manifest.backup_id for each in taken},
            who=self.order.who,
            reporter=self.reporter,
            now=self.clock.now,
        ):
            self.reporter.note(sentence)

    def one(self, database: str, target: Target, ring: KeyRing, root: Path) -> BackupResult:
        """One database, alone at it; a failure is told and does not stop the others."""
        begun = self.clock.monotonic()
        attempt: Attempt | None = None
        try:
            with self._alone(database) as held:
                attempt = self._attempt(database)
                taken, notes = self._take(database, target, ring, root, held)
        except CancelledError:
            if attempt is not None:
                attempt.cancelled()
            raise
        except PgvigilError as error:
            if attempt is not None:
                attempt.failed(error)
            return BackupResult(database, error=error)
        seconds = self.clock.monotonic() - begun
        attempt.completed(taken, seconds, self.reporter)
        return BackupResult(database, taken, notes=notes, seconds=seconds)

    def _take(
        self, database: str, target: Target, ring: KeyRing, root: Path, held: Held
    ) -> tuple[TakenBackup, tuple[str, ...]]:
        server = self.order.server_id
        run_id = f"{self.reporter.job_id or 'run'}-{uuid4().hex[:8]}"
        with ExitStack() as stack:
            staging = stack.enter_context(staged(root, run_id))
            repositories, unreachable = usable(
                self.asked.copies,
                self.settings,
                Looking(self.store.catalog, ring, server, self.reporter),
                stack,
                self.given_up,
            )
            self.given_up.update(
                name for name, error in unreachable if isinstance(error, RepositoryUnreachableError)
            )
            stack.callback(self._note_given_up, repositories)
            self._agree(repositories, ring)
            entries = self.store.catalog.entries(server)
            parts = Parts(
                settings=self.settings,
                repositories=repositories,
                ring=ring,
                staging=staging,
                programs_folder=self.state_folder / "programs",
                clock=self.clock,
                reporter=self.reporter,
                held=held,
                on_damage=self.store.catalog.record_copy,
                entries=entries,
                expected_bytes=_expected(entries, database, self.asked.kind),
            )
            wanted = BackupOrder(
                server_id=server,
                target=target,
                kind=self.asked.kind,
                who=self.order.who,
                selection=self.asked.selection,
                keep=self.asked.keep,
                schedule=self.order.schedule,
                copies=self.asked.named_copies,
            )
            taken = run_backup(wanted, parts)
            for repository in repositories:
                if repository.name in taken.copies:
                    with suppress(PgvigilError):  # the next look notes it
                        remember(repository, self.store.catalog, server)
        taken = replace(taken, problems=(*unreachable, *taken.problems))
        return taken, self._remember(taken, ring)

    def _note_given_up(self, repositories: Sequence[Repository]) -> None:
        """Have the next database not wait again for what did not answer for so long."""
        for repository in repositories:
            if repository.is_given_up:
                self.given_up.add(repository.name)
            else:
                self.given_up.discard(repository.name)

    def _agree(self, repositories: Sequence[Repository], ring: KeyRing) -> None:
        """Have the catalog, and each repository, know what only another one knew."""
        store, server = self.store, self.order.server_id
        now = self.clock.now()
        note_missing(repositories, store.catalog, ring, self.settings, server, now=now)
        who, reporter = self.order.who, self.reporter
        keep_everywhere(store, repositories, server, who=who, reporter=reporter, now=now)

    def _remember(self, taken: TakenBackup, ring: KeyRing) -> tuple[str, ...]:
        """Have the catalog know it; a store that fails now does not unmake the backup."""
        entry = entry_of_taken(taken, ring, self.asked.keep, self.clock.now())
        try:
            self.store.catalog.add(entry, taken.manifest)
        except StoreError as error:
            sentence = (
                f"the catalog does not know backup {entry.backup_id} yet ({error.what});"
                " the next run or pgvigil backup import adds it"
            )
            self.reporter.note(sentence)
            return (sentence,)
        return ()

    @contextmanager
    def _alone(self, database: str) -> Iterator[Held]:
        """The right to back up this database, which nobody else has meanwhile."""
        server = self.order.server_id
        now = self.clock.now()

        def refused(holder: str) -> BackupError:
            return BackupError(
                f"A backup of {server}, database {database}, is under way",
                why=f"by {holder}",
                remedy="wait for it (pgvigil jobs list), or cancel it first",
            )

        with alone(
            self.store.leases,
            f"{RIGHT_TO_BACK_UP}{server}/{database}",
            who=self.order.who,
            since=now,
            seconds=self.settings.backup.lease_seconds,
            refused=refused,
        ) as held:
            self.store.backup_jobs.interrupted(server, database, now)
            yield held


def _expected(entries: Sequence[CatalogEntry], database: str, kind: BackupKind) -> int | None:
    """How many bytes the last dump of this kind had."""
    same = [e for e in entries if (e.database, e.kind) == (database, kind)]
    return same[-1].plain_bytes if same else None
