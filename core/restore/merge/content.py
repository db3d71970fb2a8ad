"""The content of one table of the live database, hashed as the backup's fingerprint is."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.backup.fingerprint.content import combined
from core.backup.fingerprint.definitions import definitions
from core.backup.fingerprint.row_hash import hashed_rows

_OID = """
SELECT c.oid::pg_catalog.int8 FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s
"""


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a table has of its own, the hash of them, and that of its definition."""

    rows: int
    hash: str
    definition: str


def oid_of(connection: Connection, schema: str, name: str) -> int | None:
    """A relation's number."""
    row = connection.execute(_OID, [schema, name]).fetchone()
    return int(row[0]) if row else None


def content_of(
    connection: Connection, oid: int, place: sql.Identifier, seeds: tuple[int, int]
) -> Content:
    """What is in a table now; of a partitioned one nothing is: its rows are its partitions'.

    Raises:
        psycopg.Error: it can't be read.
    """
    definition = definitions(connection, [oid])[oid]
    statement = hashed_rows(place, definition.stored_columns, seeds, sql.SQL(""))
    count, first, second = connection.execute(statement).fetchall()[0]
    return Content(count, combined(count, int(first or 0), int(second or 0)), definition.digest)
