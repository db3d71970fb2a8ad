"""Sessions that wait for locks, told by who holds them up."""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.locks import lock_queues
from core.assess.situation import Draft, Situation
from core.assess.wording import duration, excerpt, several
from core.model.connections import BackendState, Connections
from core.model.health import Area, Finding
from core.model.locks import LockNode

_QUEUE = "locks.queue:"
_SHOWN = 3
"""Queues with a finding of their own: who ends the first few looks again."""


def findings(situation: Situation) -> Iterator[Draft]:
    """One finding for each of the longest lock queues, which names the session at its root."""
    connections = situation.connections
    if not isinstance(connections, Connections):
        return
    for root in lock_queues(connections.backends)[:_SHOWN]:
        yield from _queue(situation, root)


def blocks_others(finding: Finding) -> bool:
    """Whether others can't go on until this is resolved."""
    return finding.fingerprint.startswith(_QUEUE)


def _queue(situation: Situation, root: LockNode) -> Iterator[Draft]:
    fingerprint = f"{_QUEUE}{root.pid}"
    waited = max(
        (node.backend.query_seconds or 0.0)
        for level, node in root.walk()
        if level > 0 and node.backend is not None
    )
    severity = situation.severity(fingerprint, waited, situation.thresholds.lock_wait_seconds)
    if severity is None:
        return
    levels = several(root.depth, "level", "levels")
    waiting = several(root.waiting, "session waits", "sessions wait")
    yield Draft(
        fingerprint=fingerprint,
        area=Area.CONNECTIONS,
        severity=severity,
        title=f"{waiting} for locks behind {_name(root)}",
        detail=f"longest for {duration(waited)}, {levels} deep; {_doing(root)}",
        advice=_advice(root),
        subject=str(root.pid),
    )


def _name(root: LockNode) -> str:
    if root.pid == 0:
        return "a prepared transaction"
    if root.backend is None:
        return f"pid {root.pid}"
    return f"pid {root.pid} ({root.backend.role})"


def _doing(root: LockNode) -> str:
    backend = root.backend
    if backend is None:
        return "the root is not a client session that can be seen"
    age = backend.state_seconds if backend.query_seconds is None else backend.query_seconds
    lasting = f" for {duration(age)}" if age is not None else ""
    return (
        f"the root is {backend.state.value}{lasting}: {excerpt(backend.query) or 'no query known'}"
    )


def _advice(root: LockNode) -> str:
    if root.pid == 0:
        return "See pg_prepared_xacts; COMMIT PREPARED or ROLLBACK PREPARED the one in the way."
    if root.in_cycle:
        return "They wait in a circle; the server ends one of them after deadlock_timeout."
    if root.backend is not None and root.backend.state is BackendState.ACTIVE:
        return (
            f"Cancel the query of pid {root.pid}, or wait for it; the others go on by themselves."
        )
    return f"End the session of pid {root.pid}; cancelling does nothing while it is idle."
