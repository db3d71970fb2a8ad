"""Starting a watcher, which inherits the locks of the servers that it is to watch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from threading import Lock

from core.config.settings import Settings
from core.detached import Detached
from core.engine.order import Order
from core.engine.presence import claim

LOG_NAME = "watcher.log"

_watchers = Detached("watcher")
_started_by: dict[int, Settings] = {}
_rivals: set[int] = set()
_competing = Lock()


def ensure_watcher(order: Order) -> int | None:
    """Start a watcher for those servers of ``order`` that no process of this host watches.

    Gives its pid, or ``None`` where all of them are watched. The watcher has a session of its own,
    no terminal, and its messages in ``watcher.log``; the order reaches it through a pipe.

    Raises:
        PgvigilError: the state folder can't be used, or the process could not be started.
    """
    _watchers.reap()
    folder = order.folder
    locks: dict[str, int] = {}
    try:
        for entry in order.servers:
            descriptor = claim(folder, entry.server_id)
            if descriptor is not None:
                locks[entry.server_id] = descriptor
        if not locks:
            return None
        return _start(_only(order, locks), tuple(locks.values()))
    finally:
        for descriptor in locks.values():
            os.close(descriptor)


def start_rival(order: Order) -> int:
    """Start a watcher beside the one that watches these servers already; gives its pid.

    For a server that refuses the other one: this one may have the right password, and gets its
    turn because a watcher gives the lease back between two attempts to connect. It takes the locks
    when the other one ends.

    Where this process already has one by the same settings, it stays the only one.

    Raises:
        PgvigilError: the process could not be started.
    """
    with _competing:
        for pid in list(_rivals):
            if was_started_for(order, pid):
                return pid
        pid = _start(order, ())
        _rivals.add(pid)
        return pid


def was_started_for(order: Order, pid: int) -> bool:
    """Whether this process started ``pid`` by the settings of ``order``, and it has not ended."""
    return is_running(pid) and _started_by.get(pid) == order.settings


def is_running(pid: int) -> bool:
    """Whether a watcher that this process started has not ended yet."""
    return _watchers.is_running(pid)


def _only(order: Order, wanted: Mapping[str, int]) -> Order:
    return Order(
        servers=tuple(entry for entry in order.servers if entry.server_id in wanted),
        state_folder=order.state_folder,
        stay=order.stay,
        settings=order.settings,
        configuration=order.configuration,
    )


def _start(order: Order, locks: Sequence[int]) -> int:
    # The watcher need not know the locks' numbers: it holds them by leaving them open.
    pid = _watchers.start(
        "core.engine",
        order.to_json(),
        order.folder / LOG_NAME,
        environment=os.environ,
        inherited=locks,
    )
    _started_by[pid] = order.settings
    return pid
