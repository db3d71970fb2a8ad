"""A restore beside what is there, as a job does it."""

from __future__ import annotations

from contextlib import suppress

import psycopg

from core.backup.dump.endpoint import Endpoint
from core.errors import PgvigilError
from core.model.restore_operation import Verdict
from core.postgres.text import python_codec
from core.restore.archive.taken import Taken, taken
from core.restore.beside import NewDatabase, restore_beside
from core.restore.doing import Doing, Done
from core.restore.new_roles import created_roles
from core.restore.own import own_in
from core.restore.planner import taken_preflight
from core.restore.preflight.roles import lacking
from core.restore.used import writes
from core.restore.validate import Validation


def run_beside(doing: Doing) -> Done:
    """Restore into a new database, which is opened once it was compared with the backup.

    Raises: as ``restore_beside``.
    """
    wish = doing.wish
    new = database_of(doing, wish.target_database)
    found = restored(doing, new)
    what = f"backup {wish.backup_id} is database {new.name} on {wish.target_server}"
    if found.is_proven:
        what += f", proven: {found.told}"
    return Done(
        what,
        Verdict.PROVEN if found.is_proven else Verdict.DIFFERENCES,
        found.differences,
        target_oid=oid_of(new.endpoint, new.name),
        proves_the_backup=found.is_proven and wish.is_of_everything,
        unchecked=found.unchecked,
        writes=writes(new.endpoint, new.name),
    )


def database_of(
    doing: Doing, name: str, *, tablespace: str = "", closed: bool = False
) -> NewDatabase:
    """The database that is made, and what it must do without on the target."""
    wish, around = doing.wish, doing.found.around
    planned = taken_preflight(wish, around, _taken(doing))
    return NewDatabase(
        around.endpoint,
        around.programs,
        name,
        doing.operation_id,
        around.workers,
        owners=wish.owners,
        tablespace=tablespace,
        own=None if closed else own_in(wish, around, name),
        lacking=lacking(planned),
        roles=created_roles(wish, around, planned),
        further=around.further,
    )


def restored(doing: Doing, new: NewDatabase) -> Validation:
    """Restore what the wish comes to into a new database, and compare it.

    Raises: as ``restore_beside``.
    """
    return restore_beside(
        doing.found.source,
        doing.found.around.manifest,
        new,
        doing.staging,
        doing.reporter,
        chosen=_taken(doing),
    )


def _taken(doing: Doing) -> Taken:
    around = doing.found.around
    codec = python_codec(around.manifest.fingerprint.encoding)
    return taken(around.contents, doing.wish, codec)


def oid_of(endpoint: Endpoint, database: str) -> int | None:
    """A database's own number; ``None`` where it can't be asked for."""
    with suppress(PgvigilError, psycopg.Error), endpoint.connect_to_change() as connection:
        row = connection.execute(
            "SELECT oid FROM pg_catalog.pg_database WHERE datname = %s", [database]
        ).fetchone()
        return int(row[0]) if row else None
    return None
