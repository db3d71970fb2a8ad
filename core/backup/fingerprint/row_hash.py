"""The hash of a table's rows as SQL: each row a chain of its values' hashes, all rows a sum.

A row's values are hashed one into the next, each with what came before as its seed, so that values
that change their places between rows change the sum. Types whose hash function tells every two of
their values apart have that one; the others are hashed by their text as pg_dump writes it. Equality
is not enough: 1.0 and 1.00 are equal and hash alike as numbers, and are written otherwise.

The recipe is documented in docs/backup-dump.md, whose number is ``RECIPE``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

RECIPE = 1
"""The number of this recipe: contents hashed by another one can't be compared."""

LONGEST_CHAIN = 100
"""So many columns have a hash of their own; the server's parser limits how deep a chain may be."""


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column whose values are stored; ``type`` as the server formats it, search_path empty."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class _Hash:
    """How values of a type are hashed.

    ``link`` is the hash of ``value`` with the seed ``before``, ``zero`` the value that NULL is
    hashed as, ``kept`` what the sub-select makes of a column.
    """

    link: sql.SQL
    zero: sql.SQL
    kept: sql.SQL


_AS_IT_IS = sql.SQL("{column}")
_ZERO = sql.SQL("'0'")
_TEXT = sql.SQL('pg_catalog.hashtextextended({value} COLLATE pg_catalog."C", {before})')
# Appending makes a copy out of TOAST, once for both hashes.
_CHARACTERS = _Hash(_TEXT, sql.SQL("''"), sql.SQL("{column} || ''"))

# Many a hash function is none of these because it takes different values for equal: those of
# numeric, float, jsonb and citext go by equality, those of times fold 64 bits into 32, and that of
# an enum hashes its oid.
_EXACT = {
    "smallint": _Hash(sql.SQL("pg_catalog.hashint2extended({value}, {before})"), _ZERO, _AS_IT_IS),
    "integer": _Hash(sql.SQL("pg_catalog.hashint4extended({value}, {before})"), _ZERO, _AS_IT_IS),
    # Its function folds too: with the upper half hashed before, the lower one can be told.
    "bigint": _Hash(
        sql.SQL(
            "pg_catalog.hashint8extended({value},"
            " pg_catalog.hashint4extended(({value} >> 32)::pg_catalog.int4, {before}))"
        ),
        _ZERO,
        _AS_IT_IS,
    ),
    "oid": _Hash(sql.SQL("pg_catalog.hashoidextended({value}, {before})"), _ZERO, _AS_IT_IS),
    "boolean": _Hash(
        sql.SQL("pg_catalog.hashint4extended({value}::pg_catalog.int4, {before})"),
        sql.SQL("'f'"),
        _AS_IT_IS,
    ),
    "uuid": _Hash(
        sql.SQL("pg_catalog.uuid_hash_extended({value}, {before})"),
        sql.SQL("'00000000-0000-0000-0000-000000000000'"),
        _AS_IT_IS,
    ),
    "text": _CHARACTERS,
    "character varying": _CHARACTERS,
    "character varying(n)": _CHARACTERS,
    # Only with a length, which tells the trailing spaces that its function leaves out.
    "character(n)": _Hash(
        sql.SQL('pg_catalog.hashbpcharextended({value} COLLATE pg_catalog."C", {before})'),
        sql.SQL("''"),
        _AS_IT_IS,
    ),
}
# concat calls the type's output function, as COPY does; a cast to text need not. IS NULL would be
# true of a composite value whose fields are all NULL.
_WRITTEN = _Hash(
    _TEXT,
    sql.SQL("''"),
    sql.SQL("CASE WHEN {column} IS DISTINCT FROM NULL THEN pg_catalog.concat({column}) END"),
)

_LENGTH = re.compile(r"\(\d+\)$")


def hashed_rows(
    table: sql.Identifier,
    columns: Sequence[StoredColumn],
    seeds: tuple[int, int],
    condition: sql.Composable,
) -> sql.Composed:
    """The query for the number of rows and the sums of both hashes, of ``table`` alone.

    ``columns`` in the order in which they are hashed; ``condition`` is a WHERE clause, or empty.
    """
    values = [_value(column) for column in columns[:LONGEST_CHAIN]]
    if rest := columns[LONGEST_CHAIN:]:
        values.append(_rest(rest))
    kept = [
        sql.SQL("{} AS {}").format(value, sql.Identifier(f"v{number}"))
        for number, (value, _) in enumerate(values)
    ]
    first, second = (_chain(seed, [link for _, link in values]) for seed in seeds)
    # OFFSET keeps the sub-select apart, so that a value's text is made once for both hashes. It is
    # quoted, because a number would be cast, and a cast keeps parallel workers from it.
    return sql.SQL(
        "SELECT /* pgvigil fingerprint */ pg_catalog.count(*),"
        " pg_catalog.sum({first}), pg_catalog.sum({second})"
        " FROM (SELECT {kept} FROM ONLY {table} {condition} OFFSET '0') AS r"
    ).format(
        first=first,
        second=second,
        kept=sql.SQL(", ").join(kept),
        table=table,
        condition=condition,
    )


def _value(column: StoredColumn) -> tuple[sql.Composable, _Hash]:
    hashed = _EXACT.get(_LENGTH.sub("(n)", column.type), _WRITTEN)
    return hashed.kept.format(column=sql.Identifier(column.name)), hashed


def _rest(columns: Sequence[StoredColumn]) -> tuple[sql.Composable, _Hash]:
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    return sql.SQL("ROW({})::pg_catalog.text").format(names), _WRITTEN


def _chain(seed: int, links: Sequence[_Hash]) -> sql.Composable:
    """The hash of a row's values; a NULL changes the seed that its place is hashed with."""
    chained: sql.Composable = sql.SQL("{}::pg_catalog.int8").format(sql.Literal(seed))
    for number, hashed in enumerate(links):
        kept = sql.Identifier(f"v{number}")
        before = sql.SQL(
            "{} # CASE WHEN {} IS NULL THEN 1::pg_catalog.int8 ELSE 0::pg_catalog.int8 END"
        ).format(chained, kept)
        value = sql.SQL("coalesce({}, {})").format(kept, hashed.zero)
        chained = hashed.link.format(value=value, before=before)
    return chained
