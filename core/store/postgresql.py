"""The store in a PostgreSQL database, for consoles and watchers on many hosts."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Table, create_engine, func, select, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from core.config.settings import StoreSettings
from core.errors import StoreError
from core.store.failure import explain_postgresql
from core.store.moments import SECOND
from core.store.tables import revision

_CONNECTIONS = 2
_NOW = select(func.extract("epoch", func.clock_timestamp()) * SECOND)
_REVISIONS = select(func.coalesce(func.sum(revision.c.value), 0))
_LOCK_SPACE = zlib.crc32(b"pgvigil store") & 0x7FFFFFFF


class PostgresDatabase:
    """A :class:`core.store.database.Database` in PostgreSQL 13 or later."""

    def __init__(self, settings: StoreSettings) -> None:
        url = _url(settings)
        self.location = url.set(drivername="postgresql").render_as_string(hide_password=True)
        self._seen_revision: int | None = None
        self._engine = create_engine(
            url,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=settings.busy_seconds,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": max(2, round(settings.busy_seconds)),
                "application_name": "pgvigil store",
                "options": f"-c lock_timeout={round(settings.busy_seconds * 1000)} -c timezone=UTC",
            },
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store.

        It is committed: each ROLLBACK would count as a failure in pg_stat_database, and pgvigil
        would warn of its own.
        """
        try:
            with self._engine.connect() as connection:
                yield connection.execution_options(isolation_level="REPEATABLE READ")
                connection.commit()
        except DBAPIError as error:
            raise explain_postgresql(error, self.location) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or leaves nothing behind."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise explain_postgresql(error, self.location) from error

    def now(self, connection: Connection) -> int:
        """The database server's clock, in microseconds."""
        return int(connection.execute(_NOW).scalar_one())

    def insert(self, table: Table) -> Insert:
        """An INSERT that can say what happens on a conflict."""
        return insert(table)

    def changed(self) -> bool:
        """Whether any server's revision went up since the last call."""
        with self.reading() as connection:
            total = int(connection.execute(_REVISIONS).scalar_one())
        news = total != self._seen_revision
        self._seen_revision = total
        return news

    def note_change(self, connection: Connection, server_id: str) -> None:
        """Raise the server's revision."""
        connection.execute(
            insert(revision)
            .values(server_id=server_id, value=1)
            .on_conflict_do_update(
                index_elements=["server_id"], set_={"value": revision.c.value + 1}
            )
        )

    def exclude(self, connection: Connection, task: str) -> None:
        """Take the advisory lock of ``task`` until the transaction ends."""
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:space, :task)"),
            {"space": _LOCK_SPACE, "task": zlib.crc32(task.encode()) & 0x7FFFFFFF},
        )

    def tidy(self) -> None:
        """Nothing: autovacuum does it."""

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _url(settings: StoreSettings) -> URL:
    try:
        url = make_url(settings.url)
    except ArgumentError as error:
        raise StoreError(
            "The store's url can't be read",
            why="it is not a URL",
            remedy="write [store] url as postgresql://user@host:port/database",
        ) from error
    if url.drivername not in ("postgresql", "postgres"):
        raise StoreError(
            f"A store of the kind {url.drivername} is not known",
            why="the store is SQLite, or PostgreSQL where [store] url says so",
            remedy="write [store] url as postgresql://user@host:port/database, or leave it empty",
        )
    url = url.set(drivername="postgresql+psycopg")
    if settings.password_env:
        password = os.environ.get(settings.password_env)
        if password is None:
            raise StoreError(
                "The store's password is not there",
                why=f"the environment variable {settings.password_env} is not set",
                remedy=f"set {settings.password_env}, or correct [store] password_env",
            )
        url = url.set(password=password)
    return url
