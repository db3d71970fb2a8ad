"""What a watcher does now and then for the store and for its own log."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from core.config.settings import EngineSettings
from core.engine.store_thread import StoreThread
from core.errors import StoreError
from core.log import LogFile

if TYPE_CHECKING:
    from core.store.store import Store

_log = logging.getLogger(__name__)

_FIRST_SECONDS = 30.0


async def keep_tidy(store: StoreThread, settings: EngineSettings, log: LogFile | None) -> None:
    """Clear the store, and turn ``log`` over where there is one, until cancelled."""
    seconds = _FIRST_SECONDS
    while True:
        await asyncio.sleep(seconds)
        seconds = settings.maintenance_seconds
        if log is not None:
            log.tend()
        try:
            await store.aside(lambda opened: _tidy(opened, settings))
        except StoreError as error:
            _log.warning("the store could not be tidied", extra={"problem": error})


def _tidy(store: Store, settings: EngineSettings) -> None:
    store.processes.forget_dead(lost_after_seconds=settings.heartbeat_lost_seconds)
    store.requests.expire(settings.request_seconds)
    store.maintain()
