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
    ``due_at`` is a moment that has come and of which nothing has become yet: its run waits for
    another one, or nobody is there to start it. ``is_late`` says that it is called late by now.
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
    due_at: datetime | None = None
    is_late: bool = False

    def waiting_since(self, now: datetime) -> datetime | None:
        """The moment whose run should have begun at ``now``, also where it came just now."""
        if self.due_at is not None or self.next_at is None or self.next_at > now:
            return self.due_at
        return self.next_at


@dataclass(frozen=True, slots=True)
class UpcomingRun:
    """A moment at which a schedule will fire."""

    schedule: str
    server_id: str
    kind: str
    at: datetime
