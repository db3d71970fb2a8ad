"""What a job says of itself while it runs, kept until the store has it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from core.errors import CancelledError
from core.model.job import Progress
from core.schedule.estimate import History, Meter
from core.store.job_rows import PhaseRecord

_NOTES_KEPT = 1_000


class Reporter:
    """A :class:`core.backup.progress.JobReporter` that waits for nobody.

    The job's threads report to it; the heartbeat takes from it what goes into the store, whenever
    that can be written.
    """

    def __init__(self, job_id: str, history: History, rate_seconds: float) -> None:
        self.job_id = job_id
        self._meter = Meter(history, rate_seconds)
        self._notes: deque[str] = deque(maxlen=_NOTES_KEPT)
        self._lock = Lock()
        self._why_cancelled = ""
        self._waiting_for = ""

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        """A phase begins; a total of ``None`` is unknown."""
        self.check_cancelled()
        with self._lock:
            self._waiting_for = ""
            self._meter.phase(name, total_bytes, time.monotonic())

    def advance(self, done_bytes: int) -> None:
        """So many more bytes of the phase are done."""
        with self._lock:
            if done_bytes:
                self._waiting_for = ""
            self._meter.advance(done_bytes, time.monotonic())

    def check_cancelled(self) -> None:
        """Nothing, unless the job shall stop.

        Raises:
            CancelledError: it shall.
        """
        if self._why_cancelled:
            raise CancelledError(self._why_cancelled)

    def note(self, text: str) -> None:
        """Something that belongs into the job's history; ``text`` holds no secret."""
        with self._lock:
            self._notes.append(text)

    def waiting(self, for_whom: str) -> None:
        """Nothing moves before ``for_whom`` answers; the phase says so until something does."""
        with self._lock:
            self._waiting_for = for_whom

    @property
    def why_cancelled(self) -> str:
        """Why the job shall stop; empty where it shall not."""
        return self._why_cancelled

    def cancel(self, why: str) -> None:
        """Have the job stop at its next step; the first reason counts."""
        self._why_cancelled = self._why_cancelled or why

    def end(self) -> None:
        """Say that nothing more comes."""
        with self._lock:
            self._meter.finish(time.monotonic())

    def state(self) -> tuple[Progress, Sequence[PhaseRecord]]:
        """How far it is, and the phases that are over."""
        with self._lock:
            progress = self._meter.progress(time.monotonic())
            if self._waiting_for:
                phase = f"{progress.phase}, waiting for {self._waiting_for}"
                progress = replace(progress, phase=phase, seconds_left=None)
            return progress, self._meter.over

    def next_note(self) -> str | None:
        """The oldest note that is not in the store yet."""
        with self._lock:
            return self._notes[0] if self._notes else None

    def note_is_kept(self, text: str) -> None:
        """The note that :meth:`next_note` gave is in the store."""
        with self._lock:
            if self._notes and self._notes[0] == text:
                self._notes.popleft()
