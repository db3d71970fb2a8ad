"""Frames of a whole server: calm, in an incident, and the bad days that a screen must explain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.model.connections import BackendState
from core.model.cost import SelfCost
from core.model.health import Assessment, Health
from core.model.protection import BackupOverview, SetUpStep
from core.model.security import SecurityOverview
from core.model.server import Link, LinkState
from core.model.snapshot import Frame, Taken
from core.model.unknown import Unknown
from tests.tui.frames.connections import (
    backend,
    calm_connections,
    connections_of,
    incident_connections,
)
from tests.tui.frames.databases import calm_databases, incident_databases
from tests.tui.frames.findings import INCIDENT_FINDINGS, cut_off
from tests.tui.frames.moment import NOW, seconds_ago
from tests.tui.frames.server import CONNECTED, ENTRY, UNREACHABLE, server_info
from tests.tui.frames.statements import (
    calm_statements,
    incident_statements,
    statement,
    statements_of,
)

NO_STATEMENTS = Unknown(
    "The extension pg_stat_statements is not created in database orders.",
    "CREATE EXTENSION pg_stat_statements;",
)

NOT_SET_UP = BackupOverview(missing=frozenset(SetUpStep), key_name="main")

HIDDEN = Unknown(
    "Role pgvigil may not see other roles' queries and states.", "GRANT pg_monitor TO pgvigil;"
)


def calm() -> Frame:
    """A healthy primary, everything freshly read."""
    return Frame(
        server_id=ENTRY.server_id,
        moment=NOW,
        live=True,
        link=Taken(NOW, 5, CONNECTED),
        server=Taken(seconds_ago(11), 30, server_info()),
        connections=Taken(seconds_ago(1), 2, calm_connections()),
        statements=Taken(seconds_ago(3), 5, calm_statements()),
        databases=Taken(seconds_ago(6), 10, calm_databases()),
        cost=Taken(seconds_ago(1), 2, SelfCost(41.0, 5210, 66, 600.0)),
        assessment=Taken(seconds_ago(1), 2, Assessment(Health.OK, ())),
        backups=NOT_SET_UP,
        security=SecurityOverview(configured=False, events=()),
    )


def incident() -> Frame:
    """Nearly out of slots, a lock queue, one slow statement, rollbacks."""
    return replace(
        calm(),
        connections=Taken(seconds_ago(1), 2, incident_connections()),
        statements=Taken(seconds_ago(3), 5, incident_statements()),
        databases=Taken(seconds_ago(6), 10, incident_databases()),
        assessment=Taken(seconds_ago(1), 2, Assessment(Health.CRITICAL, INCIDENT_FINDINGS)),
    )


def link_down() -> Frame:
    """The server went away 74 seconds ago; its last readings are still in the frame."""
    old = seconds_ago(75)
    frame = calm()
    return replace(
        frame,
        link=Taken(NOW, 5, UNREACHABLE),
        connections=Taken(old, 2, calm_connections()),
        statements=Taken(old, 5, calm_statements()),
        databases=Taken(old, 10, calm_databases()),
        assessment=Taken(NOW, 5, cut_off(UNREACHABLE)),
    )


def slots_exhausted() -> Frame:
    """Every slot is taken and pgvigil's own connection was not held."""
    link = Link(
        LinkState.SLOTS_EXHAUSTED,
        since=seconds_ago(20),
        what="Every connection slot of orders-prod is taken.",
        why="FATAL: sorry, too many clients already (max_connections 100).",
        remedy="End idle sessions, or give pgvigil a role with pg_use_reserved_connections.",
        attempts=3,
        next_attempt_at=NOW + timedelta(seconds=4),
    )
    judged = Taken(NOW, 5, cut_off(link))
    return replace(link_down(), link=Taken(NOW, 5, link), assessment=judged)


def first_contact() -> Frame:
    """Nothing is known yet: the watcher is connecting."""
    return Frame(
        server_id=ENTRY.server_id,
        moment=NOW,
        live=True,
        link=Taken(NOW, 5, Link(LinkState.CONNECTING, since=seconds_ago(1))),
    )


def nothing() -> Frame:
    """No watcher has written anything yet."""
    return Frame(server_id=ENTRY.server_id, moment=NOW, live=True)


def hidden() -> Frame:
    """The role may not see what others do."""
    listed = calm_connections()
    masked = [
        replace(b, state=BackendState.HIDDEN, query="<insufficient privilege>", query_seconds=None,
                transaction_seconds=None, state_seconds=None, wait_event="", wait_event_type="")
        for b in listed.backends
    ]  # fmt: skip
    return replace(
        calm(),
        connections=Taken(
            seconds_ago(1), 2, replace(connections_of(masked), details=HIDDEN)
        ),
    )  # fmt: skip


def without_statements() -> Frame:
    """pg_stat_statements is not there."""
    return replace(calm(), statements=Taken(seconds_ago(3), 5, NO_STATEMENTS))


def first_statements() -> Frame:
    """Only one reading so far: no interval to speak of."""
    first = replace(
        statements_of([]), since=None, seconds=0.0, rebaselined="first reading"
    )  # fmt: skip
    return replace(calm(), statements=Taken(seconds_ago(1), 5, first))


HOSTILE = 'bad"[red]\x1b[31m\nname\u202e\x00'


def hostile() -> Frame:
    """Names and texts that try to break out of their cells."""
    listed = [
        backend(
            4000 + n,
            BackendState.ACTIVE,
            role=HOSTILE,
            application=HOSTILE,
            database=HOSTILE,
            client=HOSTILE,
            query=f"SELECT '{HOSTILE}' -- [bold]x[/bold] \x1b]0;owned\x07 {'y' * 5000}",
            query_seconds=12.0,
            transaction_seconds=12.0,
        )
        for n in range(3)
    ]
    text = f"/* {HOSTILE} */ SELECT \x9b31m '[link=x]' {'z' * 5000}"
    return replace(
        calm(),
        connections=Taken(seconds_ago(1), 2, connections_of(listed)),
        statements=Taken(
            seconds_ago(3),
            5,
            statements_of([statement(1, text, calls=3, mean_ms=12.0, role=HOSTILE)]),
        ),
    )


def stale() -> Frame:
    """The watcher has written nothing for half a minute."""
    frame = calm()
    assert frame.connections is not None
    assert frame.assessment is not None
    return replace(
        frame,
        connections=replace(frame.connections, at=seconds_ago(31)),
        assessment=replace(frame.assessment, at=seconds_ago(31)),
        link=Taken(seconds_ago(31), 5, CONNECTED),
    )
