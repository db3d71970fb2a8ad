"""What the config says must be true of a restored database (``[[restore.assert]]``)."""

from __future__ import annotations

from contextlib import closing

import psycopg

from core.backup.dump.endpoint import Connection, Endpoint
from core.config.restore_settings import AssertSettings

_SHOWN = 100
_BOOLEANS = {"true": "t", "false": "f"}


def ask(endpoint: Endpoint, wanted: AssertSettings, seconds: float) -> str:
    """What is not as it must be, in words; empty where it is.

    It is asked read-only, as one statement, which the server ends after so many seconds.

    Raises:
        ConnectError: the database can't be reached.
    """
    with closing(endpoint.connect_to_change()) as connection:
        try:
            found = _first_value(connection, wanted.sql, seconds)
        except psycopg.errors.QueryCanceled:
            return f"assertion {wanted.name}: no answer within {seconds:g} s"
        except psycopg.Error as error:
            why = error.diag.message_primary or str(error).strip()
            return f"assertion {wanted.name} can't be asked: {why[:_SHOWN]}"
    if found == _as_shown(wanted.expect, found):
        return ""
    told = "nothing" if found is None else repr(found[:_SHOWN])
    return f"assertion {wanted.name}: {told} instead of {wanted.expect!r}"


def _first_value(connection: Connection, statement: str, seconds: float) -> str | None:
    """The first column of the first row as the server writes it; ``None`` where that is null."""
    connection.execute(
        "SELECT pg_catalog.set_config('default_transaction_read_only', 'on', false),"
        " pg_catalog.set_config('statement_timeout', %s, false),"
        " pg_catalog.set_config('lock_timeout', %s, false)",
        [f"{round(seconds * 1000)}ms"] * 2,
    )
    # Prepared, because then the server takes one statement and no more.
    cursor = connection.execute(statement.encode(), prepare=True)
    result = cursor.pgresult
    if result is None or not result.nfields or not result.ntuples:
        return None
    value = result.get_value(0, 0)
    return None if value is None else value.decode("utf-8", "replace")


def _as_shown(expected: str, found: str | None) -> str:
    """What is expected, as the server writes it."""
    if found in _BOOLEANS.values():
        return _BOOLEANS.get(expected.lower(), expected)
    return expected
