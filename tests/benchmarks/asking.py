"""An application that asks a database anew again and again, and how long it got no answer."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from itertools import pairwise
from types import TracebackType
from typing import Self

import psycopg

_PAUSE_SECONDS = 0.005
_IDLE_SESSIONS = 10


class Asking:
    """Connects by a database's name and asks something, for as long as the context lasts.

    Ten sessions besides are connected from the beginning, and come back when they were ended.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._over = threading.Event()
        self._answered: list[tuple[float, int]] = []
        self._threads = [
            threading.Thread(target=self._ask),
            *(threading.Thread(target=self._stay) for _ in range(_IDLE_SESSIONS)),
        ]

    @property
    def databases(self) -> int:
        """How many databases have answered by that name."""
        return len({oid for _, oid in self._answered})

    @property
    def longest_gap(self) -> float:
        """The longest time between two answers, in seconds."""
        return max(later - before for (before, _), (later, _) in pairwise(self._answered))

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for each in self._threads:
            each.join()

    def _ask(self) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            with suppress(psycopg.Error), psycopg.connect(self._dsn) as connection:
                row = connection.execute(
                    "SELECT oid::int8 FROM pg_database WHERE datname = current_database()"
                ).fetchone()
                if row is not None:
                    self._answered.append((time.monotonic(), int(row[0])))

    def _stay(self) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            with suppress(psycopg.Error), psycopg.connect(self._dsn) as connection:
                while not self._over.wait(0.1):
                    connection.execute("SELECT")
