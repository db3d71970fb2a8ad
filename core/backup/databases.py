"""Which databases of a server a backup is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.snapshot import close
from core.config.backup_settings import EVERY_DATABASE, BackupSettings
from core.config.dump_settings import DumpSettings
from core.errors import PreflightError
from core.postgres.target import Target

_DATABASES = """
SELECT datname,
       pg_catalog.has_database_privilege(oid, 'CONNECT'),
       current_user,
       pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', datname, current_user),
       datconnlimit = -2,
       pg_catalog.format('DROP DATABASE %I', datname)
  FROM pg_catalog.pg_database
 WHERE datallowconn AND NOT datistemplate
 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class ChosenDatabases:
    """The databases of a backup; ``closed`` should be among them, and why they can't be.

    ``left_out`` has a sentence for each that nobody can back up or restore, as nothing is in it any
    more that the server would let anybody read.
    """

    names: tuple[str, ...]
    closed: tuple[tuple[str, PreflightError], ...] = ()
    left_out: tuple[str, ...] = ()


def databases_of(
    target: Target, asked: Sequence[str], backup: BackupSettings, dump: DumpSettings
) -> ChosenDatabases:
    """The databases that were asked for, else the one that is connected to.

    Of ``all``, only those are left out that ``[backup] exclude_databases`` names: one that the role
    may not connect to is a failure, which nobody would hear of otherwise. One that is invalid is
    none: it is what an interrupted DROP DATABASE left, of which PostgreSQL lets nobody see a row,
    and which can only be dropped; pg_dumpall leaves it out, too.

    Raises:
        ServerError: the server can't be reached.
    """
    if asked and tuple(asked) != (EVERY_DATABASE,):
        return ChosenDatabases(tuple(asked))
    endpoint = Endpoint.of(target, dump)
    if not asked:
        return ChosenDatabases((endpoint.database,))
    # Perhaps through a pooler, whose sessions others use afterwards: nothing is set in this one.
    connection = endpoint.connect_to_change()
    try:
        with endpoint.explaining():
            rows = connection.execute(_DATABASES).fetchall()
    finally:
        close(connection)
    wanted = [row for row in rows if row[0] not in backup.exclude_databases]
    valid = [row for row in wanted if not row[4]]
    return ChosenDatabases(
        tuple(name for name, may_connect, *_ in valid if may_connect),
        tuple(
            (name, _closed(name, role, grant))
            for name, may_connect, role, grant, *_ in valid
            if not may_connect
        ),
        tuple(_invalid(name, drop) for name, *_, is_invalid, drop in wanted if is_invalid),
    )


def _invalid(name: str, drop: str) -> str:
    return (
        f"database {name} is left out: it is invalid, as an interrupted DROP DATABASE left it, and"
        f" nobody can connect to it ({drop} takes it away)"
    )


def _closed(name: str, role: str, grant: str) -> PreflightError:
    return PreflightError(
        f"Database {name} is not backed up",
        why=f"role {role} may not connect to it, and every database was asked for",
        remedy=f"{grant}; or leave it out: [backup] exclude_databases",
    )
