"""What the newest snapshots say of a server, and this host of itself."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from core.model.connections import BackendState, Connections
from core.model.server import ServerInfo
from core.model.snapshot import Body, Subject
from core.model.unknown import Unknown
from core.schedule.conditions import Measured

if TYPE_CHECKING:
    from core.store.store import Store

_STALE_PACES = 3
_STALE_SECONDS = 60.0


def measured(store: Store, server_id: str, now: datetime) -> Measured:
    """What ``only_if`` may ask for; what is stale is not known.

    Raises:
        StoreError: the store can't be read.
    """
    server = _fresh(store, server_id, Subject.SERVER, now)
    connections = _fresh(store, server_id, Subject.CONNECTIONS, now)
    return Measured(
        in_recovery=server.in_recovery if isinstance(server, ServerInfo) else _why(server),
        active_sessions=(
            _active(connections) if isinstance(connections, Connections) else _why(connections)
        ),
        load=_load(),
    )


def _fresh(store: Store, server_id: str, subject: Subject, now: datetime) -> Body | Unknown:
    snapshot = store.snapshots.one(server_id, subject)
    if snapshot is None:
        return Unknown("the server has not answered yet")
    age = abs((now - snapshot.taken_at).total_seconds())
    if age > max(_STALE_SECONDS, snapshot.pace_seconds * _STALE_PACES):
        return Unknown(f"the server answered last {age:.0f} s ago")
    return snapshot.body


def _why(body: Body | Unknown) -> Unknown:
    return body if isinstance(body, Unknown) else Unknown("it was not read")


def _active(connections: Connections) -> int:
    counts = (count for count in connections.by_state if count.label == BackendState.ACTIVE.value)
    return sum(count.total for count in counts)


def _load() -> float | Unknown:
    try:
        return os.getloadavg()[0]
    except OSError as error:
        return Unknown(str(error))
