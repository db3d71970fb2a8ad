"""What a merge did, in the live database itself: a private schema of the operation.

It is written in the merge's own transaction. So whoever comes after a process that died knows what
is there, and an undo takes away exactly that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.restore.merge.default_rights import take_back_on_schema

T = TypeVar("T")

MADE, STAGED, APPLIED = "made", "staged", "applied"
"""Kinds of entries: :class:`Made`, ``StagedRows`` and ``Applied``."""

_MARK = "pgvigil restore "
_JOURNAL = "journal"
# As new_job_id gives ids: by the moment, and four random bytes.
_SCHEMA = re.compile(r"pgvigil_restore_[0-9]{8}t[0-9]{6}z_[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Made:
    """Something that a merge made, and the statement that takes it away.

    Of a table ``oid`` and names are known, and its ``rows`` with their ``content`` hash, made with
    ``seeds``: empty where they were only counted. ``state`` are hashes of what would be dropped
    with an object of this ``kind`` and ``number``, which is ``told`` so; empty: nobody looks.
    """

    drop: str
    schema: str = ""
    name: str = ""
    oid: int = 0
    rows: int = 0
    content: str = ""
    seeds: tuple[int, int] = (0, 0)
    told: str = ""
    kind: str = ""
    number: int = 0
    state: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LeftSchema:
    """A merge's schema that is there, with the operation that its mark names."""

    schema: str
    operation_id: str


def schema_of(operation_id: str) -> str:
    """The name of a merge's schema."""
    return f"pgvigil_restore_{operation_id.lower().replace('-', '_')}"


def is_of_a_merge(schema: str) -> bool:
    """Whether a schema bears the name of one that a merge made: nobody's data."""
    return _SCHEMA.fullmatch(schema) is not None


def create_statements(operation_id: str) -> tuple[sql.Composed, ...]:
    """What makes a merge's schema: only the role that restores can look into it."""
    schema = sql.Identifier(schema_of(operation_id))
    journal = sql.Identifier(schema_of(operation_id), _JOURNAL)
    return (
        sql.SQL("CREATE SCHEMA {}").format(schema),
        sql.SQL("COMMENT ON SCHEMA {} IS {}").format(schema, sql.Literal(_MARK + operation_id)),
        sql.SQL(
            "CREATE TABLE {} (position pg_catalog.int8 GENERATED ALWAYS AS IDENTITY,"
            " written_at pg_catalog.timestamptz DEFAULT pg_catalog.now(),"
            " kind pg_catalog.text NOT NULL, entry pg_catalog.text NOT NULL)"
        ).format(journal),
    )


def begin(connection: Connection, operation_id: str) -> None:
    """Make the schema, marked as the operation's, in one transaction."""
    with connection.transaction():
        for each in create_statements(operation_id):
            connection.execute(each)
        take_back_on_schema(connection, schema_of(operation_id))


def note(connection: Connection, operation_id: str, kind: str, entries: Sequence[object]) -> None:
    """Write down what was made, staged or applied, in the transaction that does it."""
    journal = sql.Identifier(schema_of(operation_id), _JOURNAL)
    statement = sql.SQL("INSERT INTO {} (kind, entry) VALUES (%s, %s)").format(journal)
    for each in entries:
        connection.execute(statement, [kind, msgspec.json.encode(each).decode()])


def noted(connection: Connection, operation_id: str, kind: str, entry: type[T]) -> tuple[T, ...]:
    """What a merge wrote down of a kind, in that order; nothing where it has no journal."""
    if not is_there(connection, operation_id):
        return ()
    journal = sql.Identifier(schema_of(operation_id), _JOURNAL)
    asked = sql.SQL("SELECT entry FROM {} WHERE kind = %s ORDER BY position").format(journal)
    rows = connection.execute(asked, [kind]).fetchall()
    return tuple(msgspec.json.decode(text, type=entry) for (text,) in rows)


def settled(connection: Connection, operation_id: str, kind: str, entry: type[T]) -> tuple[T, ...]:
    """As :func:`noted`, once every transaction that writes to the journal has come to its end.

    Raises:
        psycopg.errors.LockNotAvailable: one did not.
    """
    if not is_there(connection, operation_id):
        return ()
    journal = sql.Identifier(schema_of(operation_id), _JOURNAL)
    with connection.transaction():
        lock = sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE")
        connection.execute(lock.format(journal))
        return noted(connection, operation_id, kind, entry)


def forget(connection: Connection, operation_id: str, kind: str) -> None:
    """Strike out what was written down of a kind."""
    journal = sql.Identifier(schema_of(operation_id), _JOURNAL)
    connection.execute(sql.SQL("DELETE FROM {} WHERE kind = %s").format(journal), [kind])


def is_there(connection: Connection, operation_id: str) -> bool:
    """Whether the operation's schema is there, with its mark."""
    return any(each.operation_id == operation_id for each in left_schemas(connection))


def left_schemas(connection: Connection) -> tuple[LeftSchema, ...]:
    """All schemas of merges in the database that this role may take away."""
    rows = connection.execute(
        "SELECT n.nspname, d.description FROM pg_catalog.pg_namespace AS n"
        " JOIN pg_catalog.pg_description AS d ON d.objoid = n.oid"
        " AND d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass"
        " WHERE pg_catalog.starts_with(d.description, %s)"
        " AND pg_catalog.pg_has_role(n.nspowner, 'USAGE') ORDER BY 1",
        [_MARK],
    ).fetchall()
    found = (LeftSchema(schema, told.removeprefix(_MARK)) for schema, told in rows)
    return tuple(each for each in found if each.schema == schema_of(each.operation_id))


def last_written(connection: Connection, operation_id: str) -> tuple[datetime, timedelta] | None:
    """When the merge wrote last, and how long ago that is by the server's clock.

    ``None`` where it never got so far.
    """
    journal = sql.Identifier(schema_of(operation_id), _JOURNAL)
    asked = sql.SQL(
        "SELECT max(written_at), pg_catalog.now() - pg_catalog.max(written_at) FROM {}"
    ).format(journal)
    ((at, ago),) = connection.execute(asked).fetchall()
    return None if at is None else (at, ago)


def drop(connection: Connection, operation_id: str) -> None:
    """Take the schema away, with all that the merge put into it."""
    schema = sql.Identifier(schema_of(operation_id))
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
