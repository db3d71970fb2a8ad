"""Which databases of a server a backup is about."""

from __future__ import annotations

from collections.abc import Sequence

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.snapshot import close
from core.config.backup_settings import EVERY_DATABASE
from core.config.dump_settings import DumpSettings
from core.postgres.target import Target

_DATABASES = """
SELECT datname, pg_catalog.has_database_privilege(oid, 'CONNECT')
  FROM pg_catalog.pg_database
 WHERE datallowconn AND NOT datistemplate
 ORDER BY 1
"""


def databases_of(
    target: Target, asked: Sequence[str], settings: DumpSettings
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The databases that were asked for, else the one that is connected to; and what is left out.

    Of ``all``, those are left out that the role may not connect to: managed servers have some.

    Raises:
        ServerError: the server can't be reached.
    """
    if asked and tuple(asked) != (EVERY_DATABASE,):
        return tuple(asked), ()
    endpoint = Endpoint.of(target, settings)
    if not asked:
        return (endpoint.database,), ()
    connection = endpoint.connect()
    try:
        with endpoint.explaining():
            rows = connection.execute(_DATABASES).fetchall()
    finally:
        close(connection)
    return (
        tuple(name for name, may_connect in rows if may_connect),
        tuple(name for name, may_connect in rows if not may_connect),
    )
