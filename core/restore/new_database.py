"""A restore beside what is there, as a job does it."""

from __future__ import annotations

from contextlib import suppress

import psycopg

from core.backup.dump.endpoint import Endpoint
from core.errors import PgvigilError
from core.model.restore_operation import Verdict
from core.postgres.text import python_codec
from core.restore.archive.taken import taken
from core.restore.beside import NewDatabase, restore_beside
from core.restore.doing import Doing, Done


def run_beside(doing: Doing) -> Done:
    """Restore into a new database, which is opened once it was compared with the backup.

    Raises: as ``restore_beside``.
    """
    wish, around = doing.wish, doing.found.around
    new = NewDatabase(
        around.endpoint,
        around.programs,
        wish.target_database,
        doing.operation_id,
        around.workers,
        owners=wish.owners,
    )
    codec = python_codec(around.manifest.fingerprint.encoding)
    chosen = taken(around.contents, wish, codec)
    found = restore_beside(
        doing.found.source, around.manifest, new, doing.staging, doing.reporter, chosen=chosen
    )
    what = f"backup {wish.backup_id} is database {new.name} on {wish.target_server}"
    if found.is_proven:
        what += f", proven: {found.tables:,} tables, {found.rows:,} rows as they were"
    return Done(
        what,
        Verdict.PROVEN if found.is_proven else Verdict.DIFFERENCES,
        found.differences,
        target_oid=oid_of(around.endpoint, new.name),
        proves_the_backup=found.is_proven and chosen.is_everything,
    )


def oid_of(endpoint: Endpoint, database: str) -> int | None:
    """A database's own number; ``None`` where it can't be asked for."""
    with suppress(PgvigilError, psycopg.Error), endpoint.connect_to_change() as connection:
        row = connection.execute(
            "SELECT oid FROM pg_catalog.pg_database WHERE datname = %s", [database]
        ).fetchone()
        return int(row[0]) if row else None
    return None
