"""A limit on bytes a second, shared by all that goes through one repository."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic, sleep

_BURST_SECONDS = 0.25
_BLOCK = 1 << 20


class Throttle:
    """Lets so many bytes a second through, from however many threads; 0: any number."""

    def __init__(
        self,
        bytes_per_second: int,
        *,
        now: Callable[[], float] = monotonic,
        wait: Callable[[float], object] = sleep,
    ) -> None:
        self._rate = bytes_per_second
        self._now = now
        self._wait = wait
        self._free_at = now()
        self._lock = threading.Lock()

    @property
    def block_bytes(self) -> int:
        """How many bytes to take at a time so that the flow is even."""
        return max(1, min(_BLOCK, self._rate // 8)) if self._rate else _BLOCK

    def take(self, count: int) -> None:
        """Wait until ``count`` more bytes may go."""
        if not self._rate or not count:
            return
        with self._lock:
            now = self._now()
            self._free_at = max(self._free_at, now - _BURST_SECONDS) + count / self._rate
            pause = self._free_at - now
        if pause > 0:
            self._wait(pause)
