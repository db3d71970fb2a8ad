"""The reviewed script of a merge of rows: what it locks, keeps for the undo, and writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from core.restore.merge.as_owner import written
from core.restore.merge.existing import Name
from core.restore.merge.rows_diff import Difference, Rows, StagedRows
from core.restore.merge.statement import Count, Kept, Statement, Write


@dataclass(frozen=True, slots=True)
class Actions:
    """What a person chose; rows that are only in the backup are always inserted."""

    update: bool = False
    delete: bool = False


def script(
    pairs: Sequence[tuple[StagedRows, Difference]], actions: Actions, owners: Mapping[Name, str]
) -> tuple[Statement, ...]:
    """The statements in their order, for one transaction.

    Rows that others refer to are written before these, and deleted after them. ``owners`` are those
    of the tables that are written to with their rights.
    """
    by_table = dict(pairs)
    ordered = [(Rows(each), by_table[each]) for each in parents_first(list(by_table))]
    kept: list[Statement] = []
    deleted: list[Write] = []
    updated: list[Write] = []
    inserted: list[Write] = []
    for rows, found in ordered:
        kept.append(Statement(lock_live(rows)))
        shared, every = rows.staged.columns, rows.staged.all_columns
        came = Kept(rows.saved("missing"), shared, found.missing_content)
        kept.append(_keep(came, rows, rows.missing(), found.missing))
        inserted.append(insert(rows, "missing", shared, found.missing))
        if actions.update and rows.can_update:
            before = Kept(rows.saved("changed"), shared, found.changed_content)
            kept.append(_keep(before, rows, rows.changed(), found.changed))
            updated.append(_update(rows, found.changed))
        if actions.delete:
            gone = Kept(rows.saved("extra"), every, found.extra_content)
            kept.append(_keep(gone, rows, rows.extra(), found.extra))
            deleted.insert(0, _delete(rows, found.extra))
    return (*kept, *written([*deleted, *updated, *inserted], owners))


def lock_live(rows: Rows) -> sql.Composed:
    """What keeps others from writing to a table, or altering it."""
    return sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(rows.live)


def _keep(kept: Kept, rows: Rows, query: sql.Composed, count: int) -> Statement:
    keeping = sql.SQL("CREATE TABLE {} AS {}").format(kept.table, query)
    return Statement(keeping, (Count(f"kept for an undo of {rows.staged.told}", count),), kept)


def insert(rows: Rows, what: str, columns: Sequence[str], count: int) -> Write:
    """Write kept rows into the live table, identities included."""
    reads, done = (rows.saved_name(what),), "inserted into"
    if not columns:
        bare = sql.SQL("INSERT INTO {} SELECT FROM {}").format(rows.live, rows.saved(what))
        return Write(rows, done, bare, reads, count)
    listed = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
        rows.live, rows.columns("", columns), rows.columns("", columns), rows.saved(what)
    )
    return Write(rows, done, listed, reads, count)


def _update(rows: Rows, count: int) -> Write:
    set_back = sql.SQL("UPDATE {} AS l SET {} FROM {} AS s, {} AS c WHERE {} AND {}").format(
        rows.live_rows,
        assignments(rows, "s"),
        rows.backup,
        rows.saved("changed"),
        rows.same_key("l", "s"),
        rows.same_key("s", "c"),
    )
    reads = (rows.staged.table, rows.saved_name("changed"))
    return Write(rows, "set back in", set_back, reads, count)


def assignments(rows: Rows, of: str) -> sql.Composed:
    """The columns that an update writes, from an alias."""
    return sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(each), sql.Identifier(of, each))
        for each in rows.staged.updated
    )


def _delete(rows: Rows, count: int) -> Write:
    is_same = (
        rows.same_key("l", "c")
        if rows.staged.key
        else sql.SQL("l.tableoid = c.pgvigil_table AND l.ctid = c.pgvigil_row")
    )
    deleting = sql.SQL("DELETE FROM {} AS l USING {} AS c WHERE {}").format(
        rows.live_rows, rows.saved("extra"), is_same
    )
    return Write(rows, "deleted from", deleting, (rows.saved_name("extra"),), count)


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
