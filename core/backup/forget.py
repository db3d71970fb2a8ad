"""Letting go of a repository that the config has no more: only what is known of it, nothing there.

A disk that was given back, a bucket of a provider that was left: its copies stand in the catalog
until somebody says that nobody looks after them any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.backup.unconfigured import places_of
from core.config.settings import Settings
from core.errors import BackupError, ExitCode
from core.model.backup import CatalogEntry, CopyState
from core.model.unconfigured import is_only_copy
from core.store.holdings import Holding
from core.store.repository_ids import Seat
from core.store.store import Store

_TOLD = 100


class StillConfiguredError(BackupError):
    """The repository is in the config: its next look would find everything again."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class ForgetPlan:
    """What is let go of with a repository: ``entries`` are all backups that have a copy there.

    ``only_there`` are the ids of those that have no other copy that may be whole. ``places`` is
    where it was seen.
    """

    repository: str
    entries: tuple[CatalogEntry, ...]
    only_there: frozenset[str]
    places: tuple[Seat, ...] = ()

    @property
    def servers(self) -> tuple[str, ...]:
        """Whose backups they are, by name."""
        return tuple(sorted({entry.server_id for entry in self.entries}))

    def of(self, server: str) -> tuple[CatalogEntry, ...]:
        """The backups of one server."""
        return tuple(entry for entry in self.entries if entry.server_id == server)

    def missing(self, server: str) -> int:
        """How many of a server's copies there are known to be gone already."""
        gone = {CopyState.MISSING, CopyState.EXPIRED}
        return sum(
            copy.repository == self.repository and copy.state in gone
            for entry in self.of(server)
            for copy in entry.copies
        )

    @property
    def only_copies(self) -> tuple[CatalogEntry, ...]:
        """The backups that have no other copy, oldest first."""
        return tuple(entry for entry in self.entries if entry.backup_id in self.only_there)


def plan_forgetting(store: Store, settings: Settings, repository: str) -> ForgetPlan:
    """What would be forgotten with a repository; empty where no copy in it is known.

    Raises:
        StillConfiguredError: the config has it.
        StoreError: the store can't be read.
    """
    if repository in settings.repositories:
        raise StillConfiguredError(
            f"{repository} is not forgotten",
            why="the config has it, so that the next look would find its backups again",
            remedy=f"take [repositories.{repository}] out of the config first; to let go of single"
            " backups: pgvigil backup prune",
        )
    entries = tuple(
        entry
        for entry in store.catalog.entries()
        if any(copy.repository == repository for copy in entry.copies)
    )
    only_there = {e.backup_id for e in entries if is_only_copy(e.copies, repository)}
    places = places_of(store.catalog, {e.server_id for e in entries}, repository)
    return ForgetPlan(repository, entries, frozenset(only_there), places)


def forget(store: Store, plan: ForgetPlan, *, who: str) -> None:
    """Forget what was planned; nothing in the repository is touched.

    Raises:
        BackupError: more would be forgotten by now than was planned; nothing was.
        StoreError: the store can't be written to.
    """
    ids = frozenset(entry.backup_id for entry in plan.entries)
    if not store.catalog.holdings.forget(plan.repository, Holding(ids, plan.only_there)):
        raise BackupError(
            f"{plan.repository} is not forgotten",
            why="copies have come, or other copies have gone, since it was planned",
            remedy="look at the plan again, and then decide",
        )
    told = {
        "copies": str(len(ids)),
        "servers": ", ".join(plan.servers),
        "only copies": _some_of(sorted(plan.only_there)),
        "places": ", ".join(f"{seat.host}:{seat.place}" for seat in plan.places),
    }
    store.audit.append(who, "forget repository", f"repository {plan.repository}", told)


def _some_of(ids: Sequence[str]) -> str:
    """The newest of them, and how many more there are: thousands fill no entry of a log."""
    more = len(ids) - _TOLD
    return ", ".join(ids[-_TOLD:]) + (f" and {more} older ones" if more > 0 else "")
