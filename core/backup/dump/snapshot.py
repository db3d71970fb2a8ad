"""One state of the database for everything that a backup reads.

The tables are locked against changes of their definition before the snapshot is taken. pg_dump
does it the other way round, and a TRUNCATE or a rewriting ALTER TABLE that commits in between makes
a table look empty to the older snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import errors, pq, sql

from core.backup.dump.endpoint import Connection, Endpoint
from core.backup.dump.tables import DumpedTable, dumped_tables
from core.errors import BackupError
from core.model.backup import Selection

_ATTEMPTS = 3
_TABLES_AT_ONCE = 500
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@dataclass(frozen=True, slots=True)
class HeldSnapshot:
    """An exported snapshot, for as long as its session holds it.

    ``tables`` are those that it sees, all locked against changes of their definition, biggest
    first. ``taken_at`` is the moment whose state it is, by the server's clock: read just after the
    snapshot was taken, so that nothing that it sees was committed later.
    """

    snapshot_id: str
    taken_at: datetime
    tables: tuple[DumpedTable, ...]
    endpoint: Endpoint
    connection: Connection

    def finish(self) -> None:
        """End its session, now that all is read: vacuum and migrations wait for it.

        Raises:
            BackupError: the session had ended before.
        """
        with self.endpoint.explaining():
            self.connection.execute("SELECT")
            leave(self.connection)
        close(self.connection)

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A further session that sees the same state.

        Raises:
            BackupError: it can't be had, for example because another server answered.
        """
        connection = self.endpoint.connect()
        try:
            with self.endpoint.explaining():
                connection.execute(_BEGIN)
                statement = sql.SQL("SET TRANSACTION SNAPSHOT {}")
                connection.execute(statement.format(sql.Literal(self.snapshot_id)))
            yield connection
            with self.endpoint.explaining():
                leave(connection)
        finally:
            close(connection)


@contextmanager
def hold_snapshot(endpoint: Endpoint, selection: Selection = Selection()) -> Iterator[HeldSnapshot]:
    """A snapshot that is held until it is finished, or the context is left.

    Raises:
        BackupError: a table stays locked by someone else, or the server refused.
    """
    connection = endpoint.connect()
    try:
        with endpoint.explaining():
            taken_at, tables = _lock_and_look(connection, endpoint, selection)
            snapshot_id = _asked(connection, "SELECT pg_catalog.pg_export_snapshot()")
        yield HeldSnapshot(snapshot_id, taken_at, tuple(tables), endpoint, connection)
    finally:
        close(connection)


def leave(connection: Connection) -> None:
    """End a transaction that has only read, and that went well.

    It is committed: ``pg_stat_database`` counts one that is rolled back, or whose session ends, as
    a failure of its database, and pgvigil would warn of its own.
    """
    if connection.info.transaction_status is pq.TransactionStatus.INTRANS:
        connection.execute("COMMIT")


def close(connection: Connection) -> None:
    """End a session; one that is dead already is no error."""
    with suppress(psycopg.Error, OSError):
        connection.close()


def _lock_and_look(
    connection: Connection, endpoint: Endpoint, selection: Selection
) -> tuple[datetime, list[DumpedTable]]:
    """Lock the tables, take the snapshot, and give its moment and the tables that it sees."""
    for _ in range(_ATTEMPTS):
        try:
            # Also a table's size is only told when its lock can be had.
            wanted = dumped_tables(connection, selection)
            connection.execute(_BEGIN)
            _lock(connection, wanted)
        except errors.UndefinedTable:
            connection.execute("ROLLBACK")
            continue
        except errors.LockNotAvailable as error:
            raise _locked(error, connection, endpoint) from error
        # The transaction's first query takes its snapshot, before it asks for the time; LOCK TABLE
        # has none. The transaction's own time is that of its BEGIN: it waited for locks since then.
        taken_at = _asked(connection, "SELECT pg_catalog.clock_timestamp()")
        seen = dumped_tables(connection, selection)
        if {each.oid for each in seen} <= {each.oid for each in wanted}:
            return taken_at, seen
        leave(connection)
    raise BackupError(
        f"Tables come and go too quickly: {endpoint.display}",
        why=f"in {_ATTEMPTS} attempts others were there after the locks than before",
        remedy="back up when no migration runs, or leave out the schema where they come and go",
    )


def _asked(connection: Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    if row is None:
        raise BackupError(f"No answer to: {query}")
    return row[0]


def _lock(connection: Connection, tables: Sequence[DumpedTable]) -> None:
    for start in range(0, len(tables), _TABLES_AT_ONCE):
        names = sql.SQL(", ").join(
            sql.SQL("ONLY {}").format(sql.Identifier(each.table.schema, each.table.name))
            for each in tables[start : start + _TABLES_AT_ONCE]
            if each.readable
        )
        if names.as_string():
            connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))


_BLOCKERS = """
SELECT DISTINCT l.pid, l.relation::pg_catalog.regclass::pg_catalog.text, a.usename,
       a.application_name
  FROM pg_catalog.pg_locks AS l
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
   AND l.relation >= 16384
   AND l.database = (SELECT oid FROM pg_catalog.pg_database
                      WHERE datname = pg_catalog.current_database())
 LIMIT 10
"""


def _locked(
    error: errors.LockNotAvailable, connection: Connection, endpoint: Endpoint
) -> BackupError:
    if connection.info.transaction_status != pq.TransactionStatus.IDLE:
        connection.execute("ROLLBACK")
    found = connection.execute(_BLOCKERS).fetchall()
    told = [
        f"{table} by session {pid} ({user or 'unknown role'}"
        f"{', ' + application if application else ''})"
        for pid, table, user, application in found
    ]
    return BackupError(
        f"A table stayed locked by another session: {endpoint.display}",
        why="; ".join(told) or str(error).strip(),
        remedy="let that session end, or end it; then run the backup again"
        " (lock_wait_seconds says how long a backup waits)",
    )
