"""Who blocks whom: lock queues as trees, from each session's ``pg_blocking_pids``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.model.connections import Backend
from core.model.locks import LockNode


def lock_queues(backends: Iterable[Backend]) -> tuple[LockNode, ...]:
    """The lock queues among ``backends``, each under the session that waits for nobody.

    A session that several others block stands behind the one that itself waits deepest, so that a
    queue keeps its order (``pg_blocking_pids`` names the holder of a lock as well as those ahead
    in its queue). Sessions that wait in a circle, until the server's deadlock check ends it, stand
    under the one with the lowest pid, marked ``in_cycle``. Longest queue first.
    """
    listed = {backend.pid: backend for backend in backends}
    blockers = {
        pid: tuple(dict.fromkeys(backend.blocked_by))
        for pid, backend in listed.items()
        if backend.blocked_by
    }
    if not blockers:
        return ()
    levels = _levels(blockers)
    parents = {
        pid: max(ahead, key=lambda blocker: (levels.get(blocker, 0), -blocker))
        for pid, ahead in blockers.items()
    }
    circles = _break_circles(parents)
    behind: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        behind.setdefault(parent, []).append(pid)
    trees = [_tree(root, listed, behind, circles) for root in behind if root not in parents]
    return tuple(sorted(trees, key=lambda tree: (-tree.waiting, tree.pid)))


def _levels(blockers: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
    """How many sessions stand ahead of each waiting one on its longest way to a root.

    Kahn's topological order, so that it is linear in the pairs (a queue of 500 on one row has
    125,000); where only circles are left, the lowest pid goes first.
    """
    unsettled = {
        pid: sum(1 for blocker in ahead if blocker in blockers) for pid, ahead in blockers.items()
    }
    behind: dict[int, list[int]] = {}
    for pid, ahead in blockers.items():
        for blocker in ahead:
            behind.setdefault(blocker, []).append(pid)
    levels: dict[int, int] = {}
    ready = [pid for pid, count in unsettled.items() if count == 0]
    while unsettled:
        if not ready:
            ready.append(min(unsettled))
        pid = ready.pop()
        if unsettled.pop(pid, None) is None:
            continue
        levels[pid] = 1 + max(levels.get(blocker, 0) for blocker in blockers[pid])
        for waiter in behind.get(pid, ()):
            if waiter in unsettled:
                unsettled[waiter] -= 1
                if unsettled[waiter] == 0:
                    ready.append(waiter)
    return levels


def _break_circles(parents: dict[int, int]) -> frozenset[int]:
    """Cut each circle of ``parents`` at its lowest pid; gives every pid that stood in one."""
    circles: set[int] = set()
    settled: set[int] = set()
    for start in sorted(parents):
        way: dict[int, None] = {}
        pid = start
        while pid in parents and pid not in settled and pid not in way:
            way[pid] = None
            pid = parents[pid]
        if pid in way:
            steps = list(way)
            circle = steps[steps.index(pid) :]
            circles.update(circle)
            del parents[min(circle)]
        settled.update(way)
    return frozenset(circles)


def _tree(
    root: int,
    listed: Mapping[int, Backend],
    behind: Mapping[int, list[int]],
    circles: frozenset[int],
) -> LockNode:
    """The queue under ``root``, on each level the longest wait first.

    Built from the leaves upwards without recursion: a queue on one hot row is hundreds deep.
    """
    order = [root]
    for pid in order:
        order.extend(behind.get(pid, ()))
    nodes: dict[int, LockNode] = {}
    for pid in reversed(order):
        waiters = sorted((nodes[waiter] for waiter in behind.get(pid, ())), key=_by_wait)
        nodes[pid] = LockNode(
            pid=pid,
            backend=listed.get(pid),
            waiters=tuple(waiters),
            waiting=sum(1 + waiter.waiting for waiter in waiters),
            depth=1 + max(waiter.depth for waiter in waiters) if waiters else 0,
            in_cycle=pid in circles,
        )
    return nodes[root]


def _by_wait(node: LockNode) -> tuple[float, int]:
    """Sorts the longest wait first; a waiting session's query runs since it waits, or longer."""
    waited = node.backend.query_seconds if node.backend else None
    return -(waited or 0.0), node.pid
