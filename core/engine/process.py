"""A watcher as a process: its signals, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.engine.notify import Notifier
from core.engine.order import Order
from core.engine.presence import Locks
from core.errors import ExitCode, PgvigilError

if TYPE_CHECKING:
    from core.engine.watcher import Watcher

_log = logging.getLogger(__name__)

Reread = Callable[[], Order]
"""Gives the order anew, from the config as it is now; raises ``PgvigilError`` where it is wrong."""


def run(order: Order, notifier: Notifier | None = None, reread: Reread | None = None) -> int:
    """Watch in this process until a signal or the end of need; gives the exit code.

    SIGTERM and SIGINT end it in order: leases are given back. So does SIGHUP, unless there is
    ``reread``: then what that gives is watched from now on, in the same process.
    """
    try:
        asyncio.run(_Watch(order, notifier or Notifier({}), reread).run())
    except PgvigilError as error:
        _log.critical("the watcher ends", extra={"problem": error})
        return error.exit_code
    return ExitCode.OK


class _Watch:
    """One watcher after the other: a new one for each new order, with the locks of the one before.

    A console that looks meanwhile finds the servers watched, and starts no watcher of its own.
    """

    def __init__(self, order: Order, notifier: Notifier, reread: Reread | None) -> None:
        self._next: Order | None = order
        self._notifier = notifier
        self._reread = reread
        self._locks = Locks(order.folder)
        self._watcher: Watcher | None = None

    async def run(self) -> None:
        from core.engine.watcher import Watcher

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload if self._reread else self._stop)
        try:
            while self._next is not None:
                order, self._next = self._next, None
                self._locks.keep([entry.server_id for entry in order.servers])
                self._watcher = Watcher(order, notifier=self._notifier, locks=self._locks)
                await self._watcher.run()
        finally:
            self._locks.release()

    def _stop(self) -> None:
        self._next = None
        if self._watcher is not None:
            self._watcher.stop()

    def _reload(self) -> None:
        if self._reread is None or self._watcher is None:
            return
        self._notifier.reloading()
        try:
            self._next = self._reread()
        except PgvigilError as error:
            _log.error("the config was not taken: the one before stays", extra={"problem": error})
            self._notifier.ready("watching by the config before: the new one has mistakes")
        else:
            _log.info("the config was read again")
            self._watcher.give_way()
