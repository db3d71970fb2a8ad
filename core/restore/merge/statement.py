"""A statement of a merge of rows, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.restore.merge.rows_diff import Rows


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that a statement keeps for the undo in ``table``, and the hash that they must have."""

    table: sql.Identifier
    columns: tuple[str, ...]
    content: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows something must be about, and what that is."""

    told: str
    rows: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the script, and how many rows it must be about; of what answers, each number.

    One that keeps rows for the undo says by ``kept`` which they must be.
    """

    sql: sql.Composed
    counts: tuple[Count, ...] = ()
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that writes ``count`` rows of a live table, where RETURNING may follow.

    ``done`` is what it does, for people; ``reads`` are tables of the merge's schema.
    """

    rows: Rows
    done: str
    sql: sql.Composed
    reads: tuple[str, ...]
    count: int

    @property
    def table(self) -> tuple[str, str]:
        """The live table's schema and name."""
        return self.rows.staged.schema, self.rows.staged.name

    @property
    def must_be(self) -> Count:
        """What must come of it."""
        return Count(f"{self.done} {self.rows.staged.told}", self.count)


def at_once(writes: Sequence[Write]) -> sql.Composed:
    """All of it as one statement, which answers with the numbers of rows.

    Foreign keys are looked at when it has ended. So rows may come and go, and others be set to
    refer to them, in whatever order, and in a circle, too.
    """
    names = [sql.Identifier(f"w{number}") for number, _ in enumerate(writes, start=1)]
    return sql.SQL("WITH {} SELECT ARRAY[{}]").format(
        sql.SQL(", ").join(
            sql.SQL("{} AS ({} RETURNING 1)").format(name, each.sql)
            for name, each in zip(names, writes, strict=True)
        ),
        sql.SQL(", ").join(
            sql.SQL("(SELECT pg_catalog.count(*) FROM {})").format(name) for name in names
        ),
    )


def not_as_counted(connection: Connection, statement: Statement) -> Iterator[str]:
    """Execute it; tells each number of rows that is another than it must be.

    Raises:
        psycopg.Error: the server refused.
    """
    cursor = connection.execute(statement.sql)
    done = cursor.fetchall()[0][0] if cursor.description else [cursor.rowcount]
    for must_be, rows in zip(statement.counts, done, strict=False):
        if rows != must_be.rows:
            yield f"{must_be.told}: {rows} instead of {must_be.rows} rows"
