"""What is known of a server's backups: enough for the overview."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.model.backup import BackupCopy, BackupKind, CatalogEntry
from core.model.backup_history import HistoryPage, HistoryRow
from core.model.job import Job
from core.model.schedule import PlannedRun, ScheduleStatus
from core.model.unconfigured import UnconfiguredRepository

if TYPE_CHECKING:
    # Restores are rare: no console and no watcher waits for their model when it starts.
    from core.model.drill import DrillOverview
    from core.model.restore_draft import RestoreDraft
    from core.model.restore_operation import RestoreOperation


class SetUpStep(StrEnum):
    """What is still to be done before backups are taken."""

    KEY = "key"
    KEY_CONFIRMED = "key confirmed"
    REPOSITORY = "repository"
    COPIES = "copies"


@dataclass(frozen=True, slots=True)
class SuccessRate:
    """How many of the attempts that ended in the last ``days`` left a backup."""

    days: int
    succeeded: int
    ended: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; ``None`` where nothing ended."""
        return self.succeeded / self.ended if self.ended else None


@dataclass(frozen=True, slots=True)
class KindStorage:
    """What the backups of one kind take, in one copy of each, and what the last week added."""

    kind: BackupKind
    backups: int
    sealed_bytes: int
    added_in_a_week_bytes: int = 0


@dataclass(frozen=True, slots=True)
class RepositoryUse:
    """What all complete copies in one repository take, and how much may; 0: no quota is known."""

    repository: str
    used_bytes: int
    quota_bytes: int = 0

    @property
    def share(self) -> float | None:
        """From 0 on, 1 being full; ``None`` without a quota."""
        return self.used_bytes / self.quota_bytes if self.quota_bytes > 0 else None


@dataclass(frozen=True, slots=True)
class BadCopies:
    """Copies of which something is wrong: the newest of them, and how many there are."""

    newest: tuple[BackupCopy, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class AbsentKey:
    """A key of the config whose file is not where the config says."""

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class LostKey:
    """A key that the config has no more, and of how many backups a copy is sealed with it.

    ``name`` is what it was called here, empty where that is not known; ``repositories`` are those
    where such copies are.
    """

    key_id: str
    name: str
    backups: int
    repositories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnclearStaging:
    """A staging folder with a plain dump, of a run of which nobody knows whether it lives."""

    path: str
    host: str


@dataclass(frozen=True, slots=True)
class BackupOverview:
    """Backups of one server, bounded however many there are.

    ``missing`` is what is to be set up before any is taken, ``copies_wanted`` the repositories that
    backups go to, ``configured`` all of the config. ``last_good`` has the newest good
    backup of each database from which all of it can be restored. ``named`` are the databases that
    the config names, ``databases`` these, the one that a schedule means which names none, and every
    other one that was ever backed up or attempted; ``dropped`` are those of them that the server
    has no more, or that the config leaves out. ``objective_seconds`` is how old the last good one
    of each should be at most. ``runs`` are the newest planned moments, ``history``
    the newest attempts, both newest first; ``last_ended`` has the newest attempt of each database
    and kind that ended, ``newest_fulls`` the newest full backup of each database, good or not.
    ``unconfigured`` are the repositories with copies of them that the config has no more.
    ``lost_keys`` are those of backups that no key of the config opens, as far as that is known.
    ``oldest_verification`` is when that copy was last verified of which it is longest ago.
    ``clock_gap_seconds`` is how far the clock of the host that took the newest backup was ahead of
    the server's (negative: behind), where it was so far that nothing is pruned; else 0.
    ``to_come_seconds`` is how far in the future the moment of the newest backup lies; else 0.
    ``restores`` are the newest restores of its backups, ``drafts`` those that people put together
    just now, both newest first; ``last_proven`` is the last that was compared and found equal.
    ``forgotten`` are those whose scratch server has stayed up for longer than it should.
    ``drills`` is what is known of drills, ``None`` where none was ever done or planned.
    """

    missing: frozenset[SetUpStep] = frozenset()
    key_name: str = ""
    copies_wanted: tuple[str, ...] = ()
    configured: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    dropped: frozenset[str] = frozenset()
    absent_keys: tuple[AbsentKey, ...] = ()
    lost_keys: tuple[LostKey, ...] = ()
    unclear_staging: tuple[UnclearStaging, ...] = ()
    objective_seconds: float | None = None
    last_good: tuple[CatalogEntry, ...] = ()
    last_ended: tuple[HistoryRow, ...] = ()
    newest_fulls: tuple[CatalogEntry, ...] = ()
    bad_copies: BadCopies = BadCopies()
    refused_copies: BadCopies = BadCopies()
    oldest_verification: datetime | None = None
    jobs: tuple[Job, ...] = ()
    schedules: tuple[ScheduleStatus, ...] = ()
    runs: tuple[PlannedRun, ...] = ()
    success: tuple[SuccessRate, ...] = ()
    storage: tuple[KindStorage, ...] = ()
    repositories: tuple[RepositoryUse, ...] = ()
    unconfigured: tuple[UnconfiguredRepository, ...] = ()
    history: HistoryPage = field(default_factory=lambda: HistoryPage((), older=False))
    clock_gap_seconds: float = 0.0
    to_come_seconds: float = 0.0
    restores: tuple[RestoreOperation, ...] = ()
    drafts: tuple[RestoreDraft, ...] = ()
    last_proven: RestoreOperation | None = None
    forgotten: tuple[RestoreOperation, ...] = ()
    drills: DrillOverview | None = None

    @property
    def is_configured(self) -> bool:
        """Whether it is said where backups go and what seals them."""
        return not self.missing & {SetUpStep.KEY, SetUpStep.REPOSITORY, SetUpStep.COPIES}

    @property
    def is_to_be_set_up(self) -> bool:
        """Whether there is nothing to tell of but what is to be done before a first backup."""
        return bool(self.missing) and not self.has_any

    @property
    def has_any(self) -> bool:
        """Whether anything was ever attempted or found."""
        return bool(self.history.rows or self.jobs)

    @property
    def weakest(self) -> CatalogEntry | None:
        """The last good backup of the database whose last good one is oldest.

        ``None`` where a database that is to be backed up has none.
        """
        return None if self.lacking else self.oldest

    @property
    def oldest(self) -> CatalogEntry | None:
        """The oldest of the last good backups of the databases that have one."""
        judged = [e for e in self.last_good if not self.databases or e.database in self.databases]
        return min(judged, key=lambda entry: entry.moment, default=None)

    @property
    def lacking(self) -> tuple[str, ...]:
        """The databases that are to be backed up and have no good backup."""
        have = {entry.database for entry in self.last_good}
        return tuple(name for name in self.databases if name not in have)

    def on_server(self, there: Collection[str]) -> BackupOverview:
        """It without databases that a server with these ones has no more, unless they are named."""
        return self.without(frozenset(self.databases).difference(there, self.named))

    def without(self, gone: frozenset[str]) -> BackupOverview:
        """It without these databases: nothing is judged of them any more."""
        if gone <= self.dropped:
            return self
        return replace(
            self,
            databases=tuple(name for name in self.databases if name not in gone),
            dropped=self.dropped | gone,
            last_good=tuple(each for each in self.last_good if each.database not in gone),
            last_ended=tuple(each for each in self.last_ended if each.database not in gone),
            newest_fulls=tuple(each for each in self.newest_fulls if each.database not in gone),
            drills=None if self.drills is None else self.drills.without(gone),
        )

    @property
    def all_paused(self) -> bool:
        """Whether there are schedules, and a person has paused each of them."""
        return bool(self.schedules) and all(each.is_paused for each in self.schedules)

    @property
    def upcoming(self) -> ScheduleStatus | None:
        """The schedule that fires next: one whose moment has come waits longest."""
        moments = [(each.due_at or each.next_at, each) for each in self.schedules]
        planned = [(at, each) for at, each in moments if at is not None]
        return min(planned, key=lambda each: (each[0], each[1].name))[1] if planned else None
