"""The copies of a backup as it is written: the same bytes to each, and each may fail alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from types import TracebackType
from typing import Self

from core.backup.leftovers import discard
from core.backup.repository.protocol import ObjectWriter, Repository
from core.errors import BackupError, CancelledError, PgvigilError


class Copy:
    """One repository that is to get the backup; ``problem`` says why it does not, once it fails.

    ``is_begun`` says that there may be objects of it, ``is_committed`` that its manifest is there.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.problem: PgvigilError | None = None
        self.is_begun = False
        self.is_committed = False

    @property
    def name(self) -> str:
        """The repository's name."""
        return self.repository.name


class Copies:
    """All copies of one backup; may be used from several threads."""

    def __init__(self, repositories: Sequence[Repository]) -> None:
        self._all = [Copy(each) for each in repositories]
        self._failing = Lock()

    @property
    def all(self) -> tuple[Copy, ...]:
        """Every copy that was asked for."""
        return tuple(self._all)

    @property
    def good(self) -> tuple[Copy, ...]:
        """Those that have not failed.

        Raises:
            BackupError: none is left.
        """
        good = tuple(each for each in self._all if each.problem is None)
        if not good:
            raise self._all_failed()
        return good

    @property
    def problems(self) -> tuple[tuple[str, PgvigilError], ...]:
        """The copies that failed, and why."""
        return tuple((each.name, each.problem) for each in self._all if each.problem)

    def fail(self, copy: Copy, error: PgvigilError) -> None:
        """Go on without ``copy``; the first reason counts."""
        with self._failing:
            copy.problem = copy.problem or error

    def each(self, act: Callable[[Copy], object]) -> None:
        """Do the same with each copy that has not failed; one that fails is gone on without.

        Raises:
            BackupError: none is left.
            CancelledError: a person cancelled the job.
        """
        for copy in self.good:
            try:
                act(copy)
            except CancelledError:
                raise
            except PgvigilError as error:
                self.fail(copy, error)
        _ = self.good

    def writer(self, path: str) -> TeeWriter:
        """A writer of one object to each copy."""
        return TeeWriter(self, path)

    def write(self, path: str, data: bytes) -> None:
        """A small object whole to each copy, and read back.

        Raises:
            BackupError: no copy is left.
        """

        def write(copy: Copy) -> None:
            copy.is_begun = True
            copy.repository.write(path, data)
            if copy.repository.read(path) != data:
                raise reads_otherwise(copy.repository, path)

        self.each(write)

    def discard(self, copies: Sequence[Copy], server: str, backup_id: str) -> tuple[str, ...]:
        """Take away what ``copies`` have of the backup; gives a sentence for each that can't be."""
        problems = []
        for copy in copies:
            if not copy.is_begun:
                continue
            try:
                discard(copy.repository, server, backup_id)
            except PgvigilError as error:
                problems.append(
                    f"what {copy.name} has of {backup_id} is not cleared yet: {error.what}"
                )
        return tuple(problems)

    def _all_failed(self) -> BackupError:
        reasons = [
            f"{name}: {error.what}" + (f" ({error.why})" if error.why else "")
            for name, error in self.problems
        ]
        first = self.problems[0][1] if self.problems else None
        if first is not None and len(reasons) == 1:
            return BackupError(
                f"The backup could not be stored: {first.what}", why=first.why, remedy=first.remedy
            )
        return BackupError(
            "The backup could be stored in none of its repositories",
            why="; ".join(reasons) or "no repository was named",
            remedy=(first.remedy if first else "") or "see each repository: pgvigil doctor",
        )


class TeeWriter:
    """Gives what it takes to a writer of each copy that has not failed."""

    def __init__(self, copies: Copies, path: str) -> None:
        self._copies = copies
        self._writers: list[tuple[Copy, ObjectWriter]] = []
        for copy in copies.good:
            try:
                copy.is_begun = True
                self._writers.append((copy, copy.repository.writer(path)))
            except PgvigilError as error:
                copies.fail(copy, error)
        self._check()

    @property
    def sent_bytes(self) -> dict[str, int]:
        """How many bytes have left for each copy that gets this object."""
        return {copy.name: writer.sent_bytes for copy, writer in self._writers}

    def write(self, data: bytes) -> None:
        """Take more bytes.

        Raises:
            BackupError: no copy is left.
        """
        self._with_each(lambda writer: writer.write(data))

    def commit(self) -> None:
        """Make the object visible in each copy.

        Raises:
            BackupError: no copy is left.
        """
        self._with_each(lambda writer: writer.commit())

    def abort(self) -> None:
        """Leave nothing of what is not committed; never raises."""
        for _, writer in self._writers:
            writer.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()

    def _with_each(self, act: Callable[[ObjectWriter], None]) -> None:
        still = []
        for copy, writer in self._writers:
            try:
                if copy.problem is not None:
                    writer.abort()
                    continue
                act(writer)
                still.append((copy, writer))
            except PgvigilError as error:
                writer.abort()
                self._copies.fail(copy, error)
        self._writers = still
        self._check()

    def _check(self) -> None:
        """Nothing, while a copy gets this object.

        Raises:
            BackupError: no copy is left.
        """
        _ = self._copies.good


def reads_otherwise(repository: Repository, path: str) -> BackupError:
    """What to say of an object that reads back as something else than was written."""
    return BackupError(
        f"{path} reads back otherwise than it was written to {repository.name}",
        why="the disk, the network or the server changed it",
        remedy="look for errors of that disk or server before it is trusted again",
    )
