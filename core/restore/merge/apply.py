"""The second step of a merge of rows: the script, done as it was reviewed or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from core.backup.dump.endpoint import Connection, Endpoint
from core.errors import RestoreError
from core.restore.merge import journal
from core.restore.merge.existing import TableThere, owners_of, read_tables
from core.restore.merge.rows_diff import Difference, Rows, StagedRows, counted, differences
from core.restore.merge.rows_shown import with_columns
from core.restore.merge.script import Actions, lock_live, script
from core.restore.merge.sequences import catch_up
from core.restore.merge.session import merging, one_transaction
from core.restore.merge.statement import Statement, not_as_counted

_LEFT = "its triggers left it so, or no UPDATE sets that back: an identity, or how a key is written"


@dataclass(frozen=True, slots=True)
class Applied:
    """What is written down of a script that was done: by which operation, and what it did.

    Of the staged tables in ``left`` rows did not come out as they were written: how they did is
    kept, so that an undo knows what was changed since.
    """

    operation_id: str
    actions: Actions
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What is staged, and how it differs from the live tables now.

    ``applied_by`` is the operation that merged it already; empty where none did.
    """

    pairs: tuple[tuple[StagedRows, Difference], ...]
    there: tuple[tuple[tuple[str, str], TableThere], ...]
    applied_by: str


def read_reviewed(endpoint: Endpoint, staged_by: str) -> Reviewed:
    """What an operation staged in the database that ``endpoint`` leads to, compared once more.

    Raises:
        RestoreError: a table can't be read.
        ConnectError: the server can't be reached.
    """
    with merging(endpoint) as connection:
        staged = journal.noted(connection, staged_by, journal.STAGED, StagedRows)
        applied = journal.noted(connection, staged_by, journal.APPLIED, Applied)
        tables = read_tables(connection, [(each.schema, each.name) for each in staged])
        pairs = [
            (each, with_columns(connection, each, differences(connection, each)))
            for each in staged
            if (each.schema, each.name) in tables and not applied
        ]
        return Reviewed(
            tuple(pairs), tuple(tables.items()), applied[0].operation_id if applied else ""
        )


def apply(
    connection: Connection,
    reviewed: Reviewed,
    actions: Actions,
    *,
    staged_by: str,
    operation_id: str,
) -> tuple[str, ...]:
    """Do the script in one transaction; gives what is different all the same, in words.

    Raises:
        LostAtCommitError: it is not known whether it was done.
        RestoreError: rows were changed since the script was reviewed; nothing was done.
        psycopg.Error: the server refused; nothing was done.
    """
    with one_transaction(connection):
        _as_reviewed(connection, reviewed)
        for statement in script(reviewed.pairs, actions, owners_of(dict(reviewed.there))):
            _do(connection, statement)
        left = [
            (staged, now)
            for staged, found in reviewed.pairs
            if (now := differences(connection, staged)).counts != _wanted(found, actions)
        ]
        for staged, _ in left:
            _keep_left(connection, Rows(staged), actions)
        for staged, _ in reviewed.pairs:
            catch_up(connection, staged)
        applied = Applied(operation_id, actions, tuple(each.table for each, _ in left))
        journal.note(connection, staged_by, journal.APPLIED, [applied])
    return tuple(f"table {staged.told}: {now.told}; {_LEFT}" for staged, now in left)


def _as_reviewed(connection: Connection, reviewed: Reviewed) -> None:
    """Lock the tables: from here on neither they nor what refers to them is altered by others."""
    staged = [each for each, _ in reviewed.pairs]
    for each in staged:
        connection.execute(lock_live(Rows(each)))
    there = dict(reviewed.there)
    now = read_tables(connection, list(there))
    if changed := [".".join(name) for name, was in there.items() if now.get(name) != was]:
        raise _not_as_reviewed(
            f"the definition of {', '.join(changed)} was changed since: a column, a trigger, a"
            " right, or a foreign key to it"
        )


def _do(connection: Connection, statement: Statement) -> None:
    if wrong := list(not_as_counted(connection, statement)):
        raise _not_as_reviewed(
            f"{'; '.join(wrong)}; they were changed since, or a trigger of the table does something"
            f" else: {statement.sql.as_string()}"
        )
    if (kept := statement.kept) is None:
        return
    rows = sql.SQL("SELECT * FROM {}").format(kept.table)
    (must_be,) = statement.counts
    if counted(connection, rows, kept.columns) != (must_be.rows, kept.content):
        raise _not_as_reviewed(
            f"{must_be.rows} rows, but other ones: {statement.sql.as_string()}; they were changed"
            " since"
        )


def _not_as_reviewed(why: str) -> RestoreError:
    return RestoreError(
        "The rows are not as they were reviewed, and nothing was merged",
        why=why,
        remedy="review it anew: pgvigil restore plan --apply",
    )


def _wanted(found: Difference, actions: Actions) -> tuple[int, int, int]:
    """How a table should differ from the backup after the merge."""
    return 0, 0 if actions.update else found.changed, 0 if actions.delete else found.extra


def _keep_left(connection: Connection, rows: Rows, actions: Actions) -> None:
    """Keep what came of the rows that were written; without a key none tells them apart."""
    if not rows.staged.key:
        return
    written = ["missing", *(["changed"] if actions.update and rows.can_update else [])]
    among = sql.SQL(" OR ").join(
        sql.SQL("EXISTS (SELECT FROM {} AS w WHERE {})").format(
            rows.saved(what), rows.same_key("l", "w")
        )
        for what in written
    )
    connection.execute(
        sql.SQL("CREATE TABLE {} AS SELECT {} FROM {} AS l WHERE {}").format(
            rows.saved("left"), rows.columns("l"), rows.live_rows, among
        )
    )
