"""The store in a PostgreSQL database, for consoles and watchers on many hosts.

It may stand behind a pooler in transaction mode: nothing here outlives a transaction. Revisions are
polled for (no LISTEN), advisory locks are those of a transaction, and where a pooler is found,
statements are not prepared and each transaction sets its own limits. On a direct connection that is
done once a session, which saves a round trip each time.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import Connection, Table, create_engine, event, func, select, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from core.config.secrets import PasswordSource, SecretError
from core.config.settings import StoreSettings
from core.errors import ConfigError, PgvigilError, StoreError
from core.store.failure import explain_postgresql
from core.store.moments import SECOND
from core.store.tables import revision

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
    from sqlalchemy.pool import ConnectionPoolEntry

_CONNECTIONS = 2
_POOLED = "pooled"
_NOW = select(func.extract("epoch", func.clock_timestamp()) * SECOND)
_REVISIONS = select(func.coalesce(func.sum(revision.c.value), 0))
_LOCK_SPACE = zlib.crc32(b"pgvigil store") & 0x7FFFFFFF


class PostgresDatabase:
    """A :class:`core.store.database.Database` in PostgreSQL 13 or later."""

    def __init__(self, settings: StoreSettings) -> None:
        url = _url(settings)
        self.location = url.set(drivername="postgresql").render_as_string(hide_password=True)
        self.elsewhere = "another database as url under [store]"
        self._seen_revision: int | None = None
        self._password = _password_source(settings)
        self._password_seconds = settings.busy_seconds
        self._engine = create_engine(
            url,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=settings.busy_seconds,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": max(2, round(settings.busy_seconds)),
                "application_name": "pgvigil store",
            },
        )
        self._lock_timeout_ms = round(settings.busy_seconds * 1000)
        event.listen(self._engine, "do_connect", self._identify)
        event.listen(self._engine, "connect", self._introduce)
        event.listen(self._engine, "begin", self._limit)

    def _identify(
        self,
        dialect: Dialect,
        record: ConnectionPoolEntry,
        arguments: tuple[Any, ...],
        parameters: dict[str, Any],
    ) -> None:
        """Fetch the password for each connection: what it is may change while this runs."""
        del dialect, record, arguments
        try:
            password = self._password.fetch(self._password_seconds)
        except SecretError as error:
            raise _no_password(error) from error
        if password is not None:
            parameters["password"] = password

    def _introduce(self, driver: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        """Find out whether a pooler stands between: it hands out pids of its own."""
        session = cast("psycopg.Connection", driver)
        session.autocommit = True
        row = session.execute("SELECT pg_catalog.pg_backend_pid()").fetchone()
        pooled = record.info[_POOLED] = row != (session.info.backend_pid,)
        if pooled:
            session.prepare_threshold = None
        else:
            session.execute(self._limits("SESSION"))
        session.autocommit = False

    def _limit(self, connection: Connection) -> None:
        if connection.info[_POOLED]:
            driver = connection.connection.driver_connection
            cast("psycopg.Connection", driver).execute(self._limits("LOCAL"))

    def _limits(self, scope: Literal["SESSION", "LOCAL"]) -> bytes:
        return (
            f"SET {scope} lock_timeout = {self._lock_timeout_ms}; SET {scope} timezone = 'UTC'"
        ).encode()

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


def _password_source(settings: StoreSettings) -> PasswordSource:
    try:
        return PasswordSource.from_settings("the store", settings)
    except ConfigError as error:
        raise _no_password(error) from error


def _no_password(error: PgvigilError) -> StoreError:
    return StoreError(
        "The store's password is not there",
        why=f"{error.what}; {error.why}" if error.why else error.what,
        remedy=f"{error.remedy}; it is named under [store]",
    )


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
    return url.set(drivername="postgresql+psycopg")
