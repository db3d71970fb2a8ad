"""Undoing a restore: the new database goes, as long as it still is what the restore made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from core.config.settings import Settings
from core.errors import RestoreError
from core.model.restore import TargetKind
from core.model.restore_operation import RestoreOperation, RestoreStatus
from core.restore.merge.session import merging
from core.restore.merge.undo import undo_merge, undo_statements
from core.restore.survey import endpoint_of
from core.restore.target.create import drop, left_behind
from core.restore.target.state import Connection

_THERE = """
SELECT d.datname, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a
                    WHERE a.datid = d.oid AND a.pid <> pg_catalog.pg_backend_pid())
  FROM pg_catalog.pg_database AS d WHERE d.oid = %s
"""


@contextmanager
def to_undo(operation: RestoreOperation, settings: Settings) -> Iterator[Connection]:
    """A session in which a restore is undone: of a merge in the live database.

    Raises:
        ConfigError: the config has no such server.
        ConnectError: it can't be reached.
        RestoreError: the server refused something within.
    """
    endpoint = endpoint_of(operation.target_server, settings)
    if operation.target is TargetKind.MERGE:
        with merging(endpoint.with_database(operation.target_database)) as connection:
            yield connection
    else:
        with endpoint.explaining(), endpoint.connect_to_change() as connection:
            yield connection


@dataclass(frozen=True, slots=True)
class Undo:
    """What undoing a restore would do: ``commands`` on ``database``.

    ``sessions`` are connected to it, and end where it is dropped.
    """

    database: str
    sessions: int
    commands: tuple[str, ...]


def plan_undo(operation: RestoreOperation, connection: Connection) -> Undo:
    """What undoing a restore would do now.

    Raises:
        RestoreError: there is nothing of it, or what is there is not what it made any more.
        psycopg.Error: the server can't be asked.
    """
    if operation.status is RestoreStatus.RUNNING:
        raise _refused(operation, "it is under way", "pgvigil jobs cancel stops it")
    if operation.status is RestoreStatus.UNDONE:
        raise _refused(operation, "it was undone already", "")
    if operation.target is TargetKind.MERGE:
        return Undo(operation.target_database, 0, undo_statements(operation, connection))
    if operation.target is not TargetKind.BESIDE:
        raise _refused(operation, f"a {operation.target.value} is not undone so", operation.undo)
    if operation.status is not RestoreStatus.COMPLETED:
        return _unproven(operation, connection)
    row = connection.execute(_THERE, [operation.target_oid or 0]).fetchone()
    if row is None:
        raise _refused(operation, "the database that it made is no more", "")
    name, sessions = str(row[0]), int(row[1])
    if name != operation.target_database:
        raise _refused(
            operation,
            f"the database that it made is called {name} now: somebody put it to use",
            f"if it is to go all the same: {_dropping(name)}",
        )
    return Undo(name, sessions, (_dropping(name),))


def undo(operation: RestoreOperation, connection: Connection) -> str:
    """Do it, after having looked again; a sentence of what was done.

    Raises:
        RestoreError: there is nothing of it, or it can't be dropped.
        psycopg.Error: the server can't be asked.
    """
    found = plan_undo(operation, connection)
    if operation.target is TargetKind.MERGE:
        return undo_merge(operation, connection)
    drop(connection, found.database)
    return f"database {found.database} on {operation.target_server} is dropped"


def _unproven(operation: RestoreOperation, connection: Connection) -> Undo:
    for name, operation_id in left_behind(connection):
        if operation_id == operation.operation_id:
            return Undo(name, 0, (_dropping(name),))
    raise _refused(operation, "nothing of it is left on the server", "")


def _dropping(name: str) -> str:
    return sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)).as_string()


def _refused(operation: RestoreOperation, why: str, remedy: str) -> RestoreError:
    return RestoreError(f"Restore {operation.operation_id} can't be undone", why=why, remedy=remedy)
