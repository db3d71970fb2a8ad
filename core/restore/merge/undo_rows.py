"""Undoing a merge of rows: what was there before is there again, if nobody changed it since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg import errors, sql

from core.backup.dump.endpoint import Connection
from core.errors import RestoreError
from core.model.restore_operation import RestoreOperation
from core.restore.merge import journal
from core.restore.merge.apply import Applied
from core.restore.merge.as_owner import written
from core.restore.merge.existing import owners_of, read_tables
from core.restore.merge.referring import Referring, lock, rows_referring
from core.restore.merge.rows_diff import Rows, StagedRows
from core.restore.merge.script import Actions, assignments, insert, lock_live, parents_first
from core.restore.merge.session import one_transaction
from core.restore.merge.statement import Statement, Write, not_as_counted

_MEDDLED = (
    "nothing was changed; where a trigger does something else with what is written: ALTER TABLE …"
    " DISABLE TRIGGER USER for the time of the undo; where a key is there twice by now: look which"
    " row is whose"
)
_KEPT = ("missing", "changed", "extra", "left")


def staged_for(connection: Connection, operation_id: str) -> str:
    """The operation whose staged rows this one merged; empty where there is none."""
    for left in journal.left_schemas(connection):
        for applied in journal.noted(connection, left.operation_id, journal.APPLIED, Applied):
            if applied.operation_id == operation_id:
                return left.operation_id
    return ""


def row_statements(connection: Connection, staged_by: str) -> tuple[Statement, ...]:
    """What undoes the merge of what ``staged_by`` has staged."""
    (applied,) = journal.noted(connection, staged_by, journal.APPLIED, Applied)
    staged = journal.noted(connection, staged_by, journal.STAGED, StagedRows)
    there = read_tables(connection, [(each.schema, each.name) for each in staged])
    ordered = [Rows(each) for each in parents_first(staged)]

    def kept(rows: Rows, what: str) -> int:
        return _count(connection, sql.SQL("SELECT FROM {}").format(rows.saved(what)))

    found = [_take_out(each, kept(each, "missing")) for each in reversed(ordered)]
    if applied.actions.update:
        found += [_put_back(e, kept(e, "changed")) for e in ordered if e.can_update]
    if applied.actions.delete:
        found += [insert(e, "extra", e.staged.all_columns, kept(e, "extra")) for e in ordered]
    return tuple(written(found, owners_of(there)))


def undo_rows(operation: RestoreOperation, connection: Connection, staged_by: str) -> str:
    """Do it in one transaction, with the tables locked; a sentence of what was done.

    Raises:
        RestoreError: rows that the merge wrote were changed since; nothing was done.
        psycopg.Error: the server refused; nothing was done.
    """
    staged = journal.noted(connection, staged_by, journal.STAGED, StagedRows)
    with one_transaction(connection):
        for each in staged:
            connection.execute(lock_live(Rows(each)))
        for key in _referring(connection, staged):
            connection.execute(lock(key))
        require_unchanged(operation, connection, staged_by)
        wrong = [
            problem
            for statement in row_statements(connection, staged_by)
            for problem in not_as_counted(connection, statement)
        ]
        if wrong := wrong or list(_not_set_back(connection, staged_by)):
            raise _not_undone(operation, wrong, _MEDDLED)
        for each in staged:
            for what in _KEPT:
                gone = sql.SQL("DROP TABLE IF EXISTS {}").format(Rows(each).saved(what))
                connection.execute(gone)
        journal.forget(connection, staged_by, journal.APPLIED)
    tables = ", ".join(each.told for each in staged)
    return f"{tables} in {operation.target_database} has the rows that it had before the merge"


def require_unchanged(operation: RestoreOperation, connection: Connection, staged_by: str) -> None:
    """Nothing, where the rows that a merge wrote are as it left them, and nothing hangs on them.

    Raises:
        RestoreError: some are not, or rows of other tables would go or change with them.
    """
    remedy = (
        "look at these rows first; what was there before is kept in the tables …_changed and"
        f" …_extra of {journal.schema_of(staged_by)}: mend it by hand from these"
    )
    try:
        changed = tuple(_changed(connection, staged_by))
    except (errors.UndefinedColumn, errors.UndefinedTable) as error:
        why = f"a table has another definition by now: {str(error).strip().splitlines()[0]}"
        raise _not_undone(operation, [why], remedy) from error
    if changed:
        raise _not_undone(operation, changed, remedy)


def _not_undone(operation: RestoreOperation, why: Sequence[str], remedy: str) -> RestoreError:
    return RestoreError(
        f"Restore {operation.operation_id} can't be undone", why="; ".join(why), remedy=remedy
    )


def _not_set_back(connection: Connection, staged_by: str) -> Iterator[str]:
    """Rows that are not as they were before the merge, though all was done."""
    (applied,) = journal.noted(connection, staged_by, journal.APPLIED, Applied)
    for each in journal.noted(connection, staged_by, journal.STAGED, StagedRows):
        rows = Rows(each)
        for what, is_meant in (
            ("changed", applied.actions.update and rows.can_update),
            ("extra", applied.actions.delete),
        ):
            if is_meant and (count := _count(connection, _altered(rows, rows.saved(what)))):
                yield f"{count} rows of {each.told} would not come out as they were"


def _changed(connection: Connection, staged_by: str) -> Iterator[str]:
    (applied,) = journal.noted(connection, staged_by, journal.APPLIED, Applied)
    staged = journal.noted(connection, staged_by, journal.STAGED, StagedRows)
    for each in staged:
        rows = Rows(each)
        left = rows.saved("left") if each.table in applied.left and each.key else None
        if count := _count(connection, _altered(rows, rows.saved("missing"), left)):
            yield f"{count} of the rows that came back to {each.told} were changed since"
        yield from _taken_with(connection, applied.actions, rows, [Rows(e) for e in staged])
        if not each.key:
            continue
        if applied.actions.update and rows.can_update:
            altered = _altered(rows, rows.saved("changed"), left or rows.backup)
            if count := _count(connection, altered):
                yield f"{count} of the rows that were set back in {each.told} were changed since"
        if applied.actions.delete:
            there = sql.SQL("SELECT FROM {} AS c JOIN {} AS l ON {}").format(
                rows.saved("extra"), rows.live_rows, rows.same_key("l", "c")
            )
            if count := _count(connection, there):
                yield f"{count} of the rows that were deleted from {each.told} are there again"


def _referring(connection: Connection, staged: Sequence[StagedRows]) -> tuple[Referring, ...]:
    there = read_tables(connection, [(each.schema, each.name) for each in staged])
    return tuple(key for each in there.values() for key in each.referring)


def _taken_with(
    connection: Connection, actions: Actions, rows: Rows, staged: Sequence[Rows]
) -> Iterator[str]:
    """Rows that refer to what the undo takes out or changes, and would go or change with it."""
    updates = actions.update and rows.can_update
    for key in _referring(connection, [rows.staged]):
        for what, told, is_meant in (
            ("missing", "came back to", key.on_delete),
            ("changed", "were set back in", updates and key.follows(rows.staged.updated)),
        ):
            if not is_meant:
                continue
            referring = rows_referring(key, rows, what, staged, is_updated=actions.update)
            if count := _count(connection, referring):
                yield (
                    f"{count} rows refer by {key.told} to rows that {told} {rows.staged.told}, and"
                    " would go or change with them"
                )


def _altered(
    rows: Rows, which: sql.Identifier, written: sql.Identifier | None = None
) -> sql.Composed:
    """Rows in ``which`` that are not in the live table as they, or those in ``written``, are."""
    written = written or which
    if not rows.staged.key:
        return sql.SQL(
            "SELECT FROM (SELECT {w} AS t, pg_catalog.count(*) AS n FROM {which} AS w GROUP BY 1)"
            " AS w LEFT JOIN (SELECT {live_text} AS t, pg_catalog.count(*) AS n FROM {live} AS l"
            " GROUP BY 1) AS l ON l.t = w.t WHERE coalesce(l.n, 0) < w.n"
        ).format(w=rows.written("w"), which=which, live_text=rows.written("l"), live=rows.live_rows)
    return sql.SQL(
        "SELECT FROM {} AS c JOIN {} AS w ON {} WHERE NOT EXISTS (SELECT FROM {} AS l"
        " WHERE {} AND {} = {})"
    ).format(
        which,
        written,
        rows.same_key("w", "c"),
        rows.live_rows,
        rows.same_key("l", "w"),
        rows.written("l"),
        rows.written("w"),
    )


def _count(connection: Connection, query: sql.Composed) -> int:
    counted = sql.SQL("SELECT pg_catalog.count(*) FROM ({}) AS q").format(query)
    return int(connection.execute(counted).fetchall()[0][0])


def _take_out(rows: Rows, count: int) -> Write:
    """Delete what was inserted; of equal rows without a key as many as came."""
    reads, done = (rows.saved_name("missing"),), "deleted from"
    if rows.staged.key:
        by_key = sql.SQL("DELETE FROM {} AS l USING {} AS c WHERE {}").format(
            rows.live_rows, rows.saved("missing"), rows.same_key("l", "c")
        )
        return Write(rows, done, by_key, reads, count)
    by_row = sql.SQL(
        "DELETE FROM {live} AS d USING (SELECT l.tableoid AS o, l.ctid AS c, {written} AS t,"
        " pg_catalog.row_number() OVER (PARTITION BY {written}) AS n FROM {live} AS l) AS r,"
        " (SELECT {came} AS t, pg_catalog.count(*) AS n FROM {saved} AS m GROUP BY 1) AS m"
        " WHERE m.t = r.t AND r.n <= m.n AND d.tableoid = r.o AND d.ctid = r.c"
    ).format(
        live=rows.live_rows,
        written=rows.written("l"),
        came=rows.written("m"),
        saved=rows.saved("missing"),
    )
    return Write(rows, done, by_row, reads, count)


def _put_back(rows: Rows, count: int) -> Write:
    set_back = sql.SQL("UPDATE {} AS l SET {} FROM {} AS c WHERE {}").format(
        rows.live_rows, assignments(rows, "c"), rows.saved("changed"), rows.same_key("l", "c")
    )
    return Write(rows, "set back in", set_back, (rows.saved_name("changed"),), count)
