"""Whether the server gives sessions of their own, as many as a backup needs at once.

What a session is told by SET reaches other clients where a pooler shares it, so nothing is set here
before that is known: a pooled session that is left read-only would refuse an application's writes.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg

from core.backup.dump.endpoint import Connection, Endpoint
from core.backup.dump.snapshot import close, leave
from core.errors import PreflightError
from core.postgres.failure import ConnectError

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_ROUNDS = 5

# What PgBouncer says; the codes of both are those of any violation of the protocol.
_STATEMENT_MODE = "statement pooling mode"
_WAITED = "query_wait_timeout"


def sessions_at_once(workers: int) -> int:
    """Sessions that a backup holds: the snapshot's, and those of pg_dump and its workers."""
    return workers + 2


def check_sessions(endpoint: Endpoint) -> bool:
    """Whether a pooler stands between; several sessions must be able to share a snapshot.

    Raises:
        PreflightError: a pooler hands one session to several clients, or has too few of them.
        ConnectError: a session can't be had.
    """
    with _session(endpoint) as connection:
        with _or_too_few(endpoint, connection, there=0):
            own = _pid(connection)
        through_pooler = own != connection.info.backend_pid
        if through_pooler and _shares_sessions(endpoint, connection, own):
            raise PreflightError(
                f"A pooler in transaction mode stands before the server: {endpoint.display}",
                why="a backup needs sessions of its own that see one and the same snapshot",
                remedy="connect to the server itself, or to the pooler in session mode (Supabase:"
                " port 5432 instead of 6543; Neon: the host name without -pooler)",
            )
        wanted = sessions_at_once(endpoint.settings.workers) if through_pooler else 2
        _share_a_snapshot(endpoint, connection, wanted)
    return through_pooler


def _share_a_snapshot(endpoint: Endpoint, connection: Connection, wanted: int) -> None:
    """Nothing, where so many sessions at once see the same snapshot."""
    connection.execute(_BEGIN)
    row = connection.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()
    snapshot = f"SET TRANSACTION SNAPSHOT '{row[0] if row else ''}'".encode()
    with ExitStack() as held:
        others = []
        for there in range(1, wanted):
            other = held.enter_context(_further(endpoint, there=there))
            with _or_too_few(endpoint, other, there=there):
                other.execute(_BEGIN)
            other.execute(snapshot)
            others.append(other)
        for each in (*others, connection):
            leave(each)


def _shares_sessions(endpoint: Endpoint, connection: Connection, own: int) -> bool:
    """Whether another client gets the server's session that this client just had.

    A pooler that goes round its sessions gives this client itself another one each time.
    """
    if any(_pid(connection) != own for _ in range(_ROUNDS)):
        return True
    with _further(endpoint, there=1) as other:
        for _ in range(_ROUNDS):
            with _or_too_few(endpoint, other, there=1):
                try:
                    other.execute("BEGIN")
                except psycopg.OperationalError as error:
                    if _STATEMENT_MODE in str(error):
                        return True
                    raise
            if _pid(other) == own:
                leave(other)
                return True
            with _or_too_few(endpoint, connection, there=1):
                if _pid(connection) != own:
                    return True
            leave(other)
    return False


def _pid(connection: Connection) -> int:
    return int(connection.execute("SELECT pg_catalog.pg_backend_pid()").fetchall()[0][0])


@contextmanager
def _session(endpoint: Endpoint) -> Iterator[Connection]:
    """A session to which nothing was said yet, though nothing is to be changed in it."""
    connection = endpoint.connect_to_change()
    # A statement that is prepared stays in the session, too.
    connection.prepare_threshold = None
    try:
        yield connection
    finally:
        close(connection)


@contextmanager
def _further(endpoint: Endpoint, *, there: int) -> Iterator[Connection]:
    """Another session, where so many are there; a pooler may keep back even the greeting."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(_session(endpoint))
        except ConnectError as error:
            raise _too_few(endpoint, there, error.why or error.what) from error
        yield connection


@contextmanager
def _or_too_few(endpoint: Endpoint, connection: Connection, *, there: int) -> Iterator[None]:
    """Within, an answer has to come soon: a pooler with no session left lets its client wait.

    Raises:
        PreflightError: none came.
    """
    seconds = endpoint.settings.connect_timeout_seconds
    too_late = threading.Event()

    def cut() -> None:
        too_late.set()
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, cut)
    watch.start()
    try:
        yield
    except psycopg.OperationalError as error:
        if not too_late.is_set() and _WAITED not in str(error):
            raise
        raise _too_few(endpoint, there, f"no further one came within {seconds:g} s") from error
    finally:
        watch.cancel()
        watch.join()


def _too_few(endpoint: Endpoint, there: int, why: str) -> PreflightError:
    workers = endpoint.settings.workers
    wanted = sessions_at_once(workers)
    return PreflightError(
        f"Too few sessions at once can be had: {endpoint.display}",
        why=f"a backup with {workers} workers needs {wanted}; {there} are there, and {why}",
        remedy="connect to the server itself; or have its pooler keep at least"
        f" {wanted} sessions for this role and database (PgBouncer: pool_size), beside those that"
        " others hold; fewer [dump] workers need fewer",
    )
