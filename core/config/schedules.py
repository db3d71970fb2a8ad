"""The schedules in force: those of the config, and the defaults that it does not replace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.config.schedule_settings import ScheduleSettings
from core.config.server_names import is_server_name
from core.config.settings import Settings

DEFAULT_SCHEDULES = (
    ScheduleSettings("full", "full", "0 2 * * *"),
    ScheduleSettings("incremental", "incremental", "0 9-17 * * 1-5"),
    ScheduleSettings("schema", "schema", "0 3 * * 0"),
    ScheduleSettings("archive", "full", "0 1 1 * *", keep="archive"),
    ScheduleSettings("prune", "prune", "30 4 * * *"),
    ScheduleSettings("verify", "verify", "0 5 * * *"),
    ScheduleSettings("drill", "drill", "0 6 * * 0"),
)
"""What happens by itself as soon as ``[backup]`` names a repository for copies."""

_BY_NAME = {schedule.name: schedule for schedule in DEFAULT_SCHEDULES}


def completed(schedule: ScheduleSettings) -> ScheduleSettings:
    """``schedule``, and what it leaves out from the default of its name, if there is one."""
    default = _BY_NAME.get(schedule.name, ScheduleSettings())
    return replace(
        schedule,
        kind=schedule.kind or default.kind,
        cron=schedule.cron or default.cron,
        keep=schedule.keep or default.keep,
    )


def schedules_of(settings: Settings, server_id: str) -> tuple[ScheduleSettings, ...]:
    """The schedules by which something happens on a server, in the order of the config.

    A server that was given as a DSN has none: nobody who only wanted to look at one shall find
    backups of it.
    """
    if not is_server_name(server_id):
        return ()
    return tuple(
        schedule
        for schedule in _in_force(settings)
        if schedule.enabled and (not schedule.servers or server_id in schedule.servers)
    )


def _in_force(settings: Settings) -> Iterator[ScheduleSettings]:
    given = {schedule.name for schedule in settings.schedules}
    if settings.scheduler.defaults and settings.backup.copies:
        yield from (schedule for schedule in DEFAULT_SCHEDULES if schedule.name not in given)
    yield from map(completed, settings.schedules)
