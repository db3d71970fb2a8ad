"""Foreign keys of tables that came back: made NOT VALID with them, and validated afterwards.

A violation keeps no table away: it is told with its rows' count, and how to look at them.
"""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import errors, sql

from core.backup.dump.endpoint import Connection
from core.restore.archive.choice import ForeignKey

_NOT_VALID = " NOT VALID"

_KEY = """
SELECT a.attname, f.attname, o.oprname, p.nspname
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey),
                               pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY
              AS pair (here, there, operator, place)
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = pair.here
  JOIN pg_catalog.pg_attribute AS f ON f.attrelid = k.confrelid AND f.attnum = pair.there
  JOIN pg_catalog.pg_operator AS o ON o.oid = pair.operator
  JOIN pg_catalog.pg_namespace AS p ON p.oid = o.oprnamespace
 WHERE n.nspname = %s AND c.relname = %s AND k.conname = %s AND k.contype = 'f'
 ORDER BY pair.place
"""


class KeyNames:
    """A foreign key's names as text; ``codec`` is that of the archive's encoding."""

    def __init__(self, key: ForeignKey, codec: str) -> None:
        def text(value: bytes | None) -> str:
            return (value or b"").decode(codec, "replace")

        self.schema, self.table = text(key.table.namespace), text(key.table.tag)
        self.name = text(key.entry.tag)[len(self.table) + 1 :]
        self.referenced = (text(key.referenced.namespace), text(key.referenced.tag))
        self.told = f"foreign key {self.name} of {self.schema}.{self.table}"
        self.statement = text(key.entry.definition).strip().removesuffix(";")
        self.drop = text(key.entry.drop_statement).strip().removesuffix(";")


def add(connection: Connection, key: KeyNames) -> str:
    """Make a foreign key in the transaction that is open; gives what went wrong, or nothing.

    Raises:
        LockNotAvailable: somebody holds one of its tables.
        psycopg.OperationalError: the connection was lost.
    """
    unchecked = key.statement
    if not unchecked.endswith(_NOT_VALID):
        unchecked += _NOT_VALID
    try:
        with connection.transaction():
            connection.execute(unchecked.encode())
    except errors.WrongObjectType:
        # Before PostgreSQL 18 one of a partitioned table is checked at once, or not there.
        return _add_checked(connection, key)
    except (errors.LockNotAvailable, psycopg.OperationalError):
        raise
    except psycopg.Error as error:
        return f"{key.told} could not be made: {_first_line(error)}"
    return ""


def _add_checked(connection: Connection, key: KeyNames) -> str:
    try:
        with connection.transaction():
            connection.execute(key.statement.encode())
    except (errors.LockNotAvailable, psycopg.OperationalError):
        raise
    except psycopg.Error as error:
        return (
            f"{key.told} could not be made: {_first_line(error)}; mend the rows, then:"
            f" {' '.join(key.statement.split())}"
        )
    return ""


def validate(connection: Connection, key: KeyNames) -> str:
    """Check all rows against a foreign key; gives what is wrong with them, or nothing.

    One that the backup had NOT VALID stays so.
    """
    if key.statement.endswith(_NOT_VALID):
        return ""
    statement = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(
        sql.Identifier(key.schema, key.table), sql.Identifier(key.name)
    )
    try:
        connection.execute(statement)
    except errors.ForeignKeyViolation as error:
        with suppress(psycopg.Error):
            return _violated(connection, key, statement)
        return _not_validated(key, error, statement)
    except psycopg.Error as error:
        return _not_validated(key, error, statement)
    return ""


def _not_validated(key: KeyNames, error: psycopg.Error, statement: sql.Composed) -> str:
    return f"{key.told} is not validated: {_first_line(error)}; then: {statement.as_string()}"


def _violated(connection: Connection, key: KeyNames, validating: sql.Composed) -> str:
    columns = connection.execute(_KEY, [key.schema, key.table, key.name]).fetchall()
    there = sql.SQL(" AND ").join(
        sql.SQL("l.{} IS NOT NULL").format(sql.Identifier(here)) for here, *_ in columns
    )
    same = sql.SQL(" AND ").join(
        sql.SQL("r.{} OPERATOR({}.{}) l.{}").format(
            sql.Identifier(referenced),
            sql.Identifier(schema),
            sql.SQL(operator),
            sql.Identifier(here),
        )
        for here, referenced, operator, schema in columns
    )
    rows = sql.SQL("FROM {} AS l WHERE {} AND NOT EXISTS (SELECT FROM {} AS r WHERE {})").format(
        sql.Identifier(key.schema, key.table), there, sql.Identifier(*key.referenced), same
    )
    counted = connection.execute(sql.SQL("SELECT pg_catalog.count(*) ") + rows).fetchall()[0][0]
    look = (sql.SQL("SELECT l.* ") + rows).as_string()
    return (
        f"{key.told}: {counted} rows refer to what is not in {'.'.join(key.referenced)}; it stays"
        f" NOT VALID; look: {look}; when they are mended: {validating.as_string()}"
    )


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
