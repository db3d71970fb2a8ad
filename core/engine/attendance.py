"""The consoles that need a watcher, also while the store can't tell."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable

from core.model.process import ProcessInfo


class Attendance:
    """Keeps those of ``servers`` that live by the store, and those that it held up.

    While a store fails, or keeps who asks it waiting, nobody can write that he lives. Each console
    known before has as long after that as one may be silent anyway (``patience_seconds``), unless
    its process has ended. Times are monotonic seconds.
    """

    def __init__(
        self, servers: Iterable[str], *, heartbeat_seconds: float, patience_seconds: float
    ) -> None:
        self._servers = frozenset(servers)
        self._heartbeat_seconds = heartbeat_seconds
        self._patience_seconds = patience_seconds
        self._excused_until = float("-inf")
        self.consoles: tuple[ProcessInfo, ...] = ()

    def store_failed(self, now: float) -> None:
        """Note that the store failed until ``now``."""
        self.consoles = tuple(each for each in self.consoles if may_live(each))
        self._excused_until = now + self._patience_seconds

    def store_answered(self, asked: float, now: float) -> None:
        """Note that it answered ``now`` what it was ``asked``.

        Where that took so long that a console may have missed a heartbeat, it held all of them up.
        """
        if now - asked > self._heartbeat_seconds:
            self.store_failed(now)

    def found(self, consoles: Iterable[ProcessInfo], now: float) -> None:
        """Take those that live by the store."""
        ours = (each for each in consoles if self._servers.intersection(each.servers))
        by_id = {each.process_id: each for each in ours}
        if now < self._excused_until:
            late = {each.process_id: each for each in self.consoles if may_live(each)}
            by_id = late | by_id
        self.consoles = tuple(by_id.values())

    @property
    def attended(self) -> frozenset[str]:
        """The servers that they look at now."""
        return frozenset(each for console in self.consoles for each in console.attends)


def may_live(process: ProcessInfo) -> bool:
    """Whether a process lives, for when the store can't tell; of another host's, maybe."""
    if process.host != socket.gethostname():
        return True
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
