"""A statement of a merge of rows, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from core.backup.dump.endpoint import Connection


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that a statement keeps for the undo in ``table``, and the hash that they must have."""

    table: sql.Identifier
    columns: tuple[str, ...]
    content: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the script, and how many rows it must be about; ``None``: it has none.

    One that keeps rows for the undo says by ``kept`` which they must be.
    """

    sql: sql.Composed
    rows: int | None = None
    kept: Kept | None = None


def rows_of(connection: Connection, statement: Statement) -> int:
    """Execute it; gives how many rows it was about: of a SELECT the number that it answers.

    Raises:
        psycopg.Error: the server refused.
    """
    cursor = connection.execute(statement.sql)
    return int(cursor.fetchall()[0][0]) if cursor.description else cursor.rowcount
