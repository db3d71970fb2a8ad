"""What a glance at the store's file tells, without opening it."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from core.errors import StoreError

STORE_FILE = "store.sqlite3"
"""The name of `core.store.sqlite.FILE_NAME`, known without importing a database."""

_LOG_SUFFIX = "-wal"
_YOUNG_NANOSECONDS = 50_000_000
"""Times of files advance in steps of some milliseconds: two writes may bear the same one."""


def file_id(path: Path) -> tuple[int, int] | None:
    """What tells one file from another at the same place; ``None`` where there is none.

    A store on PostgreSQL has no file, and that stays the same too.

    Raises:
        OSError: nobody can tell, such as where its folder can't be entered.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def is_another(path: Path, before: tuple[int, int] | None) -> bool:
    """Whether what is at ``path`` surely isn't what was there ``before``.

    A folder that can't be entered for a while says nothing of it: what is open stays so, and works.
    """
    try:
        return file_id(path) != before
    except OSError:
        return False


def is_removed(folder: Path) -> bool:
    """Whether a folder surely is no more."""
    try:
        return not folder.exists()
    except OSError:
        return False


class StoreFile:
    """The store's file in ``folder``, as it was when it was opened."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / STORE_FILE
        self._id = file_id(self._path)

    def check(self) -> None:
        """Make sure that the file at its place still is the one that was opened.

        Raises:
            StoreError: it is not; what is written now, nobody would ever see.
        """
        if is_another(self._path, self._id):
            raise StoreError(
                f"The store was removed or replaced: {self._path}",
                why="the file is not the one that this watcher opened",
                remedy="nothing: a console starts a new watcher; restart a service",
            )


class WriteWatch:
    """Whether anyone wrote to the store in ``folder``, for the price of two ``stat(2)``.

    SQLite writes to its log first, and to the file itself when the log is folded into it. A store
    on PostgreSQL has no file: it may have been written to at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._file = str(folder / STORE_FILE)
        self._log = self._file + _LOG_SUFFIX
        self._seen: tuple[tuple[int, int, int] | None, ...] = ()
        self._settled = False
        self._timer: asyncio.TimerHandle

    def may_have_changed(self) -> bool:
        """Whether something was written since the last call.

        True as well where the last write is so young that another one might bear the same time.
        """
        now = tuple(_written(path) for path in (self._file, self._log))
        if now[0] is None:
            return True
        news = now != self._seen or not self._settled
        youngest = max(each[0] for each in now if each is not None)
        self._seen, self._settled = now, time.time_ns() - youngest > _YOUNG_NANOSECONDS
        return news

    async def wait(self, every_seconds: float, most_seconds: float) -> None:
        """Look again and again; return when something may have changed, or after the most.

        One waits at a time. A timer that calls itself costs half of what a coroutine that sleeps
        does.
        """
        loop = asyncio.get_running_loop()
        written = loop.create_future()
        until = loop.time() + most_seconds

        def look() -> None:
            if self.may_have_changed() or loop.time() >= until:
                written.set_result(None)
            else:
                self._timer = later()

        def later() -> asyncio.TimerHandle:
            left = max(0.0, until - loop.time())
            return loop.call_later(min(every_seconds, left), look)

        self._timer = later()
        try:
            await written
        finally:
            self._timer.cancel()


def _written(path: str) -> tuple[int, int, int] | None:
    found = _stat(path)
    return None if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - four times a second: a Path costs more than the call
    except OSError:
        return None
