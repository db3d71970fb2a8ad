"""Rows that a superuser merges, written with no more rights than those of the table's owner.

What fires when rows are written runs with the rights of whoever writes them: a superuser would lend
theirs to everybody who may give the table a trigger. SET ROLE would not do, for a function may
RESET it; within a function that is SECURITY DEFINER the server lets nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from psycopg import sql

from core.restore.merge.existing import Name
from core.restore.merge.statement import Statement, Write, at_once

_WRITE = "pgvigil_write"
# What a trigger left for the end of the transaction would run with our rights before PostgreSQL 18.
_SETTLE = sql.SQL("SET CONSTRAINTS ALL IMMEDIATE")


def written(writes: Sequence[Write], owners: Mapping[Name, str]) -> Iterator[Statement]:
    """The statements that do it; ``owners`` are of the tables to write as theirs.

    What the same role writes is one statement, as long as another one's is not between them.
    """
    wanted = [each for each in writes if each.count]
    groups = [
        (owner, list(group))
        for owner, group in groupby(wanted, lambda each: owners.get(each.table, ""))
    ]
    for owner, group in groups:
        if owner:
            yield from _as_owner(group, owner)
            continue
        yield Statement(at_once(group), tuple(each.must_be for each in group))
        if len(groups) > 1:
            yield Statement(sql.Composed([_SETTLE]))


def _as_owner(writes: Sequence[Write], owner: str) -> Iterator[Statement]:
    """As a function of the owner's; what it reads is theirs to read as long as that takes."""
    staging = writes[0].rows.staged.staging
    names = sorted({name for each in writes for name in each.reads})
    tables = sql.SQL(", ").join(sql.Identifier(staging, name) for name in names)
    parts = {"schema": sql.Identifier(staging), "tables": tables, "owner": sql.Identifier(owner)}
    yield Statement(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {owner}").format(**parts))
    yield Statement(sql.SQL("GRANT SELECT ON {tables} TO {owner}").format(**parts))
    *made, called, gone = _call(staging, owner, at_once(writes))
    yield from made
    yield Statement(called.sql, tuple(each.must_be for each in writes))
    yield gone
    none = sql.SQL("{}; SELECT ARRAY[]::pg_catalog.int8[]").format(_SETTLE)
    yield from _call(staging, owner, none)
    yield Statement(sql.SQL("REVOKE SELECT ON {tables} FROM {owner}").format(**parts))
    yield Statement(sql.SQL("REVOKE USAGE ON SCHEMA {schema} FROM {owner}").format(**parts))


def _call(staging: str, owner: str, body: sql.Composed) -> Iterator[Statement]:
    """Make a function of the owner's, call it, and take it away."""
    parts = {
        "name": sql.Identifier(staging, _WRITE),
        "owner": sql.Identifier(owner),
        "body": sql.Literal(body.as_string()),
    }
    yield Statement(
        sql.SQL(
            "CREATE FUNCTION {name}() RETURNS pg_catalog.int8[] LANGUAGE sql SECURITY DEFINER AS"
            " {body}"
        ).format(**parts)
    )
    yield Statement(sql.SQL("ALTER FUNCTION {name}() OWNER TO {owner}").format(**parts))
    yield Statement(sql.SQL("SELECT {name}()").format(**parts))
    yield Statement(sql.SQL("DROP FUNCTION {name}()").format(**parts))
