"""Undoing a restore: what it made goes, as long as it still is what it made."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from psycopg import sql

from core.backup.dump.endpoint import Endpoint
from core.errors import RestoreError
from core.model.restore import TargetKind
from core.model.restore_operation import Aside, RestoreOperation, RestoreStatus
from core.restore.merge.undo import planned_undo, undo_merge
from core.restore.swap.undo import names_back, undo_swap
from core.restore.target.create import connect_elsewhere, drop, kept_proven, left_behind
from core.restore.target.state import Connection
from core.restore.used import why_kept

_THERE = "SELECT datname FROM pg_catalog.pg_database WHERE oid = %s"
_SESSIONS = """
SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
 WHERE datname = %s AND pid <> pg_catalog.pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Undo:
    """What undoing a restore would do: ``what`` in words, ``commands`` exactly.

    ``database`` is the one that it is about, which ``sessions`` are connected to: they end.
    """

    what: str
    database: str
    sessions: int
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undone:
    """What was done; ``aside`` is what is kept of it for a while."""

    what: str
    aside: Aside | None = None


def plan_undo(operation: RestoreOperation, endpoint: Endpoint, *, grace_days: float) -> Undo:
    """What undoing a restore would do now; ``endpoint`` leads to the server that it went to.

    A database that was restored beside others is dropped for so many days, and as long as nobody
    put it to use.

    Raises:
        RestoreError: there is nothing of it, or what is there is not what it made any more.
        ConnectError: the server can't be reached.
        psycopg.Error: the server can't be asked.
    """
    require_over(operation)
    if operation.target is TargetKind.GLOBALS:
        raise refused(
            operation,
            "roles and tablespaces may be in use by now",
            "drop by hand what was made: DROP ROLE refuses as long as something belongs to one",
        )
    if operation.target is TargetKind.MERGE:
        return _out_of_live(operation, endpoint)
    if operation.aside is not None:
        return _swap_back(operation, operation.aside, endpoint)
    with closing(_connected(operation, endpoint)) as connection:
        name = _its_database(operation, connection)
        if operation.status is RestoreStatus.COMPLETED:
            why = why_kept(operation, name, endpoint, connection, grace_days=grace_days)
            if why:
                by_hand = sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)).as_string()
                raise refused(operation, why, f"if it is to go all the same, by psql: {by_hand}")
        sessions = _sessions(name, connection)
    return Undo(
        f"database {name} is dropped, and {sessions} sessions in it end",
        name,
        sessions,
        (sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)).as_string(),),
    )


def undo(operation: RestoreOperation, endpoint: Endpoint, *, grace_days: float) -> Undone:
    """Do it, after having looked again.

    Raises: as ``plan_undo``; and where it can't be done, which changes nothing.
    """
    if operation.target is TargetKind.MERGE:
        require_over(operation)
        return Undone(undo_merge(operation, endpoint))
    planned = plan_undo(operation, endpoint, grace_days=grace_days)
    if operation.aside is not None:
        kept = undo_swap(operation, operation.aside, endpoint)
        return Undone(
            f"{operation.target_database} is what it was before the swap; what was written since"
            f" is in {kept.name}, closed",
            kept,
        )
    with closing(_connected(operation, endpoint)) as connection:
        drop(connection, planned.database)
    return Undone(f"database {planned.database} on {operation.target_server} is dropped")


def require_over(operation: RestoreOperation) -> None:
    """Nothing, where a restore is over and was not undone.

    Raises:
        RestoreError: it is under way, or was undone.
    """
    if operation.status is RestoreStatus.RUNNING:
        raise refused(operation, "it is under way", "pgvigil jobs cancel stops it")
    if operation.status is RestoreStatus.UNDONE:
        raise refused(operation, "it was undone already", "")


def _out_of_live(operation: RestoreOperation, endpoint: Endpoint) -> Undo:
    what, commands = planned_undo(operation, endpoint)
    return Undo(what, operation.target_database, 0, commands)


def _swap_back(operation: RestoreOperation, aside: Aside, endpoint: Endpoint) -> Undo:
    names = names_back(operation, aside, endpoint)
    with closing(connect_elsewhere(endpoint, names.live, names.incoming)) as connection:
        sessions = _sessions(names.live, connection)
    return Undo(
        f"{names.live} becomes what it was before the swap, and {sessions} sessions in it end; what"
        f" was written since is kept as {names.aside}, closed",
        names.live,
        sessions,
        names.commands,
    )


def _its_database(operation: RestoreOperation, connection: Connection) -> str:
    """The name of the database that it made, under which it is still there."""
    if operation.status is not RestoreStatus.COMPLETED:
        for name, operation_id in (*left_behind(connection), *kept_proven(connection)):
            if operation_id == operation.operation_id:
                return name
        raise refused(operation, "nothing of it is left on the server", "")
    row = connection.execute(_THERE, [operation.target_oid or 0]).fetchone()
    if row is None:
        raise refused(operation, "the database that it made is no more", "")
    name = str(row[0])
    if operation.target is TargetKind.BESIDE and name != operation.target_database:
        raise refused(
            operation,
            f"the database that it made is called {name} now: somebody put it to use",
            "if it is to go all the same, drop it with psql",
        )
    if operation.target is TargetKind.SWAP and name == operation.target_database:
        raise refused(
            operation,
            f"what was {name} before is gone: its time of grace was over",
            "plan a new restore",
        )
    return name


def _connected(operation: RestoreOperation, endpoint: Endpoint) -> Connection:
    return connect_elsewhere(endpoint, operation.target_database)


def _sessions(name: str, connection: Connection) -> int:
    row = connection.execute(_SESSIONS, [name]).fetchone()
    return int(row[0]) if row else 0


def refused(operation: RestoreOperation, why: str, remedy: str) -> RestoreError:
    """The error for a restore that can't be undone."""
    return RestoreError(f"Restore {operation.operation_id} can't be undone", why=why, remedy=remedy)
