"""When the scheduler looks: at each moment, now and then in between, and not when it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from core.clock import SystemClock
from core.config.schedule_settings import SchedulerSettings
from core.config.settings import Settings, StoreSettings
from core.errors import StoreError
from core.schedule.cron import CronTrigger
from core.schedule.firing import Firing
from core.schedule.scheduler import Scheduler
from core.store.store import Store
from tests.servers.waiting import eventually

T = TypeVar("T")
SECONDS = 30


class SoonAndThenTomorrow(CronTrigger):
    """Fires half a second after it is asked first, and then not for long."""

    def __init__(self) -> None:
        super().__init__("0 2 * * *")

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        away = timedelta(seconds=0.5) if previous_fire_time is None else timedelta(days=1)
        return datetime.now(UTC) + away


class Looks(Firing):
    """Takes down each look; the store fails as often as ``failing`` says."""

    def __init__(self, folder: Path, *triggers: CronTrigger, failing: int = 0) -> None:
        super().__init__([], Settings(), folder, "one")
        self._triggers = triggers
        self._failing = failing
        self.count = 0
        self.has_released = False
        self.left: Collection[str] = ()

    @property
    def triggers(self) -> tuple[CronTrigger, ...]:
        return self._triggers

    def look(self, store: Store, now: datetime, left: Collection[str] = ()) -> None:
        self.count += 1
        self.left = left
        if self.count <= self._failing:
            raise StoreError("the disk is full")

    def release(self, store: Store) -> None:
        self.has_released = True


class Calls:
    """Reaches a store as a watcher does."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def aside(self, work: Callable[[Store], T]) -> T:
        return await asyncio.to_thread(work, self._store)


@pytest.fixture
def calls(tmp_path: Path) -> Iterator[Calls]:
    store = Store.open(StoreSettings(), state_folder=tmp_path / "state", migrate=True)
    yield Calls(store)
    store.close()


@asynccontextmanager
async def running(looks: Looks, calls: Calls, look_seconds: float) -> AsyncIterator[None]:
    settings = SchedulerSettings(look_seconds=look_seconds)
    scheduler = Scheduler(looks, settings, calls, SystemClock(), lambda: {"blog"})
    task = asyncio.create_task(scheduler.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    await asyncio.to_thread(lambda: eventually(condition, within=SECONDS))


async def test_it_looks_at_once_and_at_each_moment(calls: Calls, tmp_path: Path) -> None:
    looks = Looks(tmp_path, SoonAndThenTomorrow())
    async with running(looks, calls, look_seconds=80_000):
        await until(lambda: looks.count == 2)


async def test_it_looks_now_and_then_where_nothing_is_scheduled(
    calls: Calls, tmp_path: Path
) -> None:
    looks = Looks(tmp_path)
    async with running(looks, calls, look_seconds=0.05):
        await until(lambda: looks.count >= 5)
    assert looks.left == {"blog"}


async def test_a_store_that_fails_is_looked_at_again(calls: Calls, tmp_path: Path) -> None:
    looks = Looks(tmp_path, failing=3)
    async with running(looks, calls, look_seconds=0.05):
        await until(lambda: looks.count > 3)


async def test_in_the_end_the_leases_are_given_back(calls: Calls, tmp_path: Path) -> None:
    looks = Looks(tmp_path, SoonAndThenTomorrow())
    async with running(looks, calls, look_seconds=80_000):
        await until(lambda: looks.count)
    assert looks.has_released
