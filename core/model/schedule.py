"""When something is to happen by itself, and what came of each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RunState(StrEnum):
    """What came of one planned moment."""

    PLANNED = "planned"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    LATE = "late"
    MISSED = "missed"
    SKIPPED = "skipped"
    OVERLAPPING = "overlapping"


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A schedule's moment; there is one row for a schedule and a moment, whoever fires it.

    ``why`` says why it was late, missed or skipped.
    """

    schedule: str
    server_id: str
    planned_at: datetime
    state: RunState
    started_at: datetime | None = None
    job_id: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """A schedule as people see it: its rule in words, whether it is paused, and when it fires.

    Where it can't be used on this host, ``sentence`` says why and ``next_at`` is ``None``.
    """

    name: str
    server_id: str
    kind: str
    cron: str
    sentence: str
    time_zone: str
    is_paused: bool
    next_at: datetime | None
    last: PlannedRun | None = None


@dataclass(frozen=True, slots=True)
class UpcomingRun:
    """A moment at which a schedule will fire."""

    schedule: str
    server_id: str
    kind: str
    at: datetime
