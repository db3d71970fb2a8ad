"""The schedules of a watcher's servers, which fire for as long as it lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from core.clock import Clock
from core.engine.order import Order
from core.engine.store_thread import StoreThread
from core.model.process import ProcessInfo

_log = logging.getLogger(__name__)


async def keep_firing(
    me: ProcessInfo,
    order: Order,
    store: StoreThread,
    clock: Clock,
    left: Callable[[], Collection[str]],
) -> None:
    """Fire the schedules of the watcher ``me`` until cancelled, but for the servers ``left``.

    What goes wrong there must not stop the samplers.
    """
    from core.schedule.firing import Firing
    from core.schedule.scheduler import Scheduler

    settings = order.settings
    while True:
        firing = Firing(me.servers, settings, order.folder, me.process_id)
        try:
            await Scheduler(firing, settings.scheduler, store, clock, left).run()
        except Exception:  # noqa: BLE001 - the samplers go on
            _log.exception("the scheduler failed")
        await asyncio.sleep(settings.engine.store_retry_seconds)
