"""Why values of the JSON document are ``null``: each that can't be had, by its path in a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.model.connections import Connections
from core.model.databases import Databases
from core.model.server import ServerInfo
from core.model.snapshot import Taken
from core.model.statements import Statements
from core.model.unknown import Unknown
from tui.status.look import Look, known_body

_NEVER_READ = Unknown("nothing was read of it yet")
_FIRST_READING = "a first reading has nothing to compare with"


def reasons(look: Look) -> dict[str, Unknown]:
    """What can't be had of a server, and why: a part as a whole, or ``part.value``."""
    frame = look.frame
    parts: dict[str, Taken[Any] | None] = {
        "server": frame.server,
        "connections": frame.connections,
        "statements": frame.statements,
        "databases": frame.databases,
    }
    found = {
        name: taken.body if taken is not None else _NEVER_READ
        for name, taken in parts.items()
        if taken is None or isinstance(taken.body, Unknown)
    }
    found |= _of_server(known_body(frame.server))
    found |= _of_connections(known_body(frame.connections))
    found |= _of_statements(known_body(frame.statements))
    found |= _of_databases(known_body(frame.databases))
    if look.why_unknown is not None:
        found["assessment"] = look.why_unknown
    return found


Reasons = Iterator[tuple[str, Unknown]]


def _of_server(info: ServerInfo | None) -> Reasons:
    if info is not None and isinstance(info.started_at, Unknown):
        yield "server.started_at", info.started_at
        yield "server.uptime_seconds", info.started_at


def _of_connections(found: Connections | None) -> Reasons:
    if found is not None and found.details is not None:
        yield "connections.waiting_on_lock", found.details
        yield "connections.longest_query_seconds", found.details
        yield "connections.longest_transaction_seconds", found.details
        yield "connections.longest_idle_in_transaction_seconds", found.details


def _of_statements(found: Statements | None) -> Reasons:
    if found is None:
        return
    if found.since is None:
        yield "statements", Unknown(found.rebaselined or _FIRST_READING)
    elif found.hidden:
        why = found.details or Unknown("statements of other roles are hidden from this role")
        yield "statements.calls", why
        yield "statements.total_ms", why
        yield "statements.mean_ms", why


def _of_databases(found: Databases | None) -> Reasons:
    if found is None:
        return
    if found.since is None:
        yield "databases", Unknown(_FIRST_READING)
        return
    for row in found.databases:
        if isinstance(row.size_bytes, Unknown):
            yield f"databases.{row.name}.size_bytes", row.size_bytes
