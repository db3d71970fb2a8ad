"""The store in one SQLite file: WAL, one connection that writes and one that reads."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.clock import Clock
from core.store.failure import explain_os_error, explain_sqlite, primary_code
from core.store.moments import to_micros

FILE_NAME = "store.sqlite3"
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_PAGE_BYTES = 8192
_FREE_PAGES_AT_ONCE = 500
_LOG_BYTES = 16_000_000


class SqliteDatabase:
    """A :class:`core.store.database.Database` in one file that only its owner may read."""

    def __init__(self, path: Path, *, clock: Clock, busy_seconds: float, create: bool) -> None:
        self.location = str(path)
        self.elsewhere = "--state-folder FOLDER, or without it XDG_STATE_HOME"
        self._path = path
        self._clock = clock
        self._busy_seconds = busy_seconds
        self._seen_version: int | None = None
        self._write_lock = threading.RLock()
        self._read_lock = threading.RLock()
        if create:
            _create_file(path)
        engine = create_engine("sqlite+pysqlite://", creator=self._connect, poolclass=NullPool)
        event.listen(engine, "begin", _begin)
        self._engine: Engine = engine
        try:
            if create:
                self._prepare_file()
            self._writer = engine.connect().execution_options(begin="BEGIN IMMEDIATE")
            self._reader = engine.connect().execution_options(begin="BEGIN")
        except sqlite3.Error as error:
            raise explain_sqlite(error, self._path) from error
        except DBAPIError as error:
            raise self._explained(error) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store."""
        with self._read_lock:
            yield from self._within(self._reader)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or leaves nothing behind."""
        with self._write_lock:
            yield from self._within(self._writer)

    def now(self, connection: Connection) -> int:
        """The machine's clock, in microseconds: everyone who shares the file shares it."""
        del connection
        return to_micros(self._clock.now())

    def insert(self, table: Table) -> Insert:
        """An INSERT that can say what happens on a conflict."""
        return insert(table)

    def changed(self) -> bool:
        """Whether anyone committed since the last call through another connection than our writer.

        The driver is asked directly: it is asked often, and a transaction would cost ten times as
        much.
        """
        if not self._write_lock.acquire(blocking=False):
            return True  # who writes just now may be held up by somebody else's news
        try:
            version: int = self._writing_driver().execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise explain_sqlite(error, self._path) from error
        finally:
            self._write_lock.release()
        news = version != self._seen_version
        self._seen_version = version
        return news

    def note_change(self, connection: Connection, server_id: str) -> None:
        """Nothing: SQLite itself counts the commits."""

    def exclude(self, connection: Connection, task: str) -> None:
        """Nothing: BEGIN IMMEDIATE already keeps other writers out."""

    def tidy(self) -> None:
        """Give some free pages back to the file system, and keep the planner's statistics fresh."""
        with self._write_lock:
            driver = self._writing_driver()
            self._writer.rollback()
            try:
                driver.execute(f"PRAGMA incremental_vacuum({_FREE_PAGES_AT_ONCE})").fetchall()
                driver.execute("PRAGMA optimize")
            except sqlite3.Error as error:
                raise explain_sqlite(error, self._path) from error

    def close(self) -> None:
        """Close both connections; the last one out folds the write-ahead log into the file."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()
            self._engine.dispose()

    def _writing_driver(self) -> sqlite3.Connection:
        return cast("sqlite3.Connection", self._writer.connection.driver_connection)

    def _connect(self) -> sqlite3.Connection:
        driver = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        driver.execute("PRAGMA synchronous = NORMAL")
        driver.execute("PRAGMA foreign_keys = ON")
        driver.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        driver.execute("PRAGMA temp_store = MEMORY")
        return driver

    def _prepare_file(self) -> None:
        """Set what belongs to the file itself; two processes may do so at the same time.

        SQLite does not wait for its busy timeout when the journal mode changes, so we do.
        """
        driver = self._connect()
        until = time.monotonic() + self._busy_seconds
        try:
            while True:
                try:
                    if driver.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                        driver.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
                        driver.execute("PRAGMA auto_vacuum = INCREMENTAL")
                        driver.execute("PRAGMA journal_mode = WAL")
                except sqlite3.OperationalError as error:
                    busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                    if not busy or time.monotonic() > until:
                        raise
                    time.sleep(0.02)
                else:
                    return
        finally:
            driver.close()

    def _within(self, connection: Connection) -> Iterator[Connection]:
        try:
            with connection.begin():
                yield connection
        except DBAPIError as error:
            if error.orig is not None and primary_code(error.orig) == sqlite3.SQLITE_READONLY:
                # It was opened while the file could only be read, and would never write again.
                connection.invalidate()
            raise self._explained(error) from error

    def _explained(self, error: DBAPIError) -> Exception:
        return explain_sqlite(error.orig or error, self._path)


def _begin(connection: Connection) -> None:
    """Begin as the connection's purpose demands: a writer takes its lock at once, and waits."""
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _create_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        # One that is there is not opened: POSIX has this process lose the locks of its other
        # connections as soon as any descriptor of the file is closed, and the last process that
        # leaves the store would then take the write-ahead log away under them.
        if not path.is_file():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE))
        elif not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        if path.stat().st_mode & 0o077:
            path.chmod(_FILE_MODE)
    except OSError as error:
        raise explain_os_error(error, path) from error
