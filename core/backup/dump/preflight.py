"""Whether a backup would hold everything and can be finished: found out before it is begun."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.backup.dump.endpoint import Connection, Endpoint
from core.backup.dump.hidden import hidden_from
from core.backup.dump.patterns import schema_regex
from core.backup.dump.presets import Platform, recognise, with_platform
from core.backup.dump.sessions import check_sessions
from core.backup.dump.snapshot import close
from core.backup.dump.tables import DumpedTable, dumped_tables
from core.errors import PreflightError
from core.model.backup import ArchiveFormat, BackupKind, Selection
from core.postgres.client_programs import ClientPrograms

_NAMES_TOLD = 5


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found, and how the dump is to be taken.

    ``selection`` leaves out the platform's own schemas. ``archive_format`` is custom where the
    staging folder has too little room. ``passwords`` says whether the role may read the verifiers.
    ``system_identifier`` is empty where the role may not know it. ``table_bytes`` is the size of
    the tables and of the large objects on the server, without indexes. ``hidden`` is what the role
    may not see of what should be in it, in sentences.
    """

    server_version: int
    database: str
    system_identifier: str
    platform: Platform
    selection: Selection
    archive_format: ArchiveFormat
    passwords: bool
    is_standby: bool
    table_bytes: int
    extensions: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    hidden: tuple[str, ...] = ()


def check(
    endpoint: Endpoint,
    programs: ClientPrograms,
    staging: Path,
    *,
    kind: BackupKind = BackupKind.FULL,
    selection: Selection = Selection(),
    platform: Platform | None = None,
) -> Preflight:
    """Look at server, role, tables and disk; ``platform`` is recognised unless it is given.

    Raises:
        PreflightError: a backup would not hold everything, or could not be finished.
        BackupError: the server refused a question.
    """
    if programs.major < endpoint.server_version // 10_000:
        raise PreflightError(
            f"pg_dump is older than the server: {endpoint.display}",
            why=f"the server is {endpoint.server_version // 10_000}, and there is {programs}",
            remedy="install the client programs of the server's version",
        )
    with endpoint.explaining():
        through_pooler = check_sessions(endpoint)
    connection = endpoint.connect()
    try:
        with endpoint.explaining():
            there = platform or recognise(connection)
            chosen = with_platform(selection, there)
            tables = [] if kind is BackupKind.SCHEMA else dumped_tables(connection, chosen)
            _check_tables(connection, tables, endpoint)
            _check_sequences(connection, kind, chosen, endpoint)
            large = _check_large_objects(connection, kind, chosen, endpoint)
            hidden = hidden_from(connection, kind, chosen)
            facts = _facts(connection)
    finally:
        close(connection)
    standby, passwords, identifier, extensions = facts
    table_bytes = large + sum(each.bytes for each in tables)
    notes = [there.note] if there.note else []
    if through_pooler:
        notes.append("the backup went through a pooler in session mode")
    if standby and any(each.unlogged for each in tables):
        notes.append("rows of unlogged tables are not in a backup of a standby")
    if not passwords:
        notes.append("the role may not read passwords: roles are backed up without theirs")
    archive_format, note = _format(table_bytes, staging, endpoint)
    return Preflight(
        server_version=endpoint.server_version,
        database=endpoint.database,
        system_identifier=identifier,
        platform=there,
        selection=chosen,
        archive_format=archive_format,
        passwords=passwords,
        is_standby=standby,
        table_bytes=table_bytes,
        extensions=extensions,
        notes=(*notes, *filter(None, [note])),
        hidden=hidden,
    )


def _check_tables(
    connection: Connection, tables: Sequence[DumpedTable], endpoint: Endpoint
) -> None:
    unreadable = [each for each in tables if not each.readable]
    role = connection.info.user
    if unreadable:
        raise PreflightError(
            f"The role {role} may not read {_told(unreadable)}: {endpoint.display}",
            why="a backup without them would not be whole",
            remedy=f"GRANT pg_read_all_data TO {role} (PostgreSQL 14 and newer), or SELECT on the"
            " tables and USAGE on their schemas; or leave them out in the config",
        )
    hidden = [each for each in tables if each.row_security]
    if hidden:
        raise PreflightError(
            f"Row-level security hides rows from the role {role}: {endpoint.display}",
            why=f"policies apply to it on {_told(hidden)}, and a part of the rows is no backup",
            remedy=f"ALTER ROLE {role} BYPASSRLS; or back up as the tables' owner where row-level"
            " security is not forced",
        )


_SEQUENCES = """
SELECT pg_catalog.format('%%I.%%I', n.nspname, c.relname)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
   AND NOT n.nspname ~ ANY (%s::pg_catalog.text[])
   AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT'))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1
"""


def _check_sequences(
    connection: Connection, kind: BackupKind, selection: Selection, endpoint: Endpoint
) -> None:
    if kind is BackupKind.SCHEMA or selection.schemas or selection.tables:
        return
    excluded = [schema_regex(pattern) for pattern in selection.excluded_schemas]
    names = [row[0] for row in connection.execute(_SEQUENCES, [excluded]).fetchall()]
    if names:
        role = connection.info.user
        raise PreflightError(
            f"The role {role} may not read {_listed(names)}: {endpoint.display}",
            why="the values of sequences belong to a backup",
            remedy=f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA … TO {role}, or pg_read_all_data",
        )


_LARGE_OBJECTS = """
SELECT pg_catalog.count(*)
  FROM pg_catalog.pg_largeobject_metadata AS m
 WHERE NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
   AND NOT pg_catalog.pg_has_role(m.lomowner, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(m.lomacl) AS granted
                    WHERE granted.privilege_type = 'SELECT'
                      AND (granted.grantee = 0
                           OR pg_catalog.pg_has_role(granted.grantee, 'USAGE')))
"""


def _check_large_objects(
    connection: Connection, kind: BackupKind, selection: Selection, endpoint: Endpoint
) -> int:
    """Whether all that are dumped can be read; gives what they take, in bytes."""
    if kind is BackupKind.SCHEMA or selection.schemas or selection.tables:
        return 0
    row = connection.execute(_LARGE_OBJECTS).fetchone()
    if row and row[0]:
        role = connection.info.user
        many = "1 large object" if row[0] == 1 else f"{row[0]} large objects"
        raise PreflightError(
            f"The role {role} may not read {many}: {endpoint.display}",
            why="they belong to others, and pg_read_all_data does not include them",
            remedy=f"GRANT SELECT ON LARGE OBJECT … TO {role}, or back up as their owner",
        )
    found = connection.execute("SELECT pg_catalog.pg_table_size('pg_catalog.pg_largeobject')")
    return int(found.fetchall()[0][0])


_FACTS = """
SELECT pg_catalog.pg_is_in_recovery(),
       pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT'),
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE'),
       ARRAY (SELECT ARRAY[extname, extversion]::pg_catalog.text[]
                FROM pg_catalog.pg_extension ORDER BY extname COLLATE pg_catalog."C")
"""


def _facts(connection: Connection) -> tuple[bool, bool, str, tuple[tuple[str, str], ...]]:
    standby, passwords, may_know, extensions = connection.execute(_FACTS).fetchall()[0]
    identifier = ""
    if may_know:
        told = connection.execute("SELECT system_identifier FROM pg_catalog.pg_control_system()")
        identifier = str(told.fetchall()[0][0])
    return standby, passwords, identifier, tuple((name, version) for name, version in extensions)


def _format(table_bytes: int, staging: Path, endpoint: Endpoint) -> tuple[ArchiveFormat, str]:
    """Directory format where the staging folder has room for it."""
    free = shutil.disk_usage(staging).free
    needed = round(table_bytes * endpoint.settings.staging_share)
    if needed <= free:
        return ArchiveFormat.DIRECTORY, ""
    return (
        ArchiveFormat.CUSTOM,
        f"the dump is streamed by one worker: {staging} has {free:,} bytes free, up to"
        f" {needed:,} may be needed",
    )


def _told(tables: Sequence[DumpedTable]) -> str:
    return _listed([f"{each.table.schema}.{each.table.name}" for each in tables])


def _listed(names: Sequence[str]) -> str:
    told = ", ".join(names[:_NAMES_TOLD])
    rest = len(names) - _NAMES_TOLD
    return f"{told} and {rest} more" if rest > 0 else told
