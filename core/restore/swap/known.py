"""An exchange of two databases' names of which it is known whether it was done.

Where the connection is lost on the way, also in the moment of the commit, only the server can tell:
it is asked anew by the databases' numbers, once nothing of the lost session runs there any more.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass

import psycopg

from core.backup.dump.endpoint import Endpoint
from core.errors import PgvigilError, RestoreError
from core.restore.swap.exchange import Exchange, NotKnownError, exchange, not_exchanged, reopen
from core.restore.target.create import connect_elsewhere
from core.restore.target.state import Connection

_AGAIN_SECONDS = 0.5
_WHO = "SELECT pid, backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_backend_pid()"
_END = """
SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(pid))
  FROM pg_catalog.pg_stat_activity WHERE pid = %s AND backend_start = %s
"""
_NOW = "SELECT oid, datname, datallowconn FROM pg_catalog.pg_database WHERE oid = ANY (%s)"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The databases' own numbers, which stay when names change."""

    live: int
    incoming: int


def exchange_known(
    connection: Connection, endpoint: Endpoint, names: Exchange, numbers: Numbers
) -> float:
    """As ``exchange``, on a server that is asked again where the connection is lost.

    It is waited for as long as for a lock.

    Raises:
        NotKnownError: the server does not tell: the live database may be closed.
        RestoreError: it was not done; the live database was seen open under its name.
    """
    began = time.monotonic()
    (session,) = connection.execute(_WHO.encode()).fetchall()
    try:
        return exchange(connection, names)
    except NotKnownError as lost:
        connection.close()
        until = time.monotonic() + endpoint.settings.lock_wait_seconds
        while True:
            try:
                if _was_done(endpoint, names, numbers, session):
                    return time.monotonic() - began
                break
            except (PgvigilError, psycopg.Error):
                if time.monotonic() >= until:
                    raise lost from None
                time.sleep(_AGAIN_SECONDS)
        raise not_exchanged(names, lost.why) from lost


def _was_done(
    endpoint: Endpoint, names: Exchange, numbers: Numbers, session: tuple[object, ...]
) -> bool:
    """Whether both names were given; where not, the live database is open afterwards."""
    others = (names.live, names.incoming, names.aside)
    with closing(connect_elsewhere(endpoint, *others)) as connection:
        if connection.execute(_END.encode(), session).fetchall() != [(0,)]:
            raise RestoreError("The lost session is still at work")
        found = _now(connection, numbers)
        if found.get(numbers.live, ("", False))[0] == names.live:
            reopen(connection, names.live)
            if _now(connection, numbers).get(numbers.live) == (names.live, True):
                return False
        elif found.get(numbers.incoming) == (names.live, True):
            return True
    raise RestoreError(f"Database {names.live} is neither the one nor the other")


def _now(connection: Connection, numbers: Numbers) -> dict[int, tuple[str, bool]]:
    asked = [[numbers.live, numbers.incoming]]
    rows = connection.execute(_NOW.encode(), asked).fetchall()
    return {int(oid): (str(name), bool(is_open)) for oid, name, is_open in rows}
