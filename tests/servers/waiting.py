"""Waiting for what a real server or process will do soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.05
_REST = 3


def rest_after(look_seconds: float, every: float = POLL_SECONDS) -> None:
    """Sleep until the next look; after one that was dear for so long that what is waited for, and
    the tests beside this one, have most of the processor."""
    time.sleep(max(every, _REST * look_seconds))


def eventually(look: Callable[[], T], *, within: float = 60, every: float = POLL_SECONDS) -> T:
    """What ``look`` gives as soon as that is true; fails when it is not within ``within`` s."""
    deadline = time.monotonic() + within
    while True:
        looked_at = time.monotonic()
        if seen := look():
            return seen
        now = time.monotonic()
        if now > deadline:
            raise AssertionError(f"not within {within} s: {look.__name__}, last seen: {seen!r}")
        rest_after(now - looked_at, every)
