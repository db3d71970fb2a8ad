"""A drill before it begins and once it is known: what it would do, and all that is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.model.drill import Drill, DrillKind, DrillPick, Objectives
from core.model.job import JobLog, JobOrder
from core.model.restore import PassedOver
from core.model.unknown import Unknown

FIRST = Unknown("it is the first of its kind")
"""What stands for a time of which nothing is known yet."""


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """What a drill would do if it were started now.

    ``of`` are the backups of ``database`` that are kept; ``backup_id`` is empty where chance picks
    one of them when the drill begins. ``seconds`` is how long those before took. ``refusals`` are
    the reasons for which it can't begin.
    """

    order: JobOrder
    kind: DrillKind
    pick: DrillPick
    objectives: Objectives
    database: str = ""
    of: int = 0
    backup_id: str = ""
    repository: str = ""
    snapshot_at: datetime | None = None
    sealed_bytes: int = 0
    why: str = ""
    passed_over: tuple[PassedOver, ...] = ()
    seconds: float | Unknown = FIRST
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrillDetail:
    """A drill, what its job said, and what its record is worth.

    ``broken_seal`` is why the record can't be trusted, empty where it can; ``None`` as long as the
    drill is not over. ``reports`` are the files that its report was written to on this host.
    """

    drill: Drill
    log: JobLog | None
    broken_seal: str | None = None
    reports: tuple[str, ...] = ()
