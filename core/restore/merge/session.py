"""The one session that a merge works in: texts as pg_dump writes them, and no wait without end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql

from core.backup.dump.endpoint import Connection, Endpoint
from core.backup.dump.session import WRITING, set_up
from core.errors import RestoreError
from core.restore.failure import explained

_NO_ENCODING = "SQL_ASCII"

_HOLDERS = """
SELECT DISTINCT pg_catalog.format('%%I.%%I', n.nspname, c.relname), l.pid, a.usename,
       a.application_name, a.state
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.granted AND l.pid <> pg_catalog.pg_backend_pid() AND l.mode <> 'AccessShareLock'
   AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'
   AND l.database = (SELECT oid FROM pg_catalog.pg_database
                      WHERE datname = pg_catalog.current_database())
 LIMIT 10
"""


class LostAtCommitError(RestoreError):
    """The connection was lost at a commit: all of it is there, or nothing."""


@contextmanager
def one_transaction(connection: Connection) -> Iterator[None]:
    """What is done within is there as a whole, or not at all.

    Raises:
        LostAtCommitError: the connection was lost at the commit, and which it is is not known.
    """
    is_at_commit = False
    try:
        with connection.transaction():
            yield
            is_at_commit = True
    except psycopg.OperationalError as error:
        if is_at_commit and connection.closed:
            raise LostAtCommitError(
                "The connection was lost in the moment of the commit",
                why=f"{str(error).strip()}; all of it is there, or nothing of it",
                remedy="when the server answers again, pgvigil restore undo says whether there is"
                " something to undo, and undoes it",
            ) from error
        raise


@contextmanager
def rows_as_archived(connection: Connection) -> Iterator[None]:
    """Rows that are read or copied within may have any bytes where the database may.

    psycopg gives no text in a session without an encoding: it is one for as long as this takes.
    """
    if connection.info.parameter_status("server_encoding") != _NO_ENCODING:
        yield
        return
    connection.execute("SET client_encoding = 'SQL_ASCII'")
    yield
    connection.execute("SET client_encoding = 'UTF8'")


@contextmanager
def merging(endpoint: Endpoint, encoding: str = "") -> Iterator[Connection]:
    """A session in autocommit mode in the live database; ``encoding`` is the archive's.

    Where that is none, names are read as UTF-8: see :func:`rows_as_archived` for rows.

    Raises:
        ConnectError: it can't be reached.
        RestoreError: what was done within was refused, and nothing was changed; says who held a
            lock that was not given.
    """
    connection = endpoint.connect_to_change()
    try:
        set_up(connection, WRITING, lock_wait_seconds=endpoint.settings.lock_wait_seconds)
        if encoding and encoding != _NO_ENCODING:
            change = sql.SQL("SET client_encoding = {}").format(sql.Literal(encoding))
            connection.execute(change)
        yield connection
    except errors.LockNotAvailable as error:
        raise _locked(error, connection, endpoint) from error
    except psycopg.Error as error:
        refused = explained(str(error), f"database {endpoint.database}")
        remedy = _remedy(error) or refused.remedy
        raise RestoreError(
            refused.what, why=refused.why, remedy=f"nothing was changed; {remedy}"
        ) from error
    finally:
        connection.close()


def _remedy(error: psycopg.Error) -> str:
    """What helps where the rows, or what stands on them, do not allow it; else nothing."""
    match error:
        case errors.ForeignKeyViolation():
            return (
                "choose the other table, too (--table), that its rows are merged at once; where it"
                " is chosen, and another role's: ALTER TABLE … DISABLE TRIGGER USER on both for the"
                " time of the merge, which are one statement then"
            )
        case errors.UniqueViolation() | errors.ExclusionViolation():
            return (
                "a row that is there has this value by now: look at it, and set it back or delete"
                " it (--update, --delete, or by hand)"
            )
        case errors.CheckViolation() if "no partition" in str(error):
            return "choose the partition that is missing, too (--table): it comes back as it was"
        case errors.UndefinedTable() | errors.UndefinedFunction() if error.diag.context:
            return (
                "a function that a trigger calls names something without its schema, and the merge"
                " has no search_path: ALTER FUNCTION … SET search_path, or ALTER TABLE … DISABLE"
                " TRIGGER USER for the time of the merge"
            )
        case psycopg.DataError() | errors.CheckViolation():
            return (
                "a value of the backup is none for its column as that is now: restore the table"
                " beside, as a new database, and bring the rows over by hand"
            )
    return ""


def _locked(error: psycopg.Error, connection: Connection, endpoint: Endpoint) -> RestoreError:
    told = []
    try:
        told = [
            f"{table} is held by session {pid} ({role or 'a role not shown'}"
            f"{', ' + program if program else ''}{', ' + state if state else ''})"
            for table, pid, role, program, state in connection.execute(_HOLDERS, []).fetchall()
        ]
    except psycopg.Error:
        told = []
    waited = f"waited {endpoint.settings.lock_wait_seconds:g} s for it"
    return RestoreError(
        f"A table stayed locked by another session: {endpoint.display}",
        why=f"{'; '.join(told) or str(error).strip()}; {waited}",
        remedy="nothing was changed; let that session end, or end it, and run the restore again"
        " ([dump] lock_wait_seconds says how long it waits)",
    )
