"""The tables whose rows a dump holds, as pg_dump chooses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.backup.dump.endpoint import Connection
from core.backup.dump.patterns import schema_regex, table_regexes
from core.model.backup import Selection, TableName


@dataclass(frozen=True, slots=True)
class DumpedTable:
    """One table or partition with rows of its own.

    ``readable`` says whether the role may read it, ``row_security`` whether policies would hide
    rows from it. ``condition`` is what chooses the rows of an extension's table that belong into a
    dump, else empty; ``of_extension`` such a table. ``bytes`` is without indexes.
    """

    oid: int
    table: TableName
    bytes: int
    readable: bool
    row_security: bool
    unlogged: bool
    of_extension: bool
    condition: str


# Where tables are chosen, pg_dump does not look at the schemas that are chosen or excluded. It
# leaves out what belongs to an extension, except tables that the extension says hold its user's
# configuration. Foreign tables' rows are elsewhere; a materialized view's are made again.
_TABLES = """
SELECT c.oid::pg_catalog.int8, n.nspname, c.relname,
       coalesce(pg_catalog.pg_table_size(c.oid), 0),
       pg_catalog.has_schema_privilege(n.oid, 'USAGE')
         AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
       pg_catalog.row_security_active(c.oid),
       c.relpersistence = 'u', e.extname IS NOT NULL, coalesce(e.condition, '')
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
       AND d.objsubid = 0 AND d.deptype = 'e'
  LEFT JOIN LATERAL (
       SELECT x.extname, config.condition
         FROM pg_catalog.pg_extension AS x,
              ROWS FROM (pg_catalog.unnest(x.extconfig), pg_catalog.unnest(x.extcondition))
                AS config (oid, condition)
        WHERE x.oid = d.refobjid AND config.oid = c.oid) AS e ON true
 WHERE c.relkind = 'r' AND c.relpersistence <> 't'
   AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   AND (d.objid IS NULL OR e.extname IS NOT NULL)
   AND CASE WHEN %(any_table)s THEN
         (%(chosen_schemas)s::pg_catalog.text[] = '{}' OR n.nspname ~ ANY (%(chosen_schemas)s))
         AND NOT n.nspname ~ ANY (%(excluded_schemas)s::pg_catalog.text[])
       ELSE EXISTS (
        SELECT FROM ROWS FROM (pg_catalog.unnest(%(chosen_in)s::pg_catalog.text[]),
                               pg_catalog.unnest(%(chosen)s::pg_catalog.text[])) AS p (s, t)
         WHERE n.nspname ~ p.s AND c.relname ~ p.t) END
   AND NOT EXISTS (
        SELECT FROM ROWS FROM (pg_catalog.unnest(%(excluded_in)s::pg_catalog.text[]),
                               pg_catalog.unnest(%(excluded)s::pg_catalog.text[])) AS p (s, t)
         WHERE n.nspname ~ p.s AND c.relname ~ p.t)
 ORDER BY 4 DESC, 1
"""


def dumped_tables(connection: Connection, selection: Selection) -> list[DumpedTable]:
    """The tables with rows of their own that a dump of ``selection`` holds, biggest first."""
    chosen = [table_regexes(pattern) for pattern in selection.tables]
    excluded = [table_regexes(pattern) for pattern in selection.excluded_tables]
    parameters: dict[str, Any] = {
        "chosen_schemas": [schema_regex(pattern) for pattern in selection.schemas],
        "excluded_schemas": [schema_regex(pattern) for pattern in selection.excluded_schemas],
        "any_table": not chosen,
        "chosen_in": [schema for schema, _ in chosen],
        "chosen": [name for _, name in chosen],
        "excluded_in": [schema for schema, _ in excluded],
        "excluded": [name for _, name in excluded],
    }
    rows = connection.execute(_TABLES, parameters).fetchall()
    return [DumpedTable(oid, TableName(schema, name), *rest) for oid, schema, name, *rest in rows]
