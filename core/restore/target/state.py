"""What is there on the server that a restore goes to."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from core.model.restore_target import DatabaseThere, ExtensionThere, TargetState

Connection = psycopg.Connection[tuple[Any, ...]]

_SERVER = """
SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS server_version,
       pg_catalog.pg_is_in_recovery() AS is_standby,
       r.rolname AS role, r.rolsuper AS is_superuser,
       r.rolcreatedb OR r.rolsuper AS may_create_databases,
       r.rolcreaterole OR r.rolsuper AS may_create_roles,
       r.rolbypassrls OR r.rolsuper AS bypasses_row_security,
       ARRAY (SELECT rolname::pg_catalog.text FROM pg_catalog.pg_roles
               WHERE pg_catalog.pg_has_role(oid, 'MEMBER')) AS member_of,
       ARRAY (SELECT rolname::pg_catalog.text FROM pg_catalog.pg_roles) AS roles,
       ARRAY (SELECT spcname::pg_catalog.text FROM pg_catalog.pg_tablespace) AS tablespaces,
       ARRAY (SELECT collcollate FROM pg_catalog.pg_collation
               WHERE collprovider = 'c' AND collcollate <> '') AS collations,
       EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'i') AS has_icu,
       (SELECT pg_catalog.string_to_array(pg_catalog.replace(setting, ' ', ''), ',')
          FROM pg_catalog.pg_settings WHERE name = 'shared_preload_libraries') AS preloaded,
       (SELECT pg_catalog.sum(setting::pg_catalog.int4 * CASE name WHEN 'max_connections' THEN 1
                                                                   ELSE -1 END)
          FROM pg_catalog.pg_settings
         WHERE name IN ('max_connections', 'superuser_reserved_connections',
                        'reserved_connections'))
       - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
           WHERE datid IS NOT NULL
             AND coalesce(backend_type, 'client backend') = 'client backend') AS free_slots,
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
           AS may_identify
  FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user
"""

# From 16384 on (FirstNormalObjectId) stands what was made after initdb.
_COLLATIONS = """
SELECT c.collname AS name,
       pg_catalog.pg_encoding_to_char(c.collencoding)::pg_catalog.text AS encoding,
       c.oid >= 16384 AS is_later
  FROM pg_catalog.pg_collation AS c
 WHERE c.collnamespace = 'pg_catalog'::pg_catalog.regnamespace
"""

_EXTENSIONS = """
SELECT name, version, superuser, trusted FROM pg_catalog.pg_available_extension_versions
 ORDER BY name, version
"""

# The kind of other roles' sessions is hidden from a role without pg_monitor; their database is not.
# Columns that not every version has are taken from the row as JSON.
_DATABASES = """
SELECT d.datname AS name, pg_catalog.pg_get_userbyid(d.datdba) AS owner,
       pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
       pg_catalog.concat_ws(' ', d.datcollate, d.datctype,
                            coalesce(j.row ->> 'datlocale', j.row ->> 'daticulocale'))
           AS collation,
       coalesce(j.row ->> 'datlocprovider', 'c') AS locale_provider,
       t.spcname AS tablespace,
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                 OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
            THEN pg_catalog.pg_database_size(d.oid) END AS bytes,
       d.datallowconn AS allows_connections, d.datconnlimit AS connection_limit,
       d.datistemplate AS is_template,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a
         WHERE a.datid = d.oid AND coalesce(a.backend_type, 'client backend') = 'client backend'
           AND a.pid <> pg_catalog.pg_backend_pid()) AS sessions,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xacts AS p
         WHERE p.database = d.datname) AS prepared,
       ARRAY (SELECT s.slot_name::pg_catalog.text FROM pg_catalog.pg_replication_slots AS s
               WHERE s.datoid = d.oid ORDER BY 1) AS slots,
       CASE WHEN pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subdbid', 'SELECT')
            THEN (SELECT pg_catalog.count(*) FROM pg_catalog.pg_subscription AS s
                   WHERE s.subdbid = d.oid) END AS subscriptions,
       coalesce((SELECT g.setconfig FROM pg_catalog.pg_db_role_setting AS g
                  WHERE g.setdatabase = d.oid AND g.setrole = 0), '{}') AS settings
  FROM pg_catalog.pg_database AS d
  JOIN pg_catalog.pg_tablespace AS t ON t.oid = d.dattablespace,
       LATERAL (SELECT pg_catalog.to_jsonb(d) AS row) AS j
 ORDER BY d.datname
"""

_MEMBERSHIPS = """
SELECT pg_catalog.pg_get_userbyid(roleid)::pg_catalog.text AS role,
       pg_catalog.pg_get_userbyid(member)::pg_catalog.text AS member
  FROM pg_catalog.pg_auth_members
"""

_IDENTIFIER = "SELECT system_identifier::text AS told FROM pg_catalog.pg_control_system()"


def read_target(connection: Connection) -> TargetState:
    """What is there on the server that ``connection`` leads to; every role may ask.

    Raises:
        psycopg.Error: the server refused, or the connection was lost.
    """
    (server,) = _ask(connection, _SERVER)
    collations = _ask(connection, _COLLATIONS)
    identifier = _ask(connection, _IDENTIFIER)[0]["told"] if server.pop("may_identify") else ""
    return TargetState(
        server_version=server["server_version"],
        is_standby=server["is_standby"],
        role=server["role"],
        is_superuser=server["is_superuser"],
        may_create_databases=server["may_create_databases"],
        may_create_roles=server["may_create_roles"],
        bypasses_row_security=server["bypasses_row_security"],
        member_of=frozenset(server["member_of"]),
        roles=frozenset(server["roles"]),
        tablespaces=frozenset(server["tablespaces"]),
        extensions=tuple(ExtensionThere(**row) for row in _ask(connection, _EXTENSIONS)),
        collations=frozenset(server["collations"]),
        collation_names=frozenset((row["name"], row["encoding"]) for row in collations),
        later_collations=frozenset(row["name"] for row in collations if row["is_later"]),
        has_icu=server["has_icu"],
        databases=tuple(_database(row) for row in _ask(connection, _DATABASES)),
        preloaded=_preloaded(server["preloaded"]),
        free_slots=max(0, int(server["free_slots"])),
        system_identifier=identifier,
        memberships=frozenset(
            (each["role"], each["member"]) for each in _ask(connection, _MEMBERSHIPS)
        ),
    )


def _preloaded(told: list[str] | None) -> tuple[str, ...] | None:
    return None if told is None else tuple(filter(None, told))


def _database(row: DictRow) -> DatabaseThere:
    lists = {"slots": tuple(row["slots"]), "settings": tuple(row["settings"])}
    return DatabaseThere(**{**row, **lists})


def _ask(connection: Connection, question: str) -> list[DictRow]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(question.encode()).fetchall()
