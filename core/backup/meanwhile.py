"""Something done by another thread while this one goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from core.backup.dumping import WatchfulReporter

T = TypeVar("T")


@contextmanager
def meanwhile(reporter: WatchfulReporter, act: Callable[[], T]) -> Iterator[Future[T]]:
    """Have ``act`` done while the context lasts, which waits for it in its end.

    What fails in either stops the other one at its next step.
    """

    def acting() -> T:
        try:
            return act()
        except BaseException as error:
            reporter.fail(error)
            raise

    with ThreadPoolExecutor(1, thread_name_prefix="meanwhile") as pool:
        doing = pool.submit(acting)
        try:
            yield doing
        except BaseException as error:
            reporter.fail(error)
            raise
