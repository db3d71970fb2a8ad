"""Takes down how long each phase takes, while it reports on."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from core.backup.progress import JobReporter, PassingOn
from core.model.drill import DrillPhase
from core.restore.validate import VALIDATE

_PARTS = frozenset({(VALIDATE, "fingerprint")})
"""What is told as a phase and is a part of the one before."""


class TimedReporter(PassingOn):
    """A job's reporter that remembers its phases.

    The first of them began ``waited_seconds`` before it is told; ``noted`` gets all that are over
    each time that one is.
    """

    def __init__(
        self,
        reporter: JobReporter,
        *,
        waited_seconds: float = 0.0,
        noted: Callable[[tuple[DrillPhase, ...]], None] | None = None,
    ) -> None:
        super().__init__(reporter)
        self._waited = waited_seconds
        self._noted = noted
        self._lock = Lock()
        self._over: list[DrillPhase] = []
        self._name = ""
        self._bytes = 0
        self._began = time.monotonic()

    @property
    def over(self) -> tuple[DrillPhase, ...]:
        """The phases that are over, in their order."""
        with self._lock:
            return tuple(self._over)

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        """A phase begins, and the one before is over; a part of one is none of its own."""
        super().phase(name, total_bytes)
        if (self._name, name) not in _PARTS:
            self.end(name)

    def end(self, following: str = "") -> None:
        """The phase is over; ``following`` begins."""
        with self._lock:
            now = time.monotonic()
            is_over = bool(self._name)
            if is_over:
                self._over.append(DrillPhase(self._name, now - self._began, self._bytes))
            self._name, self._bytes, self._began = following, 0, now - self._waited
            self._waited = 0.0
        if is_over and self._noted is not None:
            self._noted(self.over)

    def advance(self, done_bytes: int) -> None:
        """So many more bytes of the phase are done."""
        super().advance(done_bytes)
        with self._lock:
            self._bytes += done_bytes
