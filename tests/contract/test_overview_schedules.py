"""What a frame says of a server's schedules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from core.api.schedules import Schedules
from core.clock import SystemClock
from core.config.schedule_settings import ScheduleSettings
from core.config.settings import ServerSettings
from core.model.schedule import PlannedRun, RunState
from core.store.store import Store
from tests.contract.overviews import HOUR, NOW, SETTINGS, read


class ClockAtNow(SystemClock):
    """Its day stands still."""

    def now(self) -> datetime:
        return NOW


def test_a_moment_of_which_nothing_has_become_is_due_until_something_has(store: Store) -> None:
    hourly = replace(
        SETTINGS,
        schedules=(ScheduleSettings("hourly", "full", "0 * * * *"),),
    )
    came = NOW.replace(minute=0, second=0, microsecond=0) + HOUR

    def due(minutes: float) -> tuple[datetime | None, bool]:
        (status,) = read(store, hourly, came + timedelta(minutes=minutes)).schedules
        return status.due_at, status.is_late

    assert due(5) == (None, False)  # nobody has fired it yet: its moments do not count
    store.runs.know("shop", "hourly", "0 * * * *", NOW)
    assert due(-1) == (None, False)
    assert due(0.5) == (came, False)
    assert due(5) == (came, True)
    lease = store.leases.acquire("scheduler", "w1", 60)
    assert lease is not None
    store.runs.settle(lease, PlannedRun("hourly", "shop", came, RunState.SKIPPED))
    assert due(5) == (None, False)
    assert due(65) == (came + HOUR, True)
    store.runs.pause("shop", "hourly", "anna", came)
    assert due(65) == (None, False)


def test_a_paused_schedule_has_no_next_moment(store: Store) -> None:
    store.runs.pause("shop", "nightly", "anna", NOW)
    (status,) = read(store).schedules
    assert (status.is_paused, status.next_at) == (True, None)


def test_a_time_zone_that_this_machine_lacks_is_told_in_the_place_of_the_sentence(
    store: Store,
) -> None:
    odd = ScheduleSettings("nightly", "full", "0 2 * * *", time_zone="Mars/Olympus")
    (status,) = read(store, replace(SETTINGS, schedules=(odd,))).schedules
    assert status.next_at is None
    assert "Mars/Olympus" in status.sentence


def test_the_command_line_is_told_of_schedules_what_the_screen_is(
    store: Store, tmp_path: Path
) -> None:
    odd = ScheduleSettings("odd", "full", "0 3 * * *", time_zone="Mars/Olympus")
    settings = replace(
        SETTINGS, servers={"shop": ServerSettings()}, schedules=(*SETTINGS.schedules, odd)
    )
    schedules = Schedules(settings, store, tmp_path, ClockAtNow())
    assert schedules.statuses(["shop"]) == read(store, settings).schedules
