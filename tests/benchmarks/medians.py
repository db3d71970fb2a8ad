"""Seconds that actions take, so measured that they can be compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

ROUNDS = 5


def medians(*actions: Callable[[], None]) -> list[float]:
    """Seconds that each takes: all in turn, so that what else the machine does meets each alike."""
    taken: list[list[float]] = [[] for _ in actions]
    for _ in range(ROUNDS):
        for action, seconds in zip(actions, taken, strict=True):
            start = time.perf_counter()
            action()
            seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in taken]
