"""A person who cancels a job in a phase: where it asks next, or as the phase begins."""

from __future__ import annotations

from core.backup.progress import SilentReporter
from core.errors import CancelledError


class Stops(SilentReporter):
    """Cancels as soon as a phase begins."""

    def __init__(self, phase: str) -> None:
        self._wanted = phase
        self._reached = False

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        self._reached = self._reached or name == self._wanted

    def check_cancelled(self) -> None:
        if self._reached:
            raise CancelledError("cancelled")


class CancelledIn(Stops):
    """Was cancelled just before a phase began."""

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        super().phase(name, total_bytes)
        self.check_cancelled()
