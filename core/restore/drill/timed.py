"""Takes down how long each phase takes, while it reports on."""

from __future__ import annotations

import time
from threading import Lock

from core.backup.progress import JobReporter, PassingOn
from core.model.drill import DrillPhase
from core.restore.validate import VALIDATE

_PARTS = frozenset({(VALIDATE, "fingerprint")})
"""What is told as a phase and is a part of the one before."""


class TimedReporter(PassingOn):
    """A job's reporter that remembers its phases."""

    def __init__(self, reporter: JobReporter) -> None:
        super().__init__(reporter)
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
            if self._name:
                self._over.append(DrillPhase(self._name, now - self._began, self._bytes))
            self._name, self._bytes, self._began = following, 0, now

    def advance(self, done_bytes: int) -> None:
        """So many more bytes of the phase are done."""
        super().advance(done_bytes)
        with self._lock:
            self._bytes += done_bytes
