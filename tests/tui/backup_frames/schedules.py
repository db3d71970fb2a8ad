"""Schedules of backups that all did what they should."""

from __future__ import annotations

from datetime import datetime

from core.model.schedule import PlannedRun, RunState, ScheduleStatus
from core.schedule.sentence import sentence
from tests.tui import frames
from tests.tui.backup_frames.attempts import DAY, HOUR, LAST_NIGHT, SERVER


def schedule(
    name: str, kind: str, cron: str, next_at: datetime | None, last_at: datetime
) -> ScheduleStatus:
    """A schedule that did what it should the last time."""
    last = PlannedRun(name, SERVER, last_at, RunState.DONE, last_at, f"job-{name}")
    words = sentence(cron, time_zone="UTC")
    return ScheduleStatus(name, SERVER, kind, cron, words, "UTC", False, next_at, last)


SCHEDULES = (
    schedule("full", "full", "0 2 * * *", LAST_NIGHT + DAY, LAST_NIGHT),
    schedule("incremental", "incremental", "0 9-17 * * 1-5",
             frames.NOW.replace(hour=9, minute=0, second=0) + 2 * DAY,
             frames.NOW.replace(hour=17, minute=0, second=0) - DAY),
    schedule("schema", "schema", "0 3 * * 0", LAST_NIGHT + DAY + HOUR,
             LAST_NIGHT - 6 * DAY + HOUR),
    schedule("archive", "full", "0 1 1 * *",
             LAST_NIGHT.replace(month=4, day=1, hour=1), LAST_NIGHT.replace(day=1, hour=1)),
    schedule("prune", "prune", "30 4 * * *",
             LAST_NIGHT + DAY + 2.5 * HOUR, LAST_NIGHT + 2.5 * HOUR),
    schedule("verify", "verify", "0 5 * * *", LAST_NIGHT + DAY + 3 * HOUR,
             LAST_NIGHT + 3 * HOUR),
)  # fmt: skip
RUNS = tuple(each.last for each in SCHEDULES if each.last is not None)
