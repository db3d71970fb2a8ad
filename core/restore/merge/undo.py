"""Undoing a merge: exactly what it made goes, as long as it is what the merge made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg import sql

from core.backup.dump.endpoint import Connection, Endpoint
from core.errors import RestoreError
from core.model.restore_operation import RestoreOperation
from core.restore.merge import journal
from core.restore.merge.apply import Applied
from core.restore.merge.content import content_of
from core.restore.merge.journal import Made, schema_of
from core.restore.merge.made_state import changes_since
from core.restore.merge.session import merging, one_transaction
from core.restore.merge.undo_rows import require_unchanged, row_statements, staged_for, undo_rows

_THERE = """
SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = %s
"""


def planned_undo(operation: RestoreOperation, endpoint: Endpoint) -> tuple[str, tuple[str, ...]]:
    """What an undo would do now in words, and what it would execute, in one transaction.

    Raises:
        RestoreError: there is nothing of it, or what is there is not what it made any more.
        ConnectError: the server can't be reached.
    """
    with merging(endpoint.with_database(operation.target_database)) as connection:
        if staged_by := staged_for(connection, operation.operation_id):
            require_unchanged(operation, connection, staged_by)
            rows = row_statements(connection, staged_by)
            what = f"rows of {operation.target_database} are set back as they were before the merge"
            return what, tuple(each.sql.as_string() for each in rows)
        statements = _statements(operation, connection)
        tables = _tables(journal.noted(connection, operation.operation_id, journal.MADE, Made))
    where = operation.target_database
    return f"in {where}, {tables or 'what was staged'} goes again, nothing else", statements


def undo_merge(operation: RestoreOperation, endpoint: Endpoint) -> str:
    """Do it, with the tables locked and looked at again; a sentence of what was done.

    Raises: as :func:`planned_undo`.
    """
    with merging(endpoint.with_database(operation.target_database)) as connection:
        if staged_by := staged_for(connection, operation.operation_id):
            return undo_rows(operation, connection, staged_by)
        return _undone(operation, connection)


def _statements(operation: RestoreOperation, connection: Connection) -> tuple[str, ...]:
    made = _made(operation, connection)
    merged = journal.noted(connection, operation.operation_id, journal.APPLIED, Applied)
    if merged:
        raise _refused(
            operation,
            f"what it staged was merged by {merged[0].operation_id}, whose undo needs it",
            f"undo that one first: pgvigil restore undo {merged[0].operation_id}",
        )
    if changed := tuple(_changed(connection, made)):
        raise _refused(
            operation,
            "; ".join(changed),
            f"if it is to go all the same: {'; '.join(_drops(made))}",
        )
    return (*_drops(made), f'DROP SCHEMA "{schema_of(operation.operation_id)}" CASCADE')


def _undone(operation: RestoreOperation, connection: Connection) -> str:
    made = _made(operation, connection)
    with one_transaction(connection):
        for each in made:
            if each.oid:
                lock = sql.SQL("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE")
                connection.execute(lock.format(sql.Identifier(each.schema, each.name)))
        for statement in _statements(operation, connection):
            connection.execute(statement.encode())
    tables = _tables(made)
    where = f"database {operation.target_database} on {operation.target_server}"
    return f"{tables or 'what was staged'} in {where} is gone again"


def _tables(made: Sequence[Made]) -> str:
    return ", ".join(f"{each.schema}.{each.name}" for each in made if each.oid)


def _made(operation: RestoreOperation, connection: Connection) -> tuple[Made, ...]:
    if not journal.is_there(connection, operation.operation_id):
        raise _refused(
            operation,
            "its journal is not in the database any more: the time in which it could be undone is"
            " over, or it never got so far",
            "",
        )
    return journal.noted(connection, operation.operation_id, journal.MADE, Made)


def _drops(made: Sequence[Made]) -> tuple[str, ...]:
    return tuple(each.drop for each in reversed(made) if each.drop)


def _changed(connection: Connection, made: Sequence[Made]) -> Iterator[str]:
    for each in made:
        if not each.oid:
            yield from changes_since(connection, each)
            continue
        row = connection.execute(_THERE, [each.oid]).fetchone()
        told = f"table {each.schema}.{each.name}"
        if row is None:
            yield f"{told} is not there any more"
        elif (row[0], row[1]) != (each.schema, each.name):
            yield f"{told} is called {row[0]}.{row[1]} now"
        else:
            place = sql.Identifier(each.schema, each.name)
            now = content_of(connection, each.oid, place, each.seeds)
            if now.rows != each.rows:
                yield f"{told} has {now.rows} rows now, and came back with {each.rows}"
            elif each.content and now.hash != each.content:
                yield f"rows of {told} were changed since it came back"
            yield from changes_since(connection, each)


def _refused(operation: RestoreOperation, why: str, remedy: str) -> RestoreError:
    return RestoreError(f"Restore {operation.operation_id} can't be undone", why=why, remedy=remedy)
