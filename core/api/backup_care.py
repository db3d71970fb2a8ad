"""What is done with backups that are stored: verified, pruned, protected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.api.backup_names import (
    check_lost_keys,
    check_repositories,
    check_servers,
    servers_with_backups,
    unknown_repository,
)
from core.api.who import me
from core.backup.forget import ForgetPlan, forget, plan_forgetting
from core.backup.opening import cared_for
from core.backup.progress import SilentReporter
from core.backup.protect import ProtectOutcome, protect, unprotect
from core.backup.prune.job import others_of, pruning_of
from core.backup.prune.others import Others
from core.backup.prune.outcome import PruneOutcome
from core.backup.prune.plan import RepositoryPlan
from core.backup.prune.run import Pruning
from core.backup.repository.open import repository_named
from core.config.settings import Settings
from core.errors import PgvigilError, StoreError
from core.model.backup import BackupCopy, CatalogEntry
from core.model.job import Job, JobKind, JobOrder
from core.store.store import Store

__all__ = [
    "BackupCare",
    "ForgetPlan",
    "HinderedPlan",
    "ProtectOutcome",
    "PruneOutcome",
    "RepositoryPlan",
    "VerifyRequest",
]


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """What a person wants verified; what is left out is as the config has it.

    Without ``backups`` and ``everything``: what is due. ``lost_keys`` are the ids of keys that are
    given up: copies that only they open are brought under the key of another copy.
    """

    server_id: str = ""
    backups: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    everything: bool = False
    level: str = ""
    lost_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HinderedPlan:
    """A repository for which nothing could be planned, and why."""

    repository: str
    server: str
    error: PgvigilError


class BackupCare:
    """The care for the backups of one store and one config."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        state_folder: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._store = store
        self._state_folder = state_folder
        self._now = now

    def start_verification(self, request: VerifyRequest) -> str:
        """Start a job in a process of its own, which outlives this one; gives its id.

        It is the job of one server where all that is meant is of one, so that whoever looks at that
        server sees it.

        Raises:
            UnknownNameError: neither the config nor the catalog has the server, no copy is under
                one of the keys, or that is at hand.
            NothingKnownError: no server is named, and no backup is known.
            ConfigError: the config has no such repository.
            StoreError: the store can't be written to.
            PgvigilError: the process could not be started.
        """
        from core.schedule.jobs import start

        check_repositories(request.copies, self._settings)
        check_lost_keys(request.lost_keys, self._settings, self._store)
        self._servers([request.server_id] if request.server_id else [], "verify")
        arguments = {}
        if request.backups:
            arguments["backups"] = json.dumps(request.backups)
        if request.copies:
            arguments["copies"] = json.dumps(request.copies)
        if request.everything:
            arguments["everything"] = "yes"
        if request.lost_keys:
            arguments["lost_keys"] = json.dumps(request.lost_keys)
        if request.level:
            arguments["level"] = request.level
        server_id = request.server_id or self._only_server_of(request.backups)
        order = JobOrder(JobKind.VERIFY, server_id, me(), arguments)
        return start(self._store, order, settings=self._settings, state_folder=self._state_folder)

    def _only_server_of(self, backup_ids: Sequence[str]) -> str:
        """The server that these backups are of, or all where none is named; empty: of several."""
        found = self._store.catalog.some(backup_ids)
        servers = (
            {each.server_id for each in found} if backup_ids else self._store.catalog.servers()
        )
        return next(iter(servers)) if len(servers) == 1 else ""

    def looked_at(self, job: Job) -> tuple[tuple[CatalogEntry, BackupCopy], ...]:
        """The copies that a verification has looked at, with what it found."""
        since: datetime = job.started_at or job.created_at
        return tuple(
            (entry, copy)
            for entry in self._store.catalog.entries(job.order.server_id or None)
            for copy in entry.copies
            if copy.verified_at is not None and copy.verified_at >= since
        )

    def plans(
        self, servers: Sequence[str] = (), repositories: Sequence[str] = ()
    ) -> Iterator[RepositoryPlan | HinderedPlan]:
        """What a prune would do now in each repository (none named: wherever copies are).

        All are looked at before the first is planned: what that lets go depends on what the last
        one has.

        Raises:
            ConfigError: the config has no such repository.
            UnknownNameError: neither the config nor the catalog has one of the servers.
            NothingKnownError: no server is named, and no backup is known.
            BackupError: there is no repository.
            StoreError: the store can't be used.
        """
        check_repositories(repositories, self._settings)
        for server in self._servers(servers, "prune"):
            names = repositories or cared_for(self._settings, self._store.catalog)
            try:
                others = others_of(self._store, self._settings, server, SilentReporter())
                others.look()
            except StoreError:
                raise
            except PgvigilError as error:
                yield from (HinderedPlan(name, server, error) for name in names)
                continue
            for name in names:
                try:
                    with self._pruning(server, name, others) as pruning:
                        planned = pruning.plan()
                except StoreError:
                    raise
                except PgvigilError as error:
                    yield HinderedPlan(name, server, error)
                else:
                    yield planned

    def prune(self, planned: RepositoryPlan) -> PruneOutcome:
        """Do what a plan says; what changed since it was made is left alone.

        Raises:
            BackupError: it is held back, or somebody else changes the repository.
            RepositoryError: the repository failed; the next prune goes on.
            StoreError: the store can't be used.
        """
        with self._pruning(planned.server, planned.repository) as pruning:
            return pruning.do(planned)

    def protect(self, backup_id: str, reason: str) -> ProtectOutcome:
        """Keep a backup whatever the policy says.

        Raises:
            BackupError: there is none, or it could be written nowhere.
            StoreError: the store can't be used.
        """
        return protect(self._store, self._settings, backup_id, reason, who=me())

    def release(self, backup_id: str) -> ProtectOutcome:
        """Let the policy decide about a backup again.

        Raises:
            BackupError: there is none, or it could be taken back nowhere.
            StoreError: the store can't be used.
        """
        return unprotect(self._store, self._settings, backup_id, who=me())

    def forget_plan(self, repository: str) -> ForgetPlan:
        """What would be forgotten with a repository that the config has no more.

        Raises:
            StillConfiguredError: the config has it.
            UnknownNameError: no copy in it is known.
            StoreError: the store can't be read.
        """
        plan = plan_forgetting(self._store, self._settings, repository)
        if not plan.entries:
            known = self._store.catalog.repositories() - self._settings.repositories.keys()
            raise unknown_repository(repository, known)
        return plan

    def forget(self, plan: ForgetPlan) -> None:
        """Forget what was planned; nothing is touched in the repository.

        Raises:
            BackupError: more would be forgotten by now than was planned; nothing was.
            StoreError: the store can't be written to.
        """
        forget(self._store, plan, who=me())

    @contextmanager
    def _pruning(self, server: str, name: str, others: Others | None = None) -> Iterator[Pruning]:
        with closing(repository_named(name, self._settings.repositories)) as repository:
            yield pruning_of(
                self._store,
                self._settings,
                server=server,
                repository=repository,
                who=me(),
                reporter=SilentReporter(),
                now=self._now,
                others=others,
            )

    def _servers(self, servers: Sequence[str], purpose: str) -> Sequence[str]:
        check_servers(servers, self._settings, self._store)
        return servers or servers_with_backups(self._store, purpose)
