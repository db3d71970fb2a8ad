"""A table that is there, as it is now: what its rows are compared by, what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.restore.merge.columns import LiveColumn
from core.restore.merge.referring import Referring, read_referring
from core.restore.merge.rows_diff import KeyPart
from core.restore.target.state import Connection

Name = tuple[str, str]
"""A schema, and a name in it."""

_TABLE = """
SELECT c.oid::pg_catalog.int8, c.relkind::pg_catalog.text, pg_catalog.row_security_active(c.oid),
       pg_catalog.has_table_privilege(c.oid, 'SELECT'),
       pg_catalog.has_table_privilege(w.role, c.oid, 'INSERT') AND w.may_look_into_schema,
       pg_catalog.has_table_privilege(w.role, c.oid, 'UPDATE') AND w.may_look_into_schema,
       pg_catalog.has_table_privilege(w.role, c.oid, 'DELETE') AND w.may_look_into_schema,
       pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE'),
       f.triggers,
       CASE WHEN w.role <> me.oid THEN o.rolname ELSE '' END,
       w.role <> me.oid AND b.binds_owner,
       CASE WHEN me.rolsuper AND NOT o.rolsuper AND NOT b.binds_owner
             AND pg_catalog.has_schema_privilege(o.oid, n.oid, 'USAGE')
             AND pg_catalog.has_table_privilege(o.oid, c.oid, 'INSERT')
             AND pg_catalog.has_table_privilege(o.oid, c.oid, 'UPDATE')
             AND pg_catalog.has_table_privilege(o.oid, c.oid, 'DELETE')
            THEN o.rolname ELSE '' END,
       ARRAY (SELECT r.rulename::pg_catalog.text FROM pg_catalog.pg_rewrite AS r
               WHERE r.ev_class = c.oid AND r.ev_type IN ('2', '3', '4')
                 AND r.ev_enabled IN ('O', 'A') ORDER BY 1)
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner
  JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user
 CROSS JOIN LATERAL (
         SELECT ARRAY (SELECT DISTINCT t.tgname::pg_catalog.text FROM pg_catalog.pg_trigger AS t
                        WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
                          AND (t.tgrelid = c.oid OR t.tgrelid IN (
                                 SELECT relid FROM pg_catalog.pg_partition_tree(c.oid)))
                        ORDER BY 1)) AS f (triggers)
 CROSS JOIN LATERAL (
         SELECT CASE WHEN me.rolsuper AND NOT o.rolsuper AND pg_catalog.cardinality(f.triggers) > 0
                     THEN o.oid ELSE me.oid END) AS who (role)
 CROSS JOIN LATERAL (
         SELECT who.role, pg_catalog.has_schema_privilege(who.role, n.oid, 'USAGE')
       ) AS w (role, may_look_into_schema)
 CROSS JOIN LATERAL (
         SELECT c.relrowsecurity AND c.relforcerowsecurity AND NOT o.rolbypassrls
       ) AS b (binds_owner)
 WHERE n.nspname = %s AND c.relname = %s
"""

_COLUMNS = """
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef,
       a.attgenerated::pg_catalog.text, a.attidentity::pg_catalog.text
  FROM pg_catalog.pg_attribute AS a
 WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""

# The operator by which the primary key's own index takes two values for equal. A key WITHOUT
# OVERLAPS has none such: its index asks whether ranges overlap, and is no B-tree.
_KEY = """
SELECT a.attname, n.nspname, o.oprname
  FROM pg_catalog.pg_index AS i
 CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey), pg_catalog.unnest(i.indclass))
              WITH ORDINALITY AS part (attnum, opclass, place)
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = part.attnum
  JOIN pg_catalog.pg_opclass AS c ON c.oid = part.opclass
  JOIN pg_catalog.pg_am AS x ON x.oid = c.opcmethod AND x.amname = 'btree'
  JOIN pg_catalog.pg_amop AS m ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3
       AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
  JOIN pg_catalog.pg_operator AS o ON o.oid = m.amopopr
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
 WHERE i.indrelid = %s AND i.indisprimary AND part.place <= i.indnkeyatts ORDER BY part.place
"""

# Whose foreign key refers to whom, among these.
_REFERENCES = """
SELECT k.conrelid::pg_catalog.int8, k.confrelid::pg_catalog.int8
  FROM pg_catalog.pg_constraint AS k
 WHERE k.contype = 'f' AND k.conrelid = ANY (%s) AND k.confrelid = ANY (%s)
   AND k.conrelid <> k.confrelid
"""


@dataclass(frozen=True, slots=True)
class TableThere:
    """A table as it is now.

    ``triggers`` fire when rows are written: what a superuser merges is written as the table's owner
    ``writes_as`` then, whom row security may bind; where that is empty the role itself writes, or
    the owner ``may_write_as``, if other tables are theirs. ``rules`` write something else instead.
    ``referring`` take or change rows of others then, and ``references`` are the chosen tables that
    its own foreign keys refer to. Without a ``key`` there is none by which two rows are the same.
    """

    kind: str
    columns: tuple[LiveColumn, ...]
    key: tuple[KeyPart, ...]
    hides_rows: bool
    may_read: bool
    may_insert: bool
    may_update: bool
    may_delete: bool
    may_lock: bool
    triggers: tuple[str, ...]
    writes_as: str
    binds_owner: bool
    may_write_as: str
    rules: tuple[str, ...]
    referring: tuple[Referring, ...]
    references: tuple[Name, ...] = ()


def read_tables(connection: Connection, names: Sequence[Name]) -> Mapping[Name, TableThere]:
    """Those of the tables that are there; the session's search_path is empty.

    Raises:
        psycopg.Error: the server refused.
    """
    rows = {
        name: row for name in names if (row := connection.execute(_TABLE, list(name)).fetchone())
    }
    by_oid = {int(row[0]): name for name, row in rows.items()}
    references = connection.execute(_REFERENCES, [list(by_oid), list(by_oid)]).fetchall()
    return {
        name: TableThere(
            kind=row[1],
            columns=tuple(
                LiveColumn(*each) for each in connection.execute(_COLUMNS, [row[0]]).fetchall()
            ),
            key=tuple(KeyPart(*each) for each in connection.execute(_KEY, [row[0]]).fetchall()),
            hides_rows=row[2],
            may_read=row[3],
            may_insert=row[4],
            may_update=row[5],
            may_delete=row[6],
            may_lock=row[7],
            triggers=tuple(row[8]),
            writes_as=row[9],
            binds_owner=row[10],
            may_write_as=row[11],
            rules=tuple(row[12]),
            referring=read_referring(connection, int(row[0])),
            references=tuple(by_oid[to] for of, to in references if of == row[0]),
        )
        for name, row in rows.items()
    }


def owners_of(tables: Mapping[Name, TableThere]) -> dict[Name, str]:
    """Those of the tables that are written to with their rights.

    Where one is, so are the same owner's others: what one role writes can be one statement.
    """
    owners = {each.writes_as for each in tables.values() if each.writes_as}
    return {
        name: each.writes_as or each.may_write_as
        for name, each in tables.items()
        if each.writes_as or each.may_write_as in owners
    }
