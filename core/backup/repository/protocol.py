"""What a repository is to the rest of pgvigil, whatever it is made of.

All of it blocks and is called from threads, several at once; a writer or reader belongs to one
thread at a time. Everything raises ``RepositoryError`` and its kinds (see ``problems``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from core.config.repository_settings import RepositorySettings
from core.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object as a list shows it; ``size`` in bytes."""

    path: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class KeptObject:
    """An object that could not be deleted, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """What came of deleting.

    ``removed`` is gone, or was not there. ``hidden`` is no longer seen, but older versions of it
    are still in the bucket: it takes room and, with its key, could still be read. ``kept`` is still
    there.
    """

    removed: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    kept: tuple[KeptObject, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryReport:
    """What was found out about a repository by trying it.

    ``where`` names it to people. ``problem`` says why it is not writable, empty where it is.
    ``clock_skew_seconds`` is positive where the repository's clock is ahead of ours. ``warnings``
    are whole sentences.
    """

    where: str
    writable: bool
    problem: str = ""
    remedy: str = ""
    free_bytes: int | Unknown = field(default_factory=lambda: Unknown("not asked"))
    versioned: bool | Unknown = False
    object_lock: bool | Unknown = False
    clock_skew_seconds: float | Unknown = 0.0
    warnings: tuple[str, ...] = ()


class ObjectWriter(Protocol):
    """Takes an object's bytes; nobody sees the object before ``commit``.

    As a context manager it aborts what was not committed.
    """

    @property
    def sent_bytes(self) -> int:
        """How many bytes have left for the repository; it grows also while ``commit`` waits."""
        ...

    def write(self, data: bytes | memoryview) -> None:
        """Take more bytes; they may be sent later, so an earlier write's failure can show here."""
        ...

    def commit(self) -> None:
        """Make the object visible, whole and durable; it replaces one of the same name.

        That it is so, the repository says: what matters is read back.
        """
        ...

    def abort(self) -> None:
        """Leave nothing; never raises. After ``commit`` it does nothing."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()


class ObjectReader(Protocol):
    """Gives an object's bytes from where it was opened."""

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, fewer only at the end; all the rest without a size."""
        ...

    def close(self) -> None:
        """Let go of the object."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Repository(Protocol):
    """A place for backups. Paths are relative, with slashes, and name objects: see ``paths``."""

    @property
    def name(self) -> str:
        """Its name in the config."""
        ...

    @property
    def settings(self) -> RepositorySettings:
        """How it was opened."""
        ...

    @property
    def is_given_up(self) -> bool:
        """Whether it did not answer for as long as it is tried, and nothing succeeded since."""
        ...

    def writer(self, path: str) -> ObjectWriter:
        """A writer of a new object."""
        ...

    def reader(
        self, path: str, start: int = 0, *, patience_seconds: float | None = None
    ) -> ObjectReader:
        """A reader from byte ``start``.

        What fails and may pass is tried again for ``patience_seconds`` in all, as long as nothing
        of the object comes meanwhile; ``None``: for as long as the settings say.

        Raises:
            ObjectMissingError: there is no such object.
        """
        ...

    def read(self, path: str) -> bytes:
        """A small object whole."""
        with self.reader(path) as reader:
            return reader.read()

    def write(self, path: str, data: bytes) -> None:
        """A small object whole: the old one or the new one is there, at any instant."""
        with self.writer(path) as writer:
            writer.write(data)
            writer.commit()

    def exists(self, path: str) -> bool:
        """Whether there is such an object."""
        ...

    def size(self, path: str) -> int:
        """An object's bytes.

        Raises:
            ObjectMissingError: there is no such object.
        """
        ...

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose path begins with ``prefix``, by path."""
        ...

    def folders(self, prefix: str = "") -> Iterator[str]:
        """The names right below a folder (empty, or ending with a slash) that are folders."""
        ...

    def delete(self, paths: Sequence[str]) -> Deletion:
        """Delete objects; one that is not there counts as removed."""
        ...

    def hide(self, paths: Sequence[str]) -> Deletion:
        """As ``delete``, but older versions of the objects may stay, as a lock demands it of some.

        For what only says something: that it is not seen any more is enough.
        """
        return self.delete(paths)

    def settle(self, prefix: str) -> None:
        """See that what lies below a folder (ending with a slash) outlasts a loss of power.

        Whoever wrote it was perhaps killed before it had seen to that; what is written by
        ``writer`` and ``write`` needs it not.
        """
        ...

    def clean_stale(self, older_than_seconds: float) -> int:
        """Clear what writers left that ended without commit or abort; how many there were."""
        ...

    def clean_dead(self, folder: str) -> int:
        """Clear what writers of objects left that ended without commit or abort; how many.

        ``folder`` is a backup's (see ``layout.backup_folder``), and nobody writes there any more.
        """
        ...

    def probe(self) -> RepositoryReport:
        """Try the repository by writing, reading and deleting a small object; never raises."""
        ...

    def close(self) -> None:
        """Let go of connections and threads."""
        ...
