"""Fires a watcher's schedules: APScheduler wakes it at each moment, and it looks now and then.

The looks in between take over from a watcher that died, find dead jobs, and notice when the clock
was set: APScheduler sleeps by a clock that nobody sets.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from core.clock import Clock
from core.config.schedule_settings import SchedulerSettings
from core.errors import StoreError
from core.schedule.cron import CronTrigger
from core.schedule.firing import Firing

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    from core.store.store import Store

T = TypeVar("T")

_log = logging.getLogger(__name__)


class StoreCalls(Protocol):
    """How asynchronous code reaches the store."""

    async def aside(self, work: Callable[[Store], T]) -> T:
        """What ``work`` gives, in another thread."""


class Scheduler:
    """Looks at the schedules of ``firing`` until it is cancelled.

    ``left`` gives the servers that are left to another watcher.
    """

    def __init__(
        self,
        firing: Firing,
        settings: SchedulerSettings,
        store: StoreCalls,
        clock: Clock,
        left: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._firing = firing
        self._settings = settings
        self._store = store
        self._clock = clock
        self._left = left
        self._due = asyncio.Event()

    async def run(self) -> None:
        """Fire until cancelled; then the leases are given back."""
        alarms = await self._set_alarms()
        try:
            while True:
                self._due.clear()
                await self._look()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), self._settings.look_seconds)
        finally:
            if alarms is not None:
                alarms.shutdown(wait=False)
            with contextlib.suppress(StoreError):
                await asyncio.shield(self._store.aside(self._firing.release))

    async def _look(self) -> None:
        left = frozenset(self._left())
        try:
            await self._store.aside(lambda store: self._firing.look(store, self._clock.now(), left))
        except StoreError as error:
            _log.error("the schedules could not be looked at", extra={"problem": error})

    async def _set_alarms(self) -> AsyncIOScheduler | None:
        """Wake up at each moment; nothing is imported where there is none."""
        triggers = self._firing.triggers
        if not triggers:
            return None
        # It takes a fifth of a second to import, for which the samplers must not wait.
        kind, base = await asyncio.to_thread(_import)
        base.register(CronTrigger)
        alarms = kind(timezone=UTC)
        for trigger in triggers:
            alarms.add_job(self._wake, trigger, misfire_grace_time=None, coalesce=True)
        alarms.start()
        return alarms

    async def _wake(self) -> None:
        self._due.set()


def _import() -> tuple[Any, Any]:
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.base import BaseTrigger

    return AsyncIOScheduler, BaseTrigger
