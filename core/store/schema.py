"""Whether a store has the tables that this version of pgvigil knows, and how it gets them."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from core.errors import StoreError, StoreNotReadyError
from core.store.database import Database
from core.store.failure import is_there, missing

_POLL_SECONDS = 0.05

REVISIONS = tuple(f"{number:04}" for number in range(1, 11))
"""Every revision of the schema, oldest first; a test compares it with the migration scripts."""

HEAD = REVISIONS[-1]


def ensure_current(database: Database) -> None:
    """Create or migrate the tables, whoever else tries to at the same time.

    Raises:
        StoreError: the store is from a newer pgvigil, or can't be written to.
    """
    with database.reading() as connection:
        revision = _revision(connection, database)
    if revision == HEAD:
        return
    with database.writing() as connection:
        database.exclude(connection, "schema")
        revision = _revision(connection, database)
        if revision is None:
            _create(connection)
        elif revision != HEAD:
            from core.store.migrations.upgrade import upgrade

            upgrade(connection)


def wait_until_current(database: Database, seconds: float) -> None:
    """Return once somebody has brought the tables to this version.

    Raises:
        StoreError: nobody did within ``seconds``, or the store is from a newer pgvigil.
    """
    until = time.monotonic() + seconds
    while True:
        with database.reading() as connection:
            revision = _revision(connection, database)
        if revision == HEAD:
            return
        if time.monotonic() > until:
            raise StoreNotReadyError(
                f"The store is not ready: {database.location}",
                why="no watcher has created or migrated its tables yet",
                remedy="start one with `pgvigil serve`, or open a console",
            )
        time.sleep(_POLL_SECONDS)


def wait_for_file(path: Path, seconds: float) -> None:
    """Return once there is a file at ``path``.

    Raises:
        StoreError: there was none within ``seconds``, or its folder can't be entered.
    """
    until = time.monotonic() + seconds
    while not is_there(path):
        if time.monotonic() > until:
            raise missing(path)
        time.sleep(_POLL_SECONDS)


def _revision(connection: Connection, database: Database) -> str | None:
    """The store's revision, ``None`` when it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"The store is from a newer pgvigil: {database.location}",
            why=f"its tables are at revision {revision}; this pgvigil knows up to {HEAD}",
            remedy="upgrade pgvigil here, or give this one a store of its own:"
            f" {database.elsewhere}",
        )
    return revision


def _create(connection: Connection) -> None:
    """Make the newest tables at once; importing Alembic would double the time of a first start."""
    from core.store.guided_drill_tables import metadata
    from core.store.views import create_views

    metadata.create_all(connection, checkfirst=False)
    create_views(connection)
    connection.execute(
        text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    )
    connection.execute(
        text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD}
    )
