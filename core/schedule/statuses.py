"""The schedules of a server as its screens show them: one that can't be used says why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from core.config.schedules import schedules_of
from core.config.settings import Settings
from core.errors import ConfigError
from core.model.schedule import ScheduleStatus
from core.schedule.firing import trigger_of
from core.schedule.sentence import sentence

if TYPE_CHECKING:
    from core.config.schedule_settings import ScheduleSettings
    from core.store.store import Store


def statuses(
    store: Store, settings: Settings, server_id: str, now: datetime
) -> tuple[ScheduleStatus, ...]:
    """The schedules by which something happens on a server.

    Raises:
        StoreError: the store can't be read.
    """
    return tuple(
        _status(store, schedule, server_id, now) for schedule in schedules_of(settings, server_id)
    )


def _status(
    store: Store, schedule: ScheduleSettings, server_id: str, now: datetime
) -> ScheduleStatus:
    known = store.runs.known(server_id, schedule.name)
    is_paused = known is not None and known.paused_at is not None
    try:
        trigger = trigger_of(schedule, server_id)
        next_at = None if is_paused else trigger.after(now)
        words = sentence(
            schedule.cron, jitter_seconds=schedule.jitter_seconds, window=schedule.window
        )
    except ConfigError as error:
        words, next_at = error.what, None
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
