"""Starting a watcher that outlives the console and its terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from core.config.settings import Settings
from core.engine.order import Order
from core.engine.presence import claim
from core.errors import PgvigilError

LOG_NAME = "watcher.log"

_children: dict[int, Settings] = {}
_rivals: set[int] = set()
_competing = Lock()


def ensure_watcher(order: Order) -> int | None:
    """Start a watcher for those servers of ``order`` that no process of this host watches.

    Gives its pid, or ``None`` where all of them are watched. The watcher has a session of its own,
    no terminal, and its messages in ``watcher.log``; the order reaches it through a pipe.

    Raises:
        PgvigilError: the state folder can't be used, or the process could not be started.
    """
    reap()
    folder = order.folder
    locks: dict[str, int] = {}
    try:
        for entry in order.servers:
            descriptor = claim(folder, entry.server_id)
            if descriptor is not None:
                locks[entry.server_id] = descriptor
        if not locks:
            return None
        return _start(_only(order, locks), list(locks.values()))
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
        pid = _start(order, [])
        _rivals.add(pid)
        return pid


def was_started_for(order: Order, pid: int) -> bool:
    """Whether this process started ``pid`` by the settings of ``order``, and it has not ended."""
    return is_running(pid) and _children.get(pid) == order.settings


def is_running(pid: int) -> bool:
    """Whether a watcher that this process started has not ended yet."""
    reap()
    return pid in _children


def reap() -> None:
    """Collect watchers that ended, so that none stays behind as a zombie of this process."""
    for pid in list(_children):
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            ended = pid
        if ended:
            _children.pop(pid, None)


def _only(order: Order, wanted: Mapping[str, int]) -> Order:
    return Order(
        servers=tuple(entry for entry in order.servers if entry.server_id in wanted),
        state_folder=order.state_folder,
        stay=order.stay,
        settings=order.settings,
        configuration=order.configuration,
    )


def _start(order: Order, locks: list[int]) -> int:
    log = _open_log(order.folder)
    read_end, write_end = os.pipe()
    # Above every descriptor in use, so that no copy overwrites the source of the next. The watcher
    # need not know the numbers: it holds the locks by leaving them open.
    first_copy = max(read_end, write_end, log, *locks) + 1
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, read_end, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, log, 2),
            *(
                (os.POSIX_SPAWN_DUP2, descriptor, first_copy + index)
                for index, descriptor in enumerate(locks)
            ),
        ]
        pid = os.posix_spawn(
            sys.executable,
            # -P: the folder in which the console was started must not shadow a package.
            [sys.executable, "-P", "-m", "core.engine"],
            os.environ,
            file_actions=actions,
            setsid=True,
            setsigmask=(),
        )
    except OSError as error:
        os.close(write_end)
        raise PgvigilError(
            "The watcher could not be started",
            why=str(error),
            remedy="see whether the machine is out of processes or memory",
        ) from error
    finally:
        os.close(read_end)
        os.close(log)
    _children[pid] = order.settings
    try:
        with os.fdopen(write_end, "wb") as pipe:
            pipe.write(order.to_json())
    except BrokenPipeError as error:
        raise PgvigilError(
            "The watcher ended as soon as it was started",
            remedy=f"see {order.folder / LOG_NAME}",
        ) from error
    return pid


def _open_log(folder: Path) -> int:
    try:
        return os.open(
            folder / LOG_NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise PgvigilError(
            f"The watcher's log in {folder} can't be written",
            why=str(error),
            remedy="make the state folder writable for you",
        ) from error
