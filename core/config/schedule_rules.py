"""What must hold between the keys of each of ``[[schedules]]``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time
from difflib import get_close_matches
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim

from core.config.cron_text import cron_fault, five_fields
from core.config.problems import KeyPath
from core.config.schedule_settings import ScheduleSettings
from core.config.schedules import DEFAULT_SCHEDULES, completed
from core.config.settings import Settings
from core.config.shape import keys_of
from core.config.window import Window

_NAME = re.compile(r"[^\W_][\w.-]{0,62}")
_BACKUPS = frozenset({"full", "incremental", "schema", "data"})
_KINDS = keys_of(ScheduleSettings)["kind"].expected
_NAMES = ", ".join(schedule.name for schedule in DEFAULT_SCHEDULES)
_NAME_OF_A_DEFAULT = f"or a name whose default says it: {_NAMES}"


class BrokenScheduleRule(NamedTuple):
    """Which key breaks a rule, what is wrong, what is expected, and the nearest right value."""

    path: KeyPath
    what: str
    expected: str
    nearest: str = ""


def broken_schedule_rules(settings: Settings) -> Iterator[BrokenScheduleRule]:
    """Every rule that the schedules break, beside what each value breaks by itself."""
    seen: set[str] = set()
    for index, given in enumerate(settings.schedules):
        at: KeyPath = ("schedules", index)
        yield from _name(at, given, seen)
        seen.add(given.name)
        schedule = completed(given)
        yield from _when(at, schedule)
        yield from _what(at, schedule)
        known = (
            ("servers", schedule.servers, settings.servers),
            ("copies", schedule.copies, settings.repositories),
        )
        for key, names, there in known:
            yield from _known((*at, key), key, names, there)
        has_copies = schedule.copies or settings.backup.copies
        if schedule.kind in _BACKUPS and schedule.enabled and not has_copies:
            wanted = 'copies = ["NAME"] here or in [backup], of a [repositories.NAME]'
            yield BrokenScheduleRule(at, "takes backups, and there is no repository", wanted)


def _name(
    at: KeyPath, given: ScheduleSettings, seen: Collection[str]
) -> Iterator[BrokenScheduleRule]:
    if not given.name:
        yield BrokenScheduleRule(at, "has no name", 'name = "nightly"')
    elif not _NAME.fullmatch(given.name):
        wanted = (
            "letters, digits, dots, dashes and underscores, at most 63, a letter or digit first"
        )
        yield BrokenScheduleRule((*at, "name"), "can't be a schedule's name", wanted)
    elif given.name in seen:
        yield BrokenScheduleRule((*at, "name"), "is the name of another one", "a name of its own")


def _when(at: KeyPath, schedule: ScheduleSettings) -> Iterator[BrokenScheduleRule]:
    window = Window.parse(schedule.window)
    if schedule.window and window is None:
        wanted = "two times of day such as 22:00-06:00"
        yield BrokenScheduleRule((*at, "window"), "is not a window", wanted)
    if not _is_zone(schedule.time_zone):
        near = get_close_matches(schedule.time_zone, sorted(available_timezones()), n=1)
        wanted = "a name such as Europe/Berlin (from the package tzdata)"
        nearest = f'"{near[0]}"' if near else ""
        yield BrokenScheduleRule((*at, "time_zone"), "is not a time zone", wanted, nearest)
    if not schedule.cron:
        yield BrokenScheduleRule(
            at, "has no cron line", f'cron = "0 2 * * *", {_NAME_OF_A_DEFAULT}'
        )
        return
    fault = cron_fault(schedule.cron)
    if fault is not None:
        nearest = f'"{fault.nearest}"' if fault.nearest else ""
        yield BrokenScheduleRule((*at, "cron"), fault.what, fault.expected, nearest)
    elif window is not None and not _ever_in(window, schedule.cron):
        wanted = "a window that holds one of the times of cron"
        yield BrokenScheduleRule((*at, "window"), "holds no moment of the schedule", wanted)


def _what(at: KeyPath, schedule: ScheduleSettings) -> Iterator[BrokenScheduleRule]:
    if not schedule.kind:
        yield BrokenScheduleRule(at, "has no kind", f"a kind, {_KINDS}, {_NAME_OF_A_DEFAULT}")
        return
    if schedule.kind == "data" and not (schedule.schemas or schedule.tables):
        yield BrokenScheduleRule(at, "says not whose data", "schemas or tables")
    for key in ("schemas", "tables"):
        if getattr(schedule, key) and schedule.kind != "data":
            wanted = 'kind = "data", or no such key'
            yield BrokenScheduleRule((*at, key), f"means nothing for {schedule.kind}", wanted)
    for key in ("keep", "databases"):
        if getattr(schedule, key) and schedule.kind not in _BACKUPS:
            wanted = "a kind of backup, or no such key"
            yield BrokenScheduleRule((*at, key), f"means nothing for {schedule.kind}", wanted)


def _known(
    at: KeyPath, key: str, names: Collection[str], there: Collection[str]
) -> Iterator[BrokenScheduleRule]:
    for index, name in enumerate(names):
        if name not in there:
            near = get_close_matches(name, there, n=1)
            thing = "repository" if key == "copies" else "server"
            wanted = "one of " + ", ".join(there) if there else f"there is no {thing} yet"
            nearest = f'"{near[0]}"' if near else ""
            yield BrokenScheduleRule((*at, index), f"there is no {thing} {name}", wanted, nearest)


def _is_zone(name: str) -> bool:
    if name == "UTC":
        return True
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True


def _ever_in(window: Window, cron: str) -> bool:
    line = CronSim(five_fields(cron), datetime(2000, 1, 1, tzinfo=UTC))
    return any(window.holds(time(hour, minute)) for hour in line.hours for minute in line.minutes)
