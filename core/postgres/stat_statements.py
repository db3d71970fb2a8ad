"""Whether pg_stat_statements is to be had, and what has to be done where it is not."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.server import Platform
from core.model.unknown import Unknown
from core.postgres.capabilities import Capabilities
from core.postgres.session import Answer, Session
from core.postgres.text import visible_identifier

LEAST_VERSION = (1, 8)
"""The first with ``total_exec_time`` and WAL figures; PostgreSQL 13 and later have at least it."""

_LOCATE = b"""
SELECT /* pgvigil capabilities */
    pg_catalog.current_setting('pg_stat_statements.max', true) IS NOT NULL,
    (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'shared_preload_libraries'),
    (SELECT default_version FROM pg_catalog.pg_available_extensions
        WHERE name = 'pg_stat_statements'),
    e.extversion,
    pg_catalog.textsend(pg_catalog.quote_ident(n.nspname)),
    pg_catalog.quote_ident(n.nspname),
    pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
    pg_catalog.quote_ident(pg_catalog.current_database()),
    pg_catalog.quote_ident(current_user)
FROM (VALUES (1)) AS one
LEFT JOIN pg_catalog.pg_extension AS e ON e.extname = 'pg_stat_statements'
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
"""


@dataclass(frozen=True, slots=True)
class StatStatements:
    """How pg_stat_statements stands on a server and in the database that pgvigil is connected to.

    ``schema`` is quoted, and in the server's encoding. ``preloaded`` is the setting
    shared_preload_libraries, ``None`` where the role may not see it.
    """

    loaded: bool
    preloaded: str | None
    available: bool
    version: tuple[int, ...]
    schema: bytes
    schema_name: str
    schema_usable: bool
    database: str
    role: str

    @property
    def created(self) -> bool:
        """Whether the extension was created in this database."""
        return bool(self.version)


async def locate(session: Session) -> tuple[StatStatements, Answer]:
    """Look the library, the extension, its version and its schema up; with what that cost."""
    answer = await session.ask(_LOCATE)
    (row,) = answer.rows
    loaded, preloaded, available, version, schema, schema_name, usable, database, role = row
    found = StatStatements(
        loaded=loaded,
        preloaded=preloaded,
        available=available is not None,
        version=tuple(int(part) for part in version.split(".")) if version else (),
        schema=bytes(schema or b""),
        schema_name=visible_identifier(schema_name or ""),
        schema_usable=bool(usable),
        database=database,
        role=visible_identifier(role),
    )
    return found, answer


def obstacle(found: StatStatements, server: Capabilities) -> Unknown | None:
    """Why statement statistics can't be read, with what to run; ``None`` when they can."""
    if not found.loaded:
        return Unknown(
            "pg_stat_statements is not loaded (it is not in shared_preload_libraries)",
            _how_to_load(found, server),
        )
    if not found.created:
        reason = f"pg_stat_statements is loaded, but not created in the database {found.database}"
        schema = " SCHEMA extensions" if server.platform is Platform.SUPABASE else ""
        create = f"CREATE EXTENSION pg_stat_statements{schema}"
        return Unknown(reason, server.where_written(create))
    if found.version < LEAST_VERSION:
        have = ".".join(map(str, found.version))
        return Unknown(
            f"pg_stat_statements is of version {have}; 1.8 or newer is needed",
            server.where_written("ALTER EXTENSION pg_stat_statements UPDATE"),
        )
    if not found.schema_usable:
        return Unknown(
            f"the role may not use the schema {found.schema_name} of pg_stat_statements",
            server.where_written(f"GRANT USAGE ON SCHEMA {found.schema_name} TO {found.role}"),
        )
    return None


def _how_to_load(found: StatStatements, server: Capabilities) -> str:
    create = server.where_written("CREATE EXTENSION pg_stat_statements")
    then = f"then {create}" if not found.created else ""
    platform = server.platform
    match platform:
        case Platform.RDS | Platform.AURORA:
            group = "cluster parameter group" if platform is Platform.AURORA else "parameter group"
            how = f"add pg_stat_statements to shared_preload_libraries in the {group}, reboot"
        case Platform.AZURE:
            how = (
                "allow pg_stat_statements in the server parameter azure.extensions,"
                " add it to shared_preload_libraries, restart"
            )
        case Platform.CLOUD_SQL | Platform.SUPABASE | Platform.NEON:
            how = "the platform loads it by itself: ask its support why it did not"
        case Platform.SELF_HOSTED:
            how = _alter_system(found)
    return f"{how}; {then}" if then else how


def _alter_system(found: StatStatements) -> str:
    if found.preloaded is None:
        return "add pg_stat_statements to shared_preload_libraries in postgresql.conf, restart"
    libraries = [name.strip() for name in found.preloaded.split(",") if name.strip()]
    listed = ", ".join(
        "'" + name.strip('"').replace("'", "''") + "'"
        for name in [*libraries, "pg_stat_statements"]
    )
    if not found.available:
        return (
            "install the package postgresql-contrib,"
            f" then ALTER SYSTEM SET shared_preload_libraries = {listed}, restart"
        )
    return f"ALTER SYSTEM SET shared_preload_libraries = {listed}; restart PostgreSQL"
