"""How full is the pool?"""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Situation
from core.assess.wording import percent
from core.model.connections import BackendState, Connections
from core.model.health import Area, Severity


def findings(situation: Situation) -> Iterator[Draft]:
    """Pool use against its thresholds, and a note where other roles' sessions are hidden."""
    connections = situation.connections
    if not isinstance(connections, Connections):
        return
    yield from _usage(situation, connections)
    if connections.details is not None:
        yield Draft(
            fingerprint="connections.hidden",
            area=Area.CONNECTIONS,
            severity=Severity.INFO,
            title="Other roles' sessions are hidden",
            detail=connections.details.reason,
            advice=connections.details.remedy,
        )


def _usage(situation: Situation, connections: Connections) -> Iterator[Draft]:
    fingerprint = "connections.usage"
    limit = situation.thresholds.connection_usage
    severity = situation.severity(fingerprint, connections.usage, limit)
    if severity is None:
        return
    usable = connections.slots.usable
    idle = connections.in_state(BackendState.IDLE)
    stuck = connections.in_state(
        BackendState.IDLE_IN_TRANSACTION, BackendState.IDLE_IN_TRANSACTION_ABORTED
    )
    parts = [f"{idle} idle", f"{stuck} idle in transaction"]
    if connections.by_role:
        most = connections.by_role[0]
        parts.append(f"most by role {most.label} ({most.total})")
    yield Draft(
        fingerprint=fingerprint,
        area=Area.CONNECTIONS,
        severity=severity,
        title=(
            f"Connections at {percent(connections.usage)}: {connections.total} of {usable} slots"
        ),
        detail=", ".join(parts),
        advice=(
            "Find which application opens them (connections, by role and application). "
            "End idle ones, lower the application's pool size, or put a pooler before the server."
        ),
    )
