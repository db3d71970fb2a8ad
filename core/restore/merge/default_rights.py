"""Rights that default privileges of the live database give to what a merge makes: taken back.

An archive grants what was granted beyond PostgreSQL's own defaults. So a table from which somebody
took the right that every new one is given would come back with it.
"""

from __future__ import annotations

from psycopg import sql

from core.backup.dump.endpoint import Connection

_ON_RELATION = """
SELECT DISTINCT r.rolname
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
 WHERE n.nspname = %s AND c.relname = %s AND a.grantee <> c.relowner
"""
_ON_SCHEMA = """
SELECT DISTINCT r.rolname
  FROM pg_catalog.pg_namespace AS n
 CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
 WHERE n.nspname = %s AND a.grantee <> n.nspowner
"""


def take_back_on_relation(connection: Connection, schema: str, name: str) -> None:
    """Leave a table, view or sequence that was just made to its owner alone.

    Raises:
        psycopg.Error: the server refused.
    """
    roles = connection.execute(_ON_RELATION, [schema, name]).fetchall()
    _take_back(connection, sql.SQL("TABLE"), sql.Identifier(schema, name), roles)


def take_back_on_schema(connection: Connection, schema: str) -> None:
    """Leave a schema that was just made to its owner alone.

    Raises:
        psycopg.Error: the server refused.
    """
    roles = connection.execute(_ON_SCHEMA, [schema]).fetchall()
    _take_back(connection, sql.SQL("SCHEMA"), sql.Identifier(schema), roles)


def _take_back(
    connection: Connection, kind: sql.SQL, place: sql.Identifier, roles: list[tuple[object, ...]]
) -> None:
    for (role,) in roles:
        of = sql.SQL("PUBLIC") if role is None else sql.Identifier(str(role))
        connection.execute(sql.SQL("REVOKE ALL ON {} {} FROM {}").format(kind, place, of))
