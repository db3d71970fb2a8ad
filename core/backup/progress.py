"""How a long piece of work says how far it is, and learns that it shall stop."""

from __future__ import annotations

from typing import Protocol


class JobReporter(Protocol):
    """What a job's steps report to; every method may be called from any thread."""

    @property
    def job_id(self) -> str:
        """Which job reports; empty where the work is no job of the store."""

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        """A phase begins; a total of ``None`` is unknown."""

    def advance(self, done_bytes: int) -> None:
        """So many more bytes of the phase are done."""

    def check_cancelled(self) -> None:
        """Nothing, unless a person cancelled the job.

        Raises:
            CancelledError: a person did.
        """

    def note(self, text: str) -> None:
        """Something that belongs into the job's history; ``text`` holds no secret."""

    def waiting(self, for_whom: str) -> None:
        """Nothing moves before ``for_whom`` answers; it is told until something does."""


class SilentReporter:
    """Reports to nobody, and is never cancelled."""

    job_id = ""

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        """Told to nobody."""

    def advance(self, done_bytes: int) -> None:
        """Told to nobody."""

    def check_cancelled(self) -> None:
        """Never raises."""

    def note(self, text: str) -> None:
        """Told to nobody."""

    def waiting(self, for_whom: str) -> None:
        """Told to nobody."""


class PassingOn:
    """Passes everything on to another reporter."""

    def __init__(self, reporter: JobReporter) -> None:
        self._reporter = reporter

    @property
    def job_id(self) -> str:
        """Which job reports."""
        return self._reporter.job_id

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        """A phase begins."""
        self._reporter.phase(name, total_bytes)

    def advance(self, done_bytes: int) -> None:
        """So many more bytes of the phase are done."""
        self._reporter.advance(done_bytes)

    def check_cancelled(self) -> None:
        """Nothing, unless a person cancelled the job.

        Raises:
            CancelledError: a person did.
        """
        self._reporter.check_cancelled()

    def note(self, text: str) -> None:
        """Something that belongs into the job's history."""
        self._reporter.note(text)

    def waiting(self, for_whom: str) -> None:
        """Nothing moves before somebody answers."""
        self._reporter.waiting(for_whom)


class OneOfSeveral(PassingOn):
    """What reports of one database of a job that is about several: each phase says which it is."""

    def __init__(self, reporter: JobReporter, database: str, number: int, count: int) -> None:
        super().__init__(reporter)
        self._which = f"{database} ({number} of {count})"

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        """A phase of this database begins."""
        super().phase(f"{self._which}: {name}", total_bytes)


SILENT = SilentReporter()
