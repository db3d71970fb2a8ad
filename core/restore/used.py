"""Whether somebody put a database to use that a restore made: then no undo drops it."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psycopg

from core.backup.dump.endpoint import Endpoint
from core.errors import PgvigilError
from core.model.restore_operation import RestoreOperation
from core.restore.target.state import Connection

_SESSIONS_SECONDS = 2.0
"""So long a session that ends by itself is waited for, as one that looked a moment ago."""
_AGAIN_SECONDS = 0.05
_STATISTICS_SHARED_SINCE = 150_000
_COLLECTOR_SECONDS = 1.0
"""Before, a collector counted, and what it told was up to half a second old."""
_CLOCK = "SELECT pg_catalog.now()"
_SESSIONS = """
SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
 WHERE datname = %s AND pid <> pg_catalog.pg_backend_pid()
   AND coalesce(backend_type, 'client backend') IN ('client backend', 'walsender')
"""
# Of the catalogs, too: what is created, changed or truncated is written there. Without those that
# ANALYZE writes, and those that all databases share.
_WRITES = """
SELECT CASE WHEN pg_catalog.current_setting('track_counts') = 'on'
            THEN coalesce(pg_catalog.sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), 0) END
       ::pg_catalog.int8
  FROM pg_catalog.pg_stat_all_tables AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.relid
 WHERE NOT c.relisshared AND s.schemaname <> 'pg_toast'
   AND NOT (s.schemaname = 'pg_catalog'
            AND s.relname IN ('pg_statistic', 'pg_statistic_ext_data'))
"""


def writes(endpoint: Endpoint, database: str) -> int | None:
    """The rows that the server counts as written in a database; ``None`` where it does not count.

    It grows with each write, and begins anew where the server's statistics do. Sessions that end
    just now are waited for: they are counted when they end.
    """
    with (
        suppress(PgvigilError, psycopg.Error),
        endpoint.with_database(database).connect_to_change() as connection,
    ):
        _staying(database, connection)
        if connection.info.server_version < _STATISTICS_SHARED_SINCE:
            time.sleep(_COLLECTOR_SECONDS)
        ((counted,),) = connection.execute(_WRITES.encode()).fetchall()
        return None if counted is None else int(counted)
    return None


def why_kept(
    operation: RestoreOperation,
    name: str,
    endpoint: Endpoint,
    connection: Connection,
    *,
    grace_days: float,
) -> str:
    """Why the database ``name`` that a restore made is not to be dropped; empty where it may be.

    ``connection`` leads to another database of its server.

    Raises:
        psycopg.Error: the server can't be asked.
    """
    ((clock,),) = connection.execute(_CLOCK).fetchall()
    made = operation.completed_at
    if made is None or max(clock, datetime.now(UTC)) > made + timedelta(days=grace_days):
        return f"{name} was made more than {grace_days:g} days ago: it may be in use by now"
    if sessions := _staying(name, connection):
        return f"{sessions} sessions are connected to {name}: somebody uses it"
    counted = writes(endpoint, name)
    if operation.writes is None or counted is None or counted < operation.writes:
        return f"it is not known whether {name} was written to since it was restored"
    if counted > operation.writes:
        return f"{name} was written to since it was restored: {counted - operation.writes:,} rows"
    return ""


def _staying(name: str, connection: Connection) -> int:
    until = time.monotonic() + _SESSIONS_SECONDS
    while True:
        ((sessions,),) = connection.execute(_SESSIONS.encode(), [name]).fetchall()
        if not sessions or time.monotonic() > until:
            return int(sessions)
        time.sleep(_AGAIN_SECONDS)
