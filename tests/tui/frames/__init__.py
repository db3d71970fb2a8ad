"""Hand-made frames: a calm server, an incident, and the bad days that a screen must explain."""

from tests.tui.frames.connections import (
    backend,
    calm_connections,
    connections_of,
    incident_connections,
)
from tests.tui.frames.databases import calm_databases, database, incident_databases
from tests.tui.frames.findings import INCIDENT_FINDINGS, finding
from tests.tui.frames.moment import NOW, seconds_ago
from tests.tui.frames.server import ENTRY, server_info
from tests.tui.frames.situations import (
    calm,
    first_contact,
    first_statements,
    hidden,
    hostile,
    incident,
    link_down,
    nothing,
    slots_exhausted,
    stale,
    without_statements,
)
from tests.tui.frames.statements import (
    calm_statements,
    incident_statements,
    statement,
    statements_of,
)

__all__ = [
    "ENTRY",
    "INCIDENT_FINDINGS",
    "NOW",
    "backend",
    "calm",
    "calm_connections",
    "calm_databases",
    "calm_statements",
    "connections_of",
    "database",
    "finding",
    "first_contact",
    "first_statements",
    "hidden",
    "hostile",
    "incident",
    "incident_connections",
    "incident_databases",
    "incident_statements",
    "link_down",
    "nothing",
    "seconds_ago",
    "server_info",
    "slots_exhausted",
    "stale",
    "statement",
    "statements_of",
    "without_statements",
]
