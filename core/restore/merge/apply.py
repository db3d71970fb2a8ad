"""The second step of a merge of rows: the script, done as it was reviewed or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from core.backup.dump.endpoint import Connection, Endpoint
from core.errors import RestoreError
from core.restore.merge import journal
from core.restore.merge.existing import TableThere, owners_of, read_tables
from core.restore.merge.rows_diff import Difference, StagedRows, counted, differences
from core.restore.merge.script import Actions, script
from core.restore.merge.session import merging, one_transaction
from core.restore.merge.statement import Statement, rows_of


@dataclass(frozen=True, slots=True)
class Applied:
    """What is written down of a script that was done: by which operation, and what it did."""

    operation_id: str
    actions: Actions


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
            (each, differences(connection, each))
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
        for statement in script(reviewed.pairs, actions, owners_of(dict(reviewed.there))):
            _do(connection, statement)
        left = tuple(_left(connection, reviewed.pairs, actions))
        for staged, _ in reviewed.pairs:
            _catch_up(connection, staged)
        journal.note(connection, staged_by, journal.APPLIED, [Applied(operation_id, actions)])
    return left


def _do(connection: Connection, statement: Statement) -> None:
    done = rows_of(connection, statement)
    if statement.rows is not None and done != statement.rows:
        raise _not_as_reviewed(
            f"{done} instead of {statement.rows} rows: {statement.sql.as_string()}; they were"
            " changed since, or a trigger or rule of the table does something else"
        )
    if (kept := statement.kept) is None:
        return
    rows = sql.SQL("SELECT * FROM {}").format(kept.table)
    if counted(connection, rows, kept.columns) != (statement.rows, kept.content):
        raise _not_as_reviewed(
            f"{done} rows, but other ones: {statement.sql.as_string()}; they were changed since"
        )


def _not_as_reviewed(why: str) -> RestoreError:
    return RestoreError(
        "The rows are not as they were reviewed, and nothing was merged",
        why=why,
        remedy="review it anew: pgvigil restore plan --apply",
    )


def _left(
    connection: Connection, pairs: Sequence[tuple[StagedRows, Difference]], actions: Actions
) -> Iterator[str]:
    for staged, _ in pairs:
        now = differences(connection, staged)
        wanted = (
            now.missing,
            now.changed if actions.update else 0,
            now.extra if actions.delete else 0,
        )
        if any(wanted):
            yield f"table {staged.told}: {now.told}, as triggers of the table left it"


_SEQUENCES = """
SELECT a.attname, pg_catalog.pg_get_serial_sequence(%(table)s, a.attname)
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_sequence AS s
    ON s.seqrelid = pg_catalog.pg_get_serial_sequence(%(table)s, a.attname)::pg_catalog.regclass
 WHERE a.attrelid = %(table)s::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped
   AND s.seqincrement > 0
"""


def _catch_up(connection: Connection, staged: StagedRows) -> None:
    """Have a column's sequence give no number that came back with a row.

    Where the role may not, the next insert says so, and is tried again with the next number.
    """
    table = sql.Identifier(staged.schema, staged.name).as_string()
    try:
        with connection.transaction():
            for column, sequence in connection.execute(_SEQUENCES, {"table": table}).fetchall():
                connection.execute(
                    sql.SQL(
                        "SELECT pg_catalog.setval({name}, m.value) FROM (SELECT"
                        " pg_catalog.max({column}) AS value FROM {table}) AS m"
                        " WHERE m.value > (SELECT last_value FROM {sequence})"
                    ).format(
                        name=sql.Literal(sequence),
                        column=sql.Identifier(column),
                        table=sql.Identifier(staged.schema, staged.name),
                        sequence=sql.SQL(sequence),
                    )
                )
    except psycopg.errors.InsufficientPrivilege:
        return
