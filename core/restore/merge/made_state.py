"""What is dropped with an object that a merge made: so an undo sees what was done to it since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.restore.merge.journal import Made

_RELATION = "relation"
_ROUTINE = "routine"
_TYPE = "type"
_KINDS = {
    b"TABLE": _RELATION,
    b"VIEW": _RELATION,
    b"MATERIALIZED VIEW": _RELATION,
    b"FUNCTION": _ROUTINE,
    b"PROCEDURE": _ROUTINE,
    b"AGGREGATE": _ROUTINE,
    b"TYPE": _TYPE,
    b"DOMAIN": _TYPE,
}

# By schema, and name as an entry's tag has it.
_FOUND = {
    _RELATION: """
SELECT c.oid::pg_catalog.int8
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s
""",
    _ROUTINE: """
SELECT p.oid::pg_catalog.int8
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
 WHERE n.nspname = %s AND %s = p.proname || '(' || pg_catalog.array_to_string(ARRAY (
         SELECT pg_catalog.format_type(a.type, NULL)
           FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, place)
          ORDER BY a.place), ', ') || ')'
""",
    _TYPE: """
SELECT t.oid::pg_catalog.int8
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
 WHERE n.nspname = %s AND t.typname = %s
""",
}

# Each column is named for people. A foreign key is validated after the merge, which is no change.
_STATES = {
    _RELATION: """
SELECT ROW (n.nspname, c.relname)::pg_catalog.text AS name,
       ROW (c.relowner, coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner)), ARRAY (
         SELECT ROW (a.attnum, a.attacl)::pg_catalog.text FROM pg_catalog.pg_attribute AS a
          WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL ORDER BY a.attnum))::pg_catalog.text
       AS rights,
       ROW (c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
            c.relpersistence, c.relreplident)::pg_catalog.text AS settings,
       ARRAY (SELECT ROW (a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
                          a.attnotnull, a.attidentity, a.attgenerated,
                          pg_catalog.pg_get_expr(d.adbin, d.adrelid))::pg_catalog.text
                FROM pg_catalog.pg_attribute AS a
                LEFT JOIN pg_catalog.pg_attrdef AS d
                  ON d.adrelid = a.attrelid AND d.adnum = a.attnum
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               ORDER BY a.attnum) AS columns,
       ARRAY (SELECT t.tgenabled::pg_catalog.text || pg_catalog.pg_get_triggerdef(t.oid)
                FROM pg_catalog.pg_trigger AS t
               WHERE t.tgrelid = c.oid AND NOT t.tgisinternal ORDER BY 1) AS triggers,
       ARRAY (SELECT pg_catalog.pg_get_indexdef(i.indexrelid) FROM pg_catalog.pg_index AS i
               WHERE i.indrelid = c.oid ORDER BY 1) AS indexes,
       ARRAY (SELECT k.conname || ' ' || pg_catalog.replace(
                       pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID', '')
                FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid ORDER BY 1)
       AS constraints,
       ARRAY (SELECT ROW (p.polname, p.polcmd, p.polpermissive, p.polroles,
                          pg_catalog.pg_get_expr(p.polqual, p.polrelid),
                          pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))::pg_catalog.text
                FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid ORDER BY 1) AS policies,
       ARRAY (SELECT pg_catalog.pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite AS r
               WHERE r.ev_class = c.oid ORDER BY 1) AS rules,
       ARRAY (SELECT i.inhrelid::pg_catalog.regclass::pg_catalog.text
                FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = c.oid ORDER BY 1)
       AS partitions,
       ARRAY (SELECT s.stxname::pg_catalog.text FROM pg_catalog.pg_statistic_ext AS s
               WHERE s.stxrelid = c.oid ORDER BY 1) AS statistics
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.oid = %s
""",
    _ROUTINE: """
SELECT ROW (p.pronamespace, p.proname)::pg_catalog.text AS name,
       ROW (p.proowner, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)))::pg_catalog.text
       AS rights,
       pg_catalog.to_jsonb(p) - '{proowner,proacl}'::pg_catalog.text[] AS definition
  FROM pg_catalog.pg_proc AS p WHERE p.oid = %s
""",
    _TYPE: """
SELECT ROW (t.typnamespace, t.typname)::pg_catalog.text AS name,
       ROW (t.typowner, coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner)))::pg_catalog.text
       AS rights,
       ROW (t.typdefault, t.typnotnull)::pg_catalog.text AS definition,
       ARRAY (SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS e
               WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
       ARRAY (SELECT k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
                FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid ORDER BY 1)
       AS constraints,
       ARRAY (SELECT ROW (a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
                         )::pg_catalog.text
                FROM pg_catalog.pg_attribute AS a
               WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
               ORDER BY a.attnum) AS columns
  FROM pg_catalog.pg_type AS t WHERE t.oid = %s
""",
}

# By the server, so that it does not matter in which encoding a session reads.
_HASHES = """
SELECT side.key, pg_catalog.hashtextextended(side.value COLLATE pg_catalog."C", 0)::pg_catalog.text
  FROM ({}) AS it, pg_catalog.jsonb_each_text(pg_catalog.to_jsonb(it)) AS side ORDER BY 1
"""


def with_state(
    connection: Connection, made: Made, description: bytes, schema: str, tag: str
) -> Made:
    """What was made, with what it is like now; ``description`` and ``tag`` are its entry's.

    Of what is dropped only while nothing is in it or hangs on it, as a schema, nothing is noted.
    """
    kind = _KINDS.get(description, "")
    row = connection.execute(_FOUND[kind].encode(), [schema, tag]).fetchone() if kind else None
    if row is None:
        return made
    return replace(
        made,
        told=f"{description.decode().lower()} {schema}.{tag}",
        kind=kind,
        number=int(row[0]),
        state=_state(connection, kind, int(row[0])),
    )


def changes_since(connection: Connection, made: Made) -> Iterator[str]:
    """What was done to it since it was noted, in words."""
    if not made.state:
        return
    now = dict(_state(connection, made.kind, made.number))
    if not now:
        yield f"{made.told} is not there any more"
    elif changed := [name for name, was in made.state if now.get(name) != was]:
        yield f"{', '.join(changed)} of {made.told}: changed since it came back"


def _state(connection: Connection, kind: str, number: int) -> tuple[tuple[str, str], ...]:
    """A hash of each of its sides by name; empty where it is not there."""
    asked = sql.SQL(_HASHES).format(sql.SQL(_STATES[kind]))
    return tuple((name, value) for name, value in connection.execute(asked, [number]).fetchall())
