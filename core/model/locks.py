"""Lock queues: who waits behind whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.model.connections import Backend


@dataclass(frozen=True, slots=True)
class LockNode:
    """One session of a lock queue and those that wait directly behind it.

    ``waiting`` counts the sessions behind this one at any depth, ``depth`` the levels they stand
    on. ``backend`` is ``None`` where the blocker is no listed session: a prepared transaction
    (pid 0), a background process, or one that the list left out.
    """

    pid: int
    backend: Backend | None
    waiters: tuple[LockNode, ...] = ()
    waiting: int = 0
    depth: int = 0
    in_cycle: bool = False

    def walk(self) -> Iterator[tuple[int, LockNode]]:
        """This node and all behind it, each with its level, in the order of a drawn tree."""
        ahead: list[tuple[int, LockNode]] = [(0, self)]
        while ahead:
            level, node = ahead.pop()
            yield level, node
            ahead.extend((level + 1, waiter) for waiter in reversed(node.waiters))
