"""A watcher as a process: its signals, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import signal

from core.engine.notify import Notifier
from core.engine.order import Order
from core.errors import ExitCode, PgvigilError

_log = logging.getLogger(__name__)


def run(order: Order, notifier: Notifier | None = None) -> int:
    """Watch in this process until a signal or the end of need; gives the exit code.

    SIGTERM, SIGINT and SIGHUP end it in order: leases are given back.
    """
    try:
        asyncio.run(_watch(order, notifier))
    except PgvigilError as error:
        _log.critical("the watcher ends", extra={"problem": error})
        return error.exit_code
    return ExitCode.OK


async def _watch(order: Order, notifier: Notifier | None) -> None:
    from core.engine.watcher import Watcher

    watcher = Watcher(order, notifier=notifier)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, watcher.stop)
    await watcher.run()
