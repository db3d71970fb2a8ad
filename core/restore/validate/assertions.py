"""What the config says must be true of a restored database (``[[restore.assert]]``)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors

from core.backup.dump.endpoint import Connection, Endpoint
from core.config.restore_settings import AssertSettings
from core.model.backup import TableName

ASSERTION = "assertion"
"""The first word of all that is told of assertions."""

_SHOWN = 100
_NOT_THERE = (
    errors.UndefinedTable,
    errors.InvalidSchemaName,
    errors.UndefinedFunction,
    errors.UndefinedObject,
)
_BOOLEANS = {"true": "t", "false": "f"}


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """Why an assertion was not asked of a part of a database, in words."""

    told: str


def ask_part(
    endpoint: Endpoint, wanted: AssertSettings, seconds: float, empty: Collection[TableName]
) -> str | NotApplicable:
    """As :func:`ask`, where not all that the backup has is there.

    One that speaks of what is not there, or of tables that are ``empty`` because their rows were
    not wanted, does not apply.

    Raises:
        ConnectError: the database can't be reached.
    """
    with closing(endpoint.connect_to_change()) as connection:
        try:
            _set_up(connection, seconds)
            read = _tables_read(connection, wanted.sql)
        except _NOT_THERE as error:
            return NotApplicable(f"{about(wanted)} does not apply: {_said(error)}")
        except psycopg.Error:
            read = frozenset()  # it is asked, and says itself what is wrong with it
    if without := sorted(f"{each.schema}.{each.name}" for each in read.intersection(empty)):
        told = ", ".join(without)
        return NotApplicable(f"{about(wanted)} does not apply: {told} is there without its rows")
    return ask(endpoint, wanted, seconds)


def _tables_read(connection: Connection, statement: str) -> frozenset[TableName]:
    """The tables that a statement would read, those of its views, too."""
    explain = f"EXPLAIN (VERBOSE, FORMAT JSON) {statement}"
    rows = connection.execute(explain.encode(), prepare=True).fetchall()
    return frozenset(each for (plan,) in rows for each in _named(plan))


def _named(node: Any) -> Iterator[TableName]:
    """The tables of a plan of EXPLAIN, wherever they stand in it."""
    if isinstance(node, list):
        for each in node:
            yield from _named(each)
    elif isinstance(node, dict):
        if "Relation Name" in node and "Schema" in node:
            yield TableName(str(node["Schema"]), str(node["Relation Name"]))
        for each in node.values():
            yield from _named(each)


def about(wanted: AssertSettings) -> str:
    """What every sentence about an assertion begins with."""
    return f"{ASSERTION} {wanted.name}"


def _said(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error).strip())[:_SHOWN]


def ask(endpoint: Endpoint, wanted: AssertSettings, seconds: float) -> str:
    """What is not as it must be, in words; empty where it is.

    It is asked read-only, as one statement, which the server ends after so many seconds.

    Raises:
        ConnectError: the database can't be reached.
    """
    with closing(endpoint.connect_to_change()) as connection:
        try:
            _set_up(connection, seconds)
            found = _first_value(connection, wanted.sql)
        except errors.QueryCanceled:
            return f"{about(wanted)}: no answer within {seconds:g} s"
        except psycopg.Error as error:
            return f"{about(wanted)} can't be asked: {_said(error)}"
    if found == _as_shown(wanted.expect, found):
        return ""
    told = "nothing" if found is None else repr(found[:_SHOWN])
    return f"{about(wanted)}: {told} instead of {wanted.expect!r}"


def _set_up(connection: Connection, seconds: float) -> None:
    """Have the session only read, and wait no longer than so many seconds."""
    connection.execute(
        "SELECT pg_catalog.set_config('default_transaction_read_only', 'on', false),"
        " pg_catalog.set_config('statement_timeout', %s, false),"
        " pg_catalog.set_config('lock_timeout', %s, false)",
        [f"{round(seconds * 1000)}ms"] * 2,
    )


def _first_value(connection: Connection, statement: str) -> str | None:
    """The first column of the first row as the server writes it; ``None`` where that is null."""
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
