"""What a watcher clears now and then of what restores have left, on its servers and on its host."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from core.clock import Clock
from core.config.settings import Settings
from core.engine.order import Order
from core.engine.store_thread import StoreThread
from core.errors import PgvigilError
from core.model.process import ProcessInfo

if TYPE_CHECKING:
    from core.store.store import Store

_log = logging.getLogger(__name__)

_FIRST_SECONDS = 60.0
_HOUR = 3600.0


async def keep_cleared(
    me: ProcessInfo,
    order: Order,
    store: StoreThread,
    clock: Clock,
    left: Callable[[], Collection[str]],
) -> None:
    """Clear every ``[restore] clear_hours`` until cancelled, but for the servers ``left``.

    The samplers don't wait for it, and what goes wrong there is tried again the next time.
    """
    every = order.settings.restore.clear_hours * _HOUR
    seconds = min(_FIRST_SECONDS, every)
    while True:
        await asyncio.sleep(seconds)
        seconds = every
        ours = [server_id for server_id in me.servers if server_id not in left()]
        clear = partial(_clear, settings=order.settings, servers=ours, clock=clock)
        try:
            await store.aside(clear)
        except PgvigilError as error:
            _log.warning("what restores left could not be cleared", extra={"problem": error})


def _clear(store: Store, settings: Settings, servers: Sequence[str], clock: Clock) -> None:
    if not (store.restore_operations.newest(1) or store.drills.newest(1)):
        return
    # Where nobody ever restored a watcher needs nothing of what knows how.
    from core.restore.chores import clear_host, clear_server

    for sentence in clear_host(store, settings):
        _log.info("%s", sentence)
    for server_id in servers:
        try:
            for sentence in clear_server(store, settings, server_id, clock.now()):
                _log.info("%s: %s", server_id, sentence)
        except PgvigilError as error:
            told = "what restores left on %s could not be cleared"
            _log.warning(told, server_id, extra={"problem": error})
