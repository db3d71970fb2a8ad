"""The reviewed script of a merge of rows: what it locks, keeps for the undo, and writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from core.restore.merge.rows_diff import Difference, Rows, StagedRows


@dataclass(frozen=True, slots=True)
class Actions:
    """What a person chose; rows that are only in the backup are always inserted."""

    update: bool = False
    delete: bool = False


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


def script(
    pairs: Sequence[tuple[StagedRows, Difference]], actions: Actions
) -> tuple[Statement, ...]:
    """The statements in their order, for one transaction.

    Rows that others refer to are written before these, and deleted after them.
    """
    by_table = dict(pairs)
    ordered = [(Rows(each), by_table[each]) for each in parents_first(list(by_table))]
    kept: list[Statement] = []
    deleted: list[Statement] = []
    updated: list[Statement] = []
    inserted: list[Statement] = []
    for rows, found in ordered:
        lock = sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(rows.live)
        kept.append(Statement(lock))
        shared, every = rows.staged.columns, rows.staged.all_columns
        came = Kept(rows.saved("missing"), shared, found.missing_content)
        kept.append(_keep(came, rows.missing(), found.missing))
        inserted.append(Statement(_insert(rows), found.missing))
        if actions.update and rows.staged.key and rows.staged.updated:
            before = Kept(rows.saved("changed"), shared, found.changed_content)
            kept.append(_keep(before, rows.changed(), found.changed))
            updated.append(Statement(_update(rows, rows.backup, "changed"), found.changed))
        if actions.delete:
            gone = Kept(rows.saved("extra"), every, found.extra_content)
            kept.append(_keep(gone, rows.extra(), found.extra))
            deleted.insert(0, Statement(_delete(rows, "extra"), found.extra))
    return (*kept, *deleted, *updated, *inserted)


def _keep(kept: Kept, query: sql.Composed, count: int) -> Statement:
    return Statement(sql.SQL("CREATE TABLE {} AS {}").format(kept.table, query), count, kept)


def _insert(rows: Rows) -> sql.Composed:
    return insert(rows, "missing", rows.staged.columns)


def insert(rows: Rows, what: str, columns: Sequence[str]) -> sql.Composed:
    """Write kept rows into the live table, identities included."""
    if not columns:
        return sql.SQL("INSERT INTO {} SELECT FROM {}").format(rows.live, rows.saved(what))
    return sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
        rows.live, rows.columns("", columns), rows.columns("", columns), rows.saved(what)
    )


def _update(rows: Rows, source: sql.Composable, which: str) -> sql.Composed:
    return sql.SQL("UPDATE {} AS l SET {} FROM {} AS s, {} AS c WHERE {} AND {}").format(
        rows.live_rows,
        assignments(rows, "s"),
        source,
        rows.saved(which),
        rows.same_key("l", "s"),
        rows.same_key("s", "c"),
    )


def assignments(rows: Rows, of: str) -> sql.Composed:
    """The columns that an update writes, from an alias."""
    return sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(each), sql.Identifier(of, each))
        for each in rows.staged.updated
    )


def _delete(rows: Rows, what: str) -> sql.Composed:
    if rows.staged.key:
        return sql.SQL("DELETE FROM {} AS l USING {} AS c WHERE {}").format(
            rows.live_rows, rows.saved(what), rows.same_key("l", "c")
        )
    return sql.SQL(
        "DELETE FROM {} AS l USING {} AS c WHERE l.tableoid = c.pgvigil_table"
        " AND l.ctid = c.pgvigil_row"
    ).format(rows.live_rows, rows.saved(what))


def parents_first(tables: Sequence[StagedRows]) -> list[StagedRows]:
    """Tables after those that their foreign keys refer to; a circle as it comes."""
    left = list(tables)
    ordered: list[StagedRows] = []
    while left:
        names = {(each.schema, each.name) for each in left}
        free = [each for each in left if not set(each.references) & names] or left[:1]
        ordered += free
        left = [each for each in left if each not in free]
    return ordered
