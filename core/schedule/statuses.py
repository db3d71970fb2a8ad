"""Schedules as people see them, on the command line and on screen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.config.schedule_settings import SchedulerSettings, ScheduleSettings
from core.config.schedules import schedules_of
from core.config.settings import Settings
from core.errors import ConfigError
from core.model.schedule import PlannedRun, ScheduleStatus
from core.schedule.cron import CronTrigger
from core.schedule.firing import trigger_of
from core.schedule.sentence import sentence
from core.store.runs import Known

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
        status_of(store, settings.scheduler, schedule, server_id, now)
        for schedule in schedules_of(settings, server_id)
    )


def status_of(
    store: Store,
    settings: SchedulerSettings,
    schedule: ScheduleSettings,
    server_id: str,
    now: datetime,
) -> ScheduleStatus:
    """A schedule of one server; one that can't be used on this host never fires and says why.

    Raises:
        StoreError: the store can't be read.
    """
    known = store.runs.known(server_id, schedule.name)
    is_paused = known is not None and known.paused_at is not None
    last = next(iter(store.runs.of_schedule(server_id, schedule.name, now, 1)), None)
    due_at = None
    try:
        trigger = trigger_of(schedule, server_id)
        next_at = None if is_paused else trigger.after(now)
        due_at = due_since(trigger, known, last, now, settings)
        words = sentence(
            schedule.cron,
            time_zone=schedule.time_zone,
            jitter_seconds=schedule.jitter_seconds,
            window=schedule.window,
        )
    except ConfigError as error:
        words, next_at = f"{error.what}: {error.why}", None
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
        due_at=due_at,
        is_late=due_at is not None and is_late(due_at, now, settings),
    )


def due_since(
    trigger: CronTrigger,
    known: Known | None,
    last: PlannedRun | None,
    now: datetime,
    settings: SchedulerSettings,
) -> datetime | None:
    """The first moment up to ``now`` of which nothing has become yet, and may still.

    ``last`` is the newest moment of which something has.
    """
    if known is None or known.paused_at is not None:
        return None
    settled = known.since if last is None else max(known.since, last.planned_at)
    first = trigger.after(max(settled, now - timedelta(hours=settings.late_hours)))
    return first if first is not None and first <= now else None


def is_late(due_at: datetime, now: datetime, settings: SchedulerSettings) -> bool:
    """Whether a run that begins now, and not at ``due_at``, is called late."""
    return now - due_at > timedelta(seconds=settings.late_after_seconds)
