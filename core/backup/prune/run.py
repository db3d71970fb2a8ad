"""Lets backups expire as the policy says, and destroys those whose time of grace is over.

Hosts with stores of their own may prune one repository at once: what has expired stands in the
repository itself, every step can be repeated, and nothing is destroyed that had not expired there
for the whole time of grace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.backup import identity
from core.backup.catalog import bring_in_line
from core.backup.changing import changing
from core.backup.keys.ring import OpeningKeys
from core.backup.markers import (
    read_expiry,
)
from core.backup.progress import JobReporter
from core.backup.proofs import tell_proofs
from core.backup.prune.doing import Doing
from core.backup.prune.others import Others
from core.backup.prune.outcome import PruneOutcome
from core.backup.prune.plan import RepositoryPlan, plan_repository
from core.backup.repository.protocol import Repository
from core.backup.stock import folders_in
from core.backup.under_way import under_way
from core.config.settings import Settings
from core.errors import (
    BackupError,
    DamagedArtifactError,
)
from core.model.backup import CopyState
from core.store.store import Store


@dataclass
class Pruning:
    """The prune of one server's backups in one repository.

    ``others`` are looked at before anything is destroyed that one of them may keep.
    """

    store: Store
    settings: Settings
    server: str
    repository: Repository
    keys: OpeningKeys
    reporter: JobReporter
    now: Callable[[], datetime]
    who: str
    others: Others

    def plan(self) -> RepositoryPlan:
        """What would be done now; nothing is changed but the catalog, which comes in line.

        Raises:
            ForeignRepositoryError: the repository has the backups of another server.
            NewerFormatError: a newer pgvigil made it.
            DamagedArtifactError: it can't be told whose it is.
            RepositoryError: it can't be read.
            StoreError: the catalog can't be used.
        """
        self._refuse_another_server()
        unreadable = self._bring_in_line()
        self._refuse_another_server()
        return plan_repository(
            self.repository.name,
            self.server,
            entries=self.store.catalog.entries(self.server),
            folders=folders_in(self.repository, self.server),
            unreadable=unreadable,
            settings=self.settings.retention,
            expired_at=self._expired_at,
            is_under_way=under_way(self.store, self.settings, self.server).covers,
            stale_seconds=self.repository.settings.stale_seconds,
            now=self.now(),
            others=self.settings.repositories,
        )

    def do(self, planned: RepositoryPlan) -> PruneOutcome:
        """Do what ``planned`` says; what changed since is left alone.

        Raises:
            BackupError: the plan is held back, or somebody else changes the repository. Where it is
                for a person to go on, leftovers are cleared all the same.
            CancelledError: a person cancelled it; the next prune goes on.
            RepositoryError: the repository failed; the next prune goes on.
            StoreError: the store can't be used.
        """
        name, leases = self.repository.name, self.store.leases
        tell_proofs(
            self.store.catalog,
            [self.repository],
            self.server,
            now=self.now(),
            reporter=self.reporter,
        )
        if planned.plan.held_back and not planned.is_for_a_person:
            raise _held_back(name, planned.plan.held_back)
        seconds = self.settings.backup.lease_seconds
        with changing(leases, name, who=self.who, now=self.now(), seconds=seconds) as held:
            doing = Doing(self, planned, held)
            if not planned.plan.held_back:
                return doing.do()
            cleared = doing.clear_leftovers()
        also = f"; what dead runs left was cleared ({cleared})" if cleared else ""
        raise _held_back(name, planned.plan.held_back + also)

    def needs(self) -> tuple[dict[str, set[str]], tuple[str, ...]]:
        """What each backup in the repository needs now, and those of which that is not known."""
        unreadable = self._bring_in_line()
        name = self.repository.name
        needs = {
            entry.backup_id: set(entry.needs)
            for entry in self.store.catalog.entries(self.server)
            for copy in entry.copies
            if copy.repository == name and copy.state is not CopyState.MISSING
        }
        return needs, unreadable

    def _bring_in_line(self) -> tuple[str, ...]:
        """The ids of backups that are there, and that nobody here knows or can read."""
        news = bring_in_line(
            self.repository,
            self.store.catalog,
            self.keys,
            server=self.server,
            configured=self.settings.repositories,
            reporter=self.reporter,
        )
        catalog = self.store.catalog
        return tuple(each for each, _ in news.problems if catalog.get(each) is None)

    def _refuse_another_server(self) -> None:
        identity.check_format(self.repository)
        there = identity.system_of(self.repository, self.server) or ""
        for system in {e.system_identifier for e in self.store.catalog.entries(self.server)}:
            identity.check_same(self.repository, self.server, there, system)

    def _expired_at(self, backup_id: str) -> datetime | None:
        """Since when it has expired here; a mark that can't be read is written anew."""
        try:
            return read_expiry(self.repository, self.server, backup_id)
        except DamagedArtifactError:
            return None


def _held_back(repository: str, why: str) -> BackupError:
    return BackupError(
        f"Nothing is pruned in {repository}",
        why=why,
        remedy="see that the clock is right and that backups are taken; then prune again",
    )
