"""How fast a job is and how long it still takes, from its own rate and from earlier runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from statistics import median

from core.model.job import Progress
from core.store.job_rows import PhaseRecord

History = Sequence[Sequence[PhaseRecord]]
"""The phases of earlier runs that did the same."""


_TELLING_SECONDS = 5.0
_TELLING_PART = 0.05


class Meter:
    """Takes down what a job does; moments are monotonic seconds."""

    def __init__(self, history: History, rate_seconds: float) -> None:
        self._history = history
        self._rate_seconds = rate_seconds
        self._over: list[PhaseRecord] = []
        self._name = ""
        self._total: int | None = None
        self._done = 0
        self._began = 0.0
        self._seen: deque[tuple[float, int]] = deque()

    def phase(self, name: str, total: int | None, now: float) -> None:
        """A phase begins, and the one before is over."""
        self._end(now)
        self._name, self._total, self._done, self._began = name, total, 0, now
        self._seen.clear()
        self._seen.append((now, 0))

    def advance(self, done_bytes: int, now: float) -> None:
        """So many more bytes of the phase are done."""
        self._done += done_bytes
        if now - self._seen[-1][0] >= self._rate_seconds / 20 if self._seen else True:
            self._seen.append((now, self._done))

    def finish(self, now: float) -> None:
        """The last phase is over."""
        self._end(now)
        self._name, self._total, self._done = "", None, 0

    @property
    def over(self) -> tuple[PhaseRecord, ...]:
        """The phases that are over."""
        return tuple(self._over)

    def progress(self, now: float) -> Progress:
        """How far it is at ``now``."""
        rate = self._rate(now)
        return Progress(
            phase=self._name,
            done=self._done,
            total=self._total,
            bytes_per_second=rate,
            seconds_left=self._seconds_left(rate, now),
        )

    def _end(self, now: float) -> None:
        if self._name:
            self._over.append(PhaseRecord(self._name, now - self._began, self._done))

    def _rate(self, now: float) -> float | None:
        """Bytes a second over the last ``rate_seconds``; ``None`` where nothing is known yet."""
        while len(self._seen) > 1 and self._seen[1][0] <= now - self._rate_seconds:
            self._seen.popleft()
        if not self._seen or self._done == 0:
            return None
        since, done = self._seen[0]
        return (self._done - done) / (now - since) if now > since else None

    def _seconds_left(self, rate: float | None, now: float) -> float | None:
        """This phase's rest by its own rate or its earlier length, and the later ones' lengths."""
        rest = None
        if self._total is not None and rate and self._is_measured(now):
            rest = max(0, self._total - self._done) / rate
        usual = self._usual(self._name)
        if rest is None and usual is not None:
            rest = max(0.0, usual - (now - self._began))
        if rest is None:
            return None
        return rest + sum(self._usual(name) or 0.0 for name in self._still_to_come())

    def _is_measured(self, now: float) -> bool:
        """Whether the rate says something yet of what is to come."""
        part = self._done / self._total if self._total else 0
        return part >= _TELLING_PART or now - self._began >= _TELLING_SECONDS

    def _usual(self, name: str) -> float | None:
        """How long a phase took in the middle one of the earlier runs that had it."""
        took = [
            sum(phase.seconds for phase in run if phase.name == name)
            for run in self._history
            if any(phase.name == name for phase in run)
        ]
        return median(took) if took else None

    def _still_to_come(self) -> list[str]:
        """The phases that came later in the newest earlier run."""
        names = [phase.name for phase in self._history[0]] if self._history else []
        if self._name not in names:
            return []
        done = {phase.name for phase in self._over} | {self._name}
        later = names[names.index(self._name) + 1 :]
        return [name for name in dict.fromkeys(later) if name not in done]
