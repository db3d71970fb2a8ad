"""When each question to a server is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.config.settings import Pace
from core.model.snapshot import Subject

_TOGETHER = 0.15
"""A question due within this share of its pace goes along with one that is due now: fewer wake-ups
and fewer writes for a figure that comes a little early."""


class Timetable:
    """The questions of one connection, each with its pace; times are monotonic seconds.

    All are due at once in the beginning.
    """

    def __init__(self, paces: Mapping[Subject, Pace], *, attended: bool) -> None:
        self._paces = dict(paces)
        self._attended = attended
        self._stretch = 1.0
        self._asked: dict[Subject, float] = {}
        self._sooner: dict[Subject, float] = {}

    def attend(self, *, attended: bool) -> None:
        """Go by the attended or the unattended paces from now on."""
        self._attended = attended

    def stretch(self, factor: float) -> None:
        """Ask ``factor`` times less often from now on."""
        self._stretch = factor

    def pace(self, subject: Subject) -> float:
        """Seconds between two readings of ``subject`` as things stand."""
        pace = self._paces[subject]
        return (pace.attended if self._attended else pace.unattended) * self._stretch

    def due(self, now: float) -> list[Subject]:
        """What is to be asked at ``now``, in the order given at the beginning."""
        at = {subject: self._due_at(subject) for subject in self._paces}
        if not any(moment <= now for moment in at.values()):
            return []
        return [
            subject
            for subject, moment in at.items()
            if moment <= now + (0.0 if subject in self._sooner else _TOGETHER * self.pace(subject))
        ]

    def asked(self, subject: Subject, now: float, again_after: float | None = None) -> None:
        """Note that ``subject`` was asked at ``now``, and is wanted ``again_after`` seconds."""
        self._asked[subject] = now
        self._sooner.pop(subject, None)
        if again_after is not None:
            self._sooner[subject] = now + again_after

    def ask_again(self, subjects: Iterable[Subject] | None = None) -> None:
        """Make ``subjects`` (everything, by default) due at once."""
        for subject in self._paces if subjects is None else subjects:
            self._asked.pop(subject, None)
            self._sooner.pop(subject, None)

    def next_due(self) -> float:
        """When something is due next, in monotonic seconds; minus infinity: now."""
        return min(self._due_at(subject) for subject in self._paces)

    def _due_at(self, subject: Subject) -> float:
        asked = self._asked.get(subject)
        if asked is None:
            return float("-inf")
        return min(asked + self.pace(subject), self._sooner.get(subject, float("inf")))
