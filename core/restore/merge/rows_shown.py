"""Rows that are different, for who reviews a merge: in which columns, and how they are looked at.

Values stand in no plan: what is in the rows is for who may read the table.
"""

from __future__ import annotations

from dataclasses import replace

from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.restore.merge.rows_diff import Difference, Rows, StagedRows


def with_columns(connection: Connection, staged: StagedRows, found: Difference) -> Difference:
    """The difference, which also tells in which columns rows are different, and how many.

    Raises:
        psycopg.Error: a table can't be read.
    """
    if not found.changed:
        return found
    (counts,) = connection.execute(_changed_columns(Rows(staged))).fetchall()
    named = zip(staged.columns, counts, strict=True)
    listed = ", ".join(f"{name} ({count:,})" for name, count in named if count)
    return replace(found, samples=(*found.samples, f"{staged.told}, different in: {listed}"))


def queries(staged: StagedRows, found: Difference) -> tuple[str, ...]:
    """What shows the rows themselves to who may read the table and what is staged."""
    rows = Rows(staged)
    return tuple(
        query.as_string()
        for count, query in (
            (found.missing, rows.missing()),
            (found.extra, rows.extra()),
            (found.changed, _both(rows)),
        )
        if count
    )


def _both(rows: Rows) -> sql.Composed:
    """Rows that are in both and different: their key, and the row now and in the backup."""
    key = rows.columns("l", [each.column for each in rows.staged.key])
    return sql.SQL("SELECT {}, {} AS now, {} AS in_the_backup{}").format(
        key, rows.written("l"), rows.written("s"), _different(rows)
    )


def _changed_columns(rows: Rows) -> sql.Composed:
    """Of these rows, how many are different in each shared column; one row."""
    written = 'ROW({})::pg_catalog.text COLLATE pg_catalog."C"'
    counts = sql.SQL(", ").join(
        sql.SQL(f"pg_catalog.count(*) FILTER (WHERE {written} <> {written})").format(
            sql.Identifier("l", each), sql.Identifier("s", each)
        )
        for each in rows.staged.columns
    )
    return sql.SQL("SELECT {}{}").format(counts, _different(rows))


def _different(rows: Rows) -> sql.Composed:
    return sql.SQL(" FROM {} AS l JOIN {} AS s ON {} WHERE {} <> {}").format(
        rows.live_rows,
        rows.backup,
        rows.same_key("l", "s"),
        rows.written("l"),
        rows.written("s"),
    )
