"""Rows that a superuser merges, written with no more rights than those of the table's owner.

What fires when rows are written runs with the rights of whoever writes them: a superuser would lend
theirs to everybody who may give the table a trigger. SET ROLE would not do, for a function may
RESET it; within a function that is SECURITY DEFINER the server lets nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from psycopg import sql

from core.restore.merge.existing import Name
from core.restore.merge.rows_diff import Rows
from core.restore.merge.statement import Statement

_WRITE = "pgvigil_write"
# What a trigger left for the end of the transaction would run with our rights before PostgreSQL 18.
_SETTLE = sql.SQL("SET CONSTRAINTS ALL IMMEDIATE")


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that writes to a live table, and how many rows; ``None``: it is not asked.

    It ends where RETURNING may follow. ``reads`` are tables of the merge's schema.
    """

    rows: Rows
    sql: sql.Composed
    reads: tuple[str, ...]
    count: int | None = None

    @property
    def table(self) -> Name:
        """The live table."""
        return self.rows.staged.schema, self.rows.staged.name


def written(writes: Sequence[Write], owners: Mapping[Name, str]) -> Iterator[Statement]:
    """The statements that do it, in that order; ``owners`` are of the tables to write as theirs."""
    if not any(owners.get(each.table) for each in writes):
        yield from (Statement(each.sql, each.count) for each in writes)
        return
    for owner, group in groupby(writes, lambda each: owners.get(each.table, "")):
        if owner:
            yield from _as_owner(list(group), owner)
        else:
            yield from (Statement(each.sql, each.count) for each in group)
            yield Statement(sql.Composed([_SETTLE]))


def _as_owner(writes: Sequence[Write], owner: str) -> Iterator[Statement]:
    """Each as a function of the owner's; what they read is theirs to read as long as that takes."""
    staging = writes[0].rows.staged.staging
    names = sorted({name for each in writes for name in each.reads})
    tables = sql.SQL(", ").join(sql.Identifier(staging, name) for name in names)
    parts = {"schema": sql.Identifier(staging), "tables": tables, "owner": sql.Identifier(owner)}
    yield Statement(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {owner}").format(**parts))
    yield Statement(sql.SQL("GRANT SELECT ON {tables} TO {owner}").format(**parts))
    for each in writes:
        body = sql.SQL("WITH done AS ({} RETURNING 1) SELECT pg_catalog.count(*) FROM done").format(
            each.sql
        )
        yield from _call(staging, owner, body, each.count)
    settled = sql.SQL("{}; SELECT 0::pg_catalog.int8").format(_SETTLE)
    yield from _call(staging, owner, settled, None)
    yield Statement(sql.SQL("REVOKE SELECT ON {tables} FROM {owner}").format(**parts))
    yield Statement(sql.SQL("REVOKE USAGE ON SCHEMA {schema} FROM {owner}").format(**parts))


def _call(staging: str, owner: str, body: sql.Composed, count: int | None) -> Iterator[Statement]:
    parts = {
        "name": sql.Identifier(staging, _WRITE),
        "owner": sql.Identifier(owner),
        "body": sql.Literal(body.as_string()),
    }
    yield Statement(
        sql.SQL(
            "CREATE FUNCTION {name}() RETURNS pg_catalog.int8 LANGUAGE sql SECURITY DEFINER AS"
            " {body}"
        ).format(**parts)
    )
    yield Statement(sql.SQL("ALTER FUNCTION {name}() OWNER TO {owner}").format(**parts))
    yield Statement(sql.SQL("SELECT {name}()").format(**parts), count)
    yield Statement(sql.SQL("DROP FUNCTION {name}()").format(**parts))
