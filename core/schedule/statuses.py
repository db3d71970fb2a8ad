"""Schedules as people see them, on the command line and on screen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from core.config.schedule_settings import ScheduleSettings
from core.config.schedules import schedules_of
from core.config.settings import Settings
from core.errors import ConfigError
from core.model.schedule import ScheduleStatus
from core.schedule.firing import trigger_of
from core.schedule.sentence import sentence

if TYPE_CHECKING:
    from core.store.store import Store


def statuses(
    store: Store, settings: Settings, server_id: str, now: datetime
) -> tuple[ScheduleStatus, ...]:
    """The schedules by which something happens on a server.

    Raises:
        StoreError: the store can't be read.
    """
    return tuple(
        status_of(store, schedule, server_id, now) for schedule in schedules_of(settings, server_id)
    )


def status_of(
    store: Store, schedule: ScheduleSettings, server_id: str, now: datetime
) -> ScheduleStatus:
    """A schedule of one server; one that can't be used on this host never fires and says why.

    Raises:
        StoreError: the store can't be read.
    """
    is_paused = store.runs.is_paused(server_id, schedule.name)
    try:
        trigger = trigger_of(schedule, server_id)
        next_at = None if is_paused else trigger.after(now)
        words = sentence(
            schedule.cron,
            time_zone=schedule.time_zone,
            jitter_seconds=schedule.jitter_seconds,
            window=schedule.window,
        )
    except ConfigError as error:
        words, next_at = f"{error.what}: {error.why}", None
    last = next(iter(store.runs.of_schedule(server_id, schedule.name, now, 1)), None)
    return ScheduleStatus(
        name=schedule.name,
        server_id=server_id,
        kind=schedule.kind,
        cron=schedule.cron,
        sentence=words,
        time_zone=schedule.time_zone,
        is_paused=is_paused,
        next_at=next_at,
        last=last,
    )
