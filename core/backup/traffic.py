"""How far the artifacts of a backup have come: sent to each copy, and given back by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from core.backup.copies import Copies, TeeWriter
from core.backup.progress import JobReporter

_LOOK_SECONDS = 0.25


class Traffic:
    """Bytes on their way to the copies of one backup and back; may be used from several threads."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self._lock = Lock()
        self._under_way: list[TeeWriter] = []
        self._moved: Counter[str] = Counter()

    @property
    def bytes(self) -> int:
        """What the slowest copy was sent and has given back: each byte counts twice in the end."""
        with self._lock:
            moved = self._moved.copy()
            for writer in self._under_way:
                moved.update(writer.sent_bytes)
        good = [copy.name for copy in self._copies.all if copy.problem is None]
        return min((moved[name] for name in good), default=0)

    @contextmanager
    def sending(self, writer: TeeWriter) -> Iterator[None]:
        """Count what a writer sends, until it has ended."""
        with self._lock:
            self._under_way.append(writer)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.remove(writer)
                self._moved.update(writer.sent_bytes)

    def given_back(self, copy: str, size: int) -> None:
        """So many more bytes were read from a copy."""
        with self._lock:
            self._moved[copy] += size

    @contextmanager
    def reported(self, reporter: JobReporter, phase: str, plain_bytes: int) -> Iterator[None]:
        """A phase in which the rest of so many bytes is sent and read back, reported as it goes."""
        done = self.bytes
        reporter.phase(phase, max(0, 2 * plain_bytes - done))
        is_over = Event()

        def report() -> None:
            so_far, is_last = done, False
            while not is_last:
                is_last = is_over.wait(_LOOK_SECONDS)
                now = max(so_far, self.bytes)
                reporter.advance(now - so_far)
                so_far = now

        thread = Thread(target=report, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
