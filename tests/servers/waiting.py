"""Waiting for what a real server or process will do soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], *, within: float = 60, every: float = 0.05) -> T:
    """What ``look`` gives as soon as that is true; fails when it is not within ``within`` s."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {look.__name__}, last seen: {seen!r}")
        time.sleep(every)
    return seen
