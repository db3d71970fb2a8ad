"""The exchange of two databases' names: neither answers while it lasts, and never one of two.

PostgreSQL renames no database that somebody is connected to. So the live one is closed first, its
sessions are ended, and both get their names in one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from core.errors import RestoreError
from core.restore.target.state import Connection

_SESSIONS_SECONDS = 20.0
_LOOK_SECONDS = 0.02
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"
_END_SESSIONS = """
SELECT pg_catalog.count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(a.pid)),
       pg_catalog.count(*)
  FROM pg_catalog.pg_stat_activity AS a
  JOIN pg_catalog.pg_database AS d ON d.oid = a.datid
 WHERE d.datname = ANY (%s) AND a.pid <> pg_catalog.pg_backend_pid()
   AND coalesce(a.backend_type, 'client backend') IN ('client backend', 'walsender')
"""
# The server itself ends those of autovacuum that stand in a rename's way.


class NotKnownError(RestoreError):
    """The connection was lost on the way: both names were given, or none; one may be closed."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """``live`` shall be called ``aside``, and ``incoming`` shall be called ``live``.

    ``opening`` is done in the same transaction, once the incoming one has the name.
    """

    live: str
    incoming: str
    aside: str
    opening: Sequence[sql.Composed] = ()

    @property
    def closing(self) -> sql.Composed:
        """What keeps everybody out of the live one, superusers too."""
        return _allowing(self.live, "false")

    @property
    def renames(self) -> tuple[sql.Composed, sql.Composed]:
        """What gives both their names."""
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        first = rename.format(sql.Identifier(self.live), sql.Identifier(self.aside))
        second = rename.format(sql.Identifier(self.incoming), sql.Identifier(self.live))
        return first, second

    @property
    def commands(self) -> tuple[str, ...]:
        """All that is done, as a plan shows it."""
        within = [each.as_string() for each in self.statements()]
        ending = "-- end the sessions of both (pg_terminate_backend)"
        return (self.closing.as_string(), ending, "BEGIN", *within, "COMMIT")

    def statements(self) -> tuple[sql.Composed, ...]:
        """What is done in one transaction."""
        return (*self.renames, *self.opening, _allowing(self.live, "true"))


def exchange(connection: Connection, names: Exchange) -> float:
    """Do it; gives for how many seconds nobody could connect to ``live``.

    ``connection`` is in autocommit mode and leads to a third database. The database that was live
    stays closed under its new name.

    Raises:
        NotKnownError: the connection was lost, or the live database could not be opened again.
        RestoreError: it can't be; the live database is open under its name as before.
    """
    began = time.monotonic()
    try:
        connection.execute(names.closing)
        _end_sessions(connection, names)
        with connection.transaction():
            connection.execute(_LOCK_TIMEOUT)
            for each in names.statements():
                connection.execute(each)
    except BaseException as failure:
        is_open = _reopened(connection, names.live)
        if not isinstance(failure, psycopg.Error | RestoreError):
            raise
        why = failure.why if isinstance(failure, RestoreError) else str(failure).strip()
        raise (not_exchanged if is_open else _not_known)(names, why) from failure
    return time.monotonic() - began


def reopen(connection: Connection, name: str) -> None:
    """Let people connect to a database again.

    Raises:
        psycopg.Error: it can't be.
    """
    connection.execute(_allowing(name, "true"))


def _reopened(connection: Connection, name: str) -> bool:
    """Whether it could be opened again after a failure: not by a connection that is lost."""
    try:
        reopen(connection, name)
    except psycopg.Error:
        return False
    return True


def _end_sessions(connection: Connection, names: Exchange) -> None:
    until = time.monotonic() + _SESSIONS_SECONDS
    while True:
        row = connection.execute(_END_SESSIONS, [[names.live, names.incoming]]).fetchone()
        if row is None or not row[1]:
            return
        if time.monotonic() > until:
            raise not_exchanged(names, f"{row[1]} sessions don't end")
        time.sleep(_LOOK_SECONDS)


def _allowing(name: str, value: str) -> sql.Composed:
    statement = sql.SQL(f"ALTER DATABASE {{}} ALLOW_CONNECTIONS {value}")
    return statement.format(sql.Identifier(name))


def not_exchanged(names: Exchange, why: str) -> RestoreError:
    """The error for names that were not given, once the live database is known to be open."""
    return RestoreError(
        f"The names of {names.live} and {names.incoming} were not exchanged",
        why=why,
        remedy=f"{names.live} is as it was, and open; {names.incoming} stays beside it, proven:"
        " see who is connected, stop the application, and plan the swap again",
    )


def _not_known(names: Exchange, why: str) -> NotKnownError:
    return NotKnownError(
        f"It is not known whether the names of {names.live} and {names.incoming} were exchanged",
        why=why,
        remedy=f"{names.live} may be closed. When the server answers again: pgvigil restore list"
        " looks, opens it, and says how things stand",
    )
