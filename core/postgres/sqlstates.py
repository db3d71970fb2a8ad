"""The failures that pgvigil knows by their SQLSTATE.

The codes are those of PostgreSQL's documentation, appendix A.
"""

from __future__ import annotations

from core.model.server import LinkState
from core.postgres.failure_cases import SLOTS_EXHAUSTED, WHERE_TO_LOOK, Case

_ENDED = "the session was ended by {target}"
_AGAIN = "nothing: pgvigil connects again by itself"
SQLSTATES = {
    "57P01": Case(
        LinkState.UNREACHABLE,
        _ENDED,
        "an administrator ended it, or the server is shutting down",
        _AGAIN,
    ),
    "57P02": Case(
        LinkState.STARTING,
        _ENDED,
        "a process of the server crashed, and all sessions were ended",
        _AGAIN,
    ),
    "57P03": Case(LinkState.STARTING, "no connections are admitted now by {target}", "", _AGAIN),
    "57P04": Case(
        LinkState.REFUSED,
        _ENDED,
        "the database that it was connected to was dropped",
        "check dbname",
    ),
    "57P05": Case(LinkState.UNREACHABLE, _ENDED, "idle_session_timeout ran out", _AGAIN),
    "53300": SLOTS_EXHAUSTED,
    "28P01": Case(LinkState.REFUSED, "the password was refused by {target}", "", WHERE_TO_LOOK),
    "28000": Case(
        LinkState.REFUSED, "this role is not let in by {target}", "", "check user and pg_hba.conf"
    ),
    "3D000": Case(LinkState.REFUSED, "there is no such database on {target}", "", "check dbname"),
    "57014": Case(
        LinkState.CONNECTED,
        "a question to {target} was cancelled",
        "it took longer than statement_timeout_seconds allows, or somebody cancelled it",
        "the server may be overloaded; raise collect.statement_timeout_seconds if it is just large",
    ),
    "55P03": Case(
        LinkState.CONNECTED,
        "a question to {target} waited too long for a lock",
        "another session holds a lock on what it reads",
        "see who holds it among the connections",
    ),
    "42501": Case(
        LinkState.CONNECTED,
        "the role may not ask that of {target}",
        "",
        "GRANT pg_monitor to pgvigil's role",
    ),
    "53100": Case(
        LinkState.CONNECTED,
        "the server's disk is full: {target}",
        "",
        "free space on the server now: it stops when it can't write its log",
    ),
    "53200": Case(
        LinkState.CONNECTED,
        "the server is out of memory: {target}",
        "",
        "look for sessions with large queries; check work_mem and the host's memory",
    ),
}
