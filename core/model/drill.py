"""A drill: a restore, or a fault made on purpose, that proves that pgvigil would do on the day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.model.drill_calendar import Duty
from core.model.guided_drill import GuidedDrill
from core.model.restore import Check


class DrillKind(StrEnum):
    """``RESTORE`` restores on a scratch server; ``SABOTAGE`` spoils copies, which must be seen.

    ``GUIDED`` is done by people, who go by a runbook.
    """

    RESTORE = "restore"
    SABOTAGE = "sabotage"
    GUIDED = "guided"


class DrillPick(StrEnum):
    """Which backup is taken, of those that are kept."""

    NEWEST = "newest"
    RANDOM = "random"
    OLDEST = "oldest"


class DrillStatus(StrEnum):
    """What came of a drill; ``MISSED`` was proven, and an objective was not met."""

    RUNNING = "running"
    PASSED = "passed"
    MISSED = "objective missed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self is not DrillStatus.RUNNING

    @property
    def is_proof(self) -> bool:
        """Whether it proves that the backup can be restored."""
        return self in {DrillStatus.PASSED, DrillStatus.MISSED}


@dataclass(frozen=True, slots=True)
class DrillPhase:
    """A phase of the restore: how long it took, and the bytes that it counted."""

    name: str
    seconds: float
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Objectives:
    """Seconds that a restore may take, and that the newest backup may be old; 0: none is set."""

    rto_seconds: float = 0.0
    rpo_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One act of sabotage on a copy, and whether pgvigil saw it.

    ``done`` is what was done to the copy, ``said`` what pgvigil said, ``person`` what somebody
    would do who reads that.
    """

    name: str
    done: str
    is_detected: bool
    said: str
    person: str


@dataclass(frozen=True, slots=True)
class Seal:
    """What a drill's record is sealed with: its SHA-256, in an entry of the audit log's chain."""

    digest: str
    entry: int
    entry_hash: str


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill.

    ``drill_id`` is also its job's. ``rto_seconds`` is from the order to the proven database,
    ``rpo_seconds`` how old the newest good backup was when it began; ``None`` where it did not come
    so far. ``sealed_bytes`` were fetched, ``plain_bytes`` unpacked; ``database_bytes`` is what the
    restored database took. ``unhashed`` are tables whose rows were counted only. ``server`` says
    what it was restored on. ``passed_over`` are backups that would have served better, and why.
    ``sound`` is what was looked at besides the fingerprint and is as it should be, ``unchecked``
    what was not looked at, with why. ``guided`` has the steps and notes of one that people did,
    ``what`` what of the backup they restored.
    """

    drill_id: str
    kind: DrillKind
    server_id: str
    who: str
    host: str
    status: DrillStatus
    started_at: datetime
    schedule: str = ""
    pick: DrillPick = DrillPick.NEWEST
    objectives: Objectives = Objectives()
    database: str = ""
    backup_id: str = ""
    repository: str = ""
    snapshot_at: datetime | None = None
    why: str = ""
    passed_over: tuple[str, ...] = ()
    server: str = ""
    finished_at: datetime | None = None
    phases: tuple[DrillPhase, ...] = ()
    rto_seconds: float | None = None
    rpo_seconds: float | None = None
    sealed_bytes: int = 0
    plain_bytes: int = 0
    database_bytes: int | None = None
    tables: int = 0
    rows: int = 0
    unhashed: int = 0
    checks: tuple[Check, ...] = ()
    differences: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()
    problem: str = ""
    remedy: str = ""
    seal: Seal | None = None
    what: str = ""
    guided: GuidedDrill | None = None
    sound: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def missed(self) -> tuple[str, ...]:
        """The objectives that were not met, by name."""
        wanted = self.objectives
        told = []
        if wanted.rto_seconds and (self.rto_seconds or 0.0) > wanted.rto_seconds:
            told.append("RTO")
        if wanted.rpo_seconds and self._loses_more_than(wanted.rpo_seconds):
            told.append("RPO")
        return tuple(told)

    def _loses_more_than(self, seconds: float) -> bool:
        """Whether more would be lost; where no backup is good, as far as is known, all would."""
        if self.rpo_seconds is None:
            return self.rto_seconds is not None
        return self.rpo_seconds > seconds

    @property
    def undetected(self) -> tuple[Trial, ...]:
        """The acts of sabotage that pgvigil did not see."""
        return tuple(trial for trial in self.trials if not trial.is_detected)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a database with a good backup stands: ``since`` a restore of it was last proven.

    Where none ever was, since its oldest good backup was taken.
    """

    database: str
    since: datetime
    is_proven: bool


@dataclass(frozen=True, slots=True)
class DrillOverview:
    """What is known of a server's drills.

    ``last`` has the newest of each kind and database that is over, without those that a person
    cancelled. ``proven_at`` is when one last proved a restore. ``overdue_seconds`` is how old that
    may be, 0 where no drill is planned; ``restorable_since`` is when the oldest backup was taken
    that could have been proven. ``standings`` are those of the databases with a good backup, which
    take turns. ``proofs`` has the newest that proved a restore of each database. ``listed`` are the
    newest, newest first, and ``older`` says that there are further ones. ``objectives`` are those
    of now, ``calendar`` says what is due how often. ``left`` are guided ones under way that nobody
    has touched for long.
    """

    last: tuple[Drill, ...] = ()
    proven_at: datetime | None = None
    overdue_seconds: float = 0.0
    restorable_since: datetime | None = None
    standings: tuple[Standing, ...] = ()
    proofs: tuple[Drill, ...] = ()
    listed: tuple[Drill, ...] = ()
    older: bool = False
    objectives: Objectives = Objectives()
    calendar: tuple[Duty, ...] = ()
    left: tuple[GuidedDrill, ...] = ()

    @property
    def turn_seconds(self) -> float:
        """How old a database's last proof may be; 0 where no drill is planned.

        A drill takes one database: of several each waits for the others' turns.
        """
        return self.overdue_seconds * max(1, len(self.standings))

    def without(self, gone: Collection[str]) -> DrillOverview:
        """It without these databases: nothing is judged of them any more, and they have no turn."""
        proofs = tuple(each for each in self.proofs if each.database not in gone)
        proven = (each.finished_at for each in proofs)
        return replace(
            self,
            last=tuple(each for each in self.last if each.database not in gone),
            proven_at=max((at for at in proven if at is not None), default=None),
            standings=tuple(each for each in self.standings if each.database not in gone),
            proofs=proofs,
        )
