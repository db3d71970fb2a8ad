"""Foreign keys of others by which writing to a table takes or changes rows of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from core.restore.merge.rows_diff import Rows
from core.restore.target.state import Connection

# To the table itself, to what it is a partition of, and to its partitions.
_REFERRING = """
SELECT pg_catalog.format('%%s of %%s', k.conname, k.conrelid::pg_catalog.regclass),
       n.nspname, c.relname, c.relkind = 'p',
       k.confdeltype IN ('c', 'n', 'd'), k.confupdtype IN ('c', 'n', 'd'),
       ARRAY (SELECT ARRAY [h.attname::pg_catalog.text, t.attname::pg_catalog.text,
                            p.nspname::pg_catalog.text, o.oprname::pg_catalog.text]
                FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey),
                                pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY
                     AS pair (here, there, operator, place)
                JOIN pg_catalog.pg_attribute AS h
                  ON h.attrelid = k.conrelid AND h.attnum = pair.here
                JOIN pg_catalog.pg_attribute AS t
                  ON t.attrelid = k.confrelid AND t.attnum = pair.there
                JOIN pg_catalog.pg_operator AS o ON o.oid = pair.operator
                JOIN pg_catalog.pg_namespace AS p ON p.oid = o.oprnamespace
               ORDER BY pair.place)
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE k.contype = 'f' AND k.conparentid = 0
   AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
   AND (k.confrelid = %(table)s
        OR k.confrelid IN (SELECT relid FROM pg_catalog.pg_partition_ancestors(%(table)s))
        OR k.confrelid IN (SELECT relid FROM pg_catalog.pg_partition_tree(%(table)s)))
 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """A column that refers to another, and the operator by which the other's value is equal."""

    here: str
    there: str
    operator_schema: str
    operator: str


@dataclass(frozen=True, slots=True)
class Referring:
    """A foreign key of the table ``schema``.``name`` that does something to its rows.

    ``on_delete`` and ``on_update`` are whether it takes or changes rows when those that they refer
    to are deleted, or get another value in the columns ``pairs`` tell.
    """

    told: str
    schema: str
    name: str
    is_partitioned: bool
    on_delete: bool
    on_update: bool
    pairs: tuple[ColumnPair, ...]

    def follows(self, columns: Sequence[str]) -> bool:
        """Whether an update of these columns changes rows that refer to them."""
        return self.on_update and any(each.there in columns for each in self.pairs)


def read_referring(connection: Connection, table: int) -> tuple[Referring, ...]:
    """The foreign keys to a table that take or change rows; the session's search_path is empty.

    Raises:
        psycopg.Error: the server refused.
    """
    found = []
    for row in connection.execute(_REFERRING, {"table": table}).fetchall():
        told, schema, name, is_partitioned, on_delete, on_update, pairs = row
        columns = tuple(ColumnPair(*each) for each in pairs)
        found.append(Referring(told, schema, name, is_partitioned, on_delete, on_update, columns))
    return tuple(found)


def lock(key: Referring) -> sql.Composed:
    """What keeps others from writing rows that refer."""
    return sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(
        sql.Identifier(key.schema, key.name)
    )


def rows_referring(
    key: Referring, to: Rows, what: str, staged: Sequence[Rows], *, is_updated: bool
) -> sql.Composed:
    """The rows that refer by ``key`` to those that ``to`` has kept as ``what``, as they are now.

    Those that came back themselves with one of the ``staged`` tables are left out: they go, too.
    So are those that refer to them since the merge set them back, where rows were (``is_updated``).
    """
    name = key.schema, key.name
    own = [each for each in staged if (each.staged.schema, each.staged.name) == name]
    return sql.SQL(
        "SELECT FROM {here} AS r WHERE EXISTS (SELECT FROM {live} AS l, {saved} AS c"
        " WHERE {kept} AND {pairs})"
    ).format(
        here=_still_there(own[0], key, is_updated=is_updated) if own else _whole(key),
        live=to.live_rows,
        saved=to.saved(what),
        kept=_same(to, "l", "c"),
        pairs=sql.SQL(" AND ").join(
            sql.SQL("{} OPERATOR({}.{}) {}").format(
                sql.Identifier("l", each.there),
                sql.Identifier(each.operator_schema),
                sql.SQL(each.operator),
                sql.Identifier("r", each.here),
            )
            for each in key.pairs
        ),
    )


def _whole(key: Referring) -> sql.Composed:
    # What inherits from a table has not its foreign keys.
    only = sql.SQL("" if key.is_partitioned else "ONLY ")
    return sql.SQL("{}{}").format(only, sql.Identifier(key.schema, key.name))


def _still_there(rows: Rows, key: Referring, *, is_updated: bool) -> sql.Composed:
    """A staged table's rows without those that came back: of equal ones without a key as many."""
    if rows.staged.key:
        return sql.SQL(
            "(SELECT a.* FROM {} AS a WHERE NOT EXISTS (SELECT FROM {} AS m WHERE {}){})"
        ).format(
            rows.live_rows,
            rows.saved("missing"),
            rows.same_key("a", "m"),
            _referred_before(rows, key) if is_updated else sql.SQL(""),
        )
    return sql.SQL(
        "(SELECT b.* FROM (SELECT a.*, {one} AS pgvigil_written, pg_catalog.row_number() OVER"
        " (PARTITION BY {one}) AS pgvigil_nth FROM {live} AS a) AS b LEFT JOIN (SELECT {two} AS"
        " pgvigil_written, pg_catalog.count(*) AS pgvigil_count FROM {saved} AS m GROUP BY 1) AS o"
        " ON o.pgvigil_written = b.pgvigil_written"
        " WHERE b.pgvigil_nth > coalesce(o.pgvigil_count, 0))"
    ).format(
        one=rows.written("a"),
        two=rows.written("m"),
        live=rows.live_rows,
        saved=rows.saved("missing"),
    )


def _referred_before(rows: Rows, key: Referring) -> sql.Composable:
    """That a row will refer to the same after an undo of the merge, which sets it back."""
    columns = [each.here for each in key.pairs]
    if not (rows.can_update and set(columns) <= set(rows.staged.updated)):
        return sql.SQL("")
    return sql.SQL(
        " AND NOT EXISTS (SELECT FROM {} AS w WHERE {} AND"
        " ROW({})::pg_catalog.text <> ROW({})::pg_catalog.text)"
    ).format(
        rows.saved("changed"),
        rows.same_key("a", "w"),
        rows.columns("a", columns),
        rows.columns("w", columns),
    )


def _same(rows: Rows, live: str, kept: str) -> sql.Composed:
    if rows.staged.key:
        return rows.same_key(live, kept)
    return sql.SQL("{} = {}").format(rows.written(live), rows.written(kept))
