"""A folder as a repository."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import time

from core.backup.repository.folder.failure import failure, told
from core.backup.repository.folder.reader import FolderReader
from core.backup.repository.folder.tree import FOLDER_MODE, Tree
from core.backup.repository.folder.writer import UNFINISHED, FolderWriter, mark_of
from core.backup.repository.paths import checked
from core.backup.repository.problems import ObjectMissingError, RepositoryMissingError
from core.backup.repository.protocol import (
    Deletion,
    KeptObject,
    ObjectInfo,
    Repository,
    RepositoryReport,
)
from core.backup.repository.throttle import Throttle
from core.config.paths import with_home
from core.config.repository_settings import RepositorySettings
from core.errors import RepositoryError
from core.model.unknown import Unknown

_PROBE = ".pgvigil-probe"


class FolderRepository(Repository):
    """A ``Repository`` below the folder that the settings name; the folder has to be there."""

    def __init__(self, name: str, settings: RepositorySettings) -> None:
        self._name = name
        self._settings = settings
        self._root = with_home(Path(settings.path))
        self._tree = Tree(str(self._root))
        self._throttle = Throttle(settings.bandwidth_bytes_per_second)

    @property
    def name(self) -> str:
        """Its name in the config."""
        return self._name

    @property
    def settings(self) -> RepositorySettings:
        """How it was opened."""
        return self._settings

    @property
    def is_given_up(self) -> bool:
        """A folder is not waited for."""
        return False

    def create(self) -> None:
        """Make the folder, for its owner alone; the folder above has to be there.

        Nothing else makes it: a disk that is not mounted must not be taken for an empty
        repository.
        """
        with told(f"The folder {self._root} could not be made"):
            with suppress(FileExistsError):
                self._root.mkdir(mode=FOLDER_MODE)
            descriptor = os.open(self._root.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def writer(self, path: str) -> FolderWriter:
        """A writer of a new object."""
        names = checked(path)
        self._check_root()
        return FolderWriter(self._tree, names, self._throttle, str(self._root))

    def reader(self, path: str, start: int = 0, **_: float | None) -> FolderReader:
        """A reader from byte ``start``; what fails in a folder is not tried again."""
        names = checked(path)
        what = f"{path} could not be read from {self._root}"
        try:
            descriptor = self._tree.open_file(names)
            os.lseek(descriptor, start, os.SEEK_SET)
        except OSError as error:
            self._check_root()
            raise failure(what, error) from error
        return FolderReader(descriptor, self._throttle, what)

    def exists(self, path: str) -> bool:
        """Whether there is such an object."""
        try:
            self.size(path)
        except ObjectMissingError:
            return False
        return True

    def size(self, path: str) -> int:
        """An object's bytes."""
        names = checked(path)
        try:
            descriptor = self._tree.open_file(names)
        except OSError as error:
            self._check_root()
            raise failure(f"{path} could not be looked at in {self._root}", error) from error
        try:
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose path begins with ``prefix``, by path."""
        names = tuple(prefix.split("/")[:-1])
        if names:
            checked("/".join(names))
        try:
            for entry in self._tree.walk(names, prefix):
                modified_at = datetime.fromtimestamp(entry.modified, UTC)
                yield ObjectInfo(entry.path, entry.size, modified_at)
        except OSError as error:
            self._check_root()
            raise failure(f"{self._root} could not be listed", error) from error

    def folders(self, prefix: str = "") -> Iterator[str]:
        """The names right below a folder that are folders."""
        names = checked(prefix.removesuffix("/")) if prefix else ()
        try:
            yield from self._tree.folders(names)
        except OSError as error:
            self._check_root()
            raise failure(f"{self._root} could not be listed", error) from error

    def delete(self, paths: Sequence[str]) -> Deletion:
        """Delete objects."""
        self._check_root()
        by_folder: dict[tuple[str, ...], list[str]] = {}
        for path in paths:
            *folder, file = checked(path)
            by_folder.setdefault(tuple(folder), []).append(file)
        refused = {
            "/".join((*folder, file)): error
            for folder, files in by_folder.items()
            for file, error in self._tree.remove(folder, files).items()
        }
        kept = tuple(
            KeptObject(path, failure(f"{path} could not be deleted", error).why)
            for path, error in refused.items()
        )
        return Deletion(tuple(path for path in paths if path not in refused), kept=kept)

    def settle(self, prefix: str) -> None:
        """See that what lies below a folder is on the disk with its name."""
        names = checked(prefix.removesuffix("/"))
        try:
            self._tree.settle(names)
        except OSError as error:
            self._check_root()
            raise failure(f"{prefix} could not be brought to the disk", error) from error

    def clean_stale(self, older_than_seconds: float) -> int:
        """Remove unfinished files that nobody wrote to for so long, by the file system's clock.

        Empty folders that are as old go too; they don't count.
        """
        self._check_root()
        with told(f"{self._root} could not be cleared of unfinished files"):
            try:
                with self._tree.folder((UNFINISHED,)) as folder:
                    oldest = self._now_there(folder) - older_than_seconds
                    cleaned = _clear(folder, oldest)
            except FileNotFoundError:
                cleaned, oldest = 0, time() - older_than_seconds
            self._tree.remove_empty(oldest)
        return cleaned

    def clean_dead(self, folder: str) -> int:
        """Remove every unfinished file that was to come below ``folder``, and empty folders."""
        names = checked(folder.removesuffix("/"))
        self._check_root()
        cleaned = 0
        with told(f"{folder} in {self._root} could not be cleared of unfinished files"):
            with suppress(FileNotFoundError), self._tree.folder((UNFINISHED,)) as unfinished:
                with os.scandir(unfinished) as entries:
                    dead = [e.name for e in entries if e.name.startswith(mark_of(names))]
                for name in dead:
                    with suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=unfinished)
                        cleaned += 1
            with suppress(FileNotFoundError):
                self._tree.remove_if_empty(names)
        return cleaned

    def probe(self) -> RepositoryReport:
        """Write, read and delete a small file."""
        where = f"the folder {self._root}"
        try:
            data = secrets.token_bytes(64)
            self._check_root()
            skew = self._try(data)
        except RepositoryError as error:
            problem = f"{error.what}: {error.why}"
            return RepositoryReport(where, writable=False, problem=problem, remedy=error.remedy)
        return RepositoryReport(
            where,
            writable=True,
            free_bytes=self._free_bytes(),
            clock_skew_seconds=skew,
            warnings=(*self._mode_warnings(), *self._skew_warnings(skew)),
        )

    def close(self) -> None:
        """There is nothing to let go of."""

    def _try(self, data: bytes) -> float:
        """Write, read and delete a file; how many seconds the file system's clock is ahead."""
        name = f"{_PROBE}-{secrets.token_hex(6)}"
        with told(f"Nothing can be written to {self._root}"):
            before = time()
            descriptor = os.open(
                self._root / name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600
            )
            try:
                os.write(descriptor, data)
                os.fsync(descriptor)
                modified = os.fstat(descriptor).st_mtime
                after = time()
                same = os.pread(descriptor, len(data), 0) == data
            finally:
                os.close(descriptor)
                (self._root / name).unlink()
        if not same:
            raise RepositoryError(
                f"{self._root} gives back other bytes than were written",
                why="the disk or the file system is broken",
                remedy="use another disk, and verify the backups on this one",
            )
        return min(modified - before, 0.0) if modified < before else max(modified - after, 0.0)

    def _now_there(self, folder: int) -> float:
        """The file system's own time: on a network it is another host's."""
        name = f"{_PROBE}-{secrets.token_hex(6)}"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            descriptor = os.open(name, flags, 0o600, dir_fd=folder)
        except OSError:
            return time()  # full or read-only: what is stale can still be judged by our clock
        try:
            return os.fstat(descriptor).st_mtime
        finally:
            os.close(descriptor)
            os.unlink(name, dir_fd=folder)

    def _free_bytes(self) -> int | Unknown:
        try:
            status = os.statvfs(self._root)
        except OSError as error:
            return Unknown(error.strerror or str(error))
        return status.f_bavail * status.f_frsize

    def _mode_warnings(self) -> tuple[str, ...]:
        mode = self._root.stat().st_mode & 0o777
        if not mode & 0o077:
            return ()
        return (f"{self._root} has mode {mode:04o}: others may look into it; chmod 700 it.",)

    def _skew_warnings(self, skew: float) -> tuple[str, ...]:
        if abs(skew) <= self._settings.clock_skew_seconds:
            return ()
        side = "ahead of" if skew > 0 else "behind"
        return (f"The clock of {self._root} is {abs(skew):.0f} s {side} ours.",)

    def _check_root(self) -> None:
        try:
            is_folder = self._root.is_dir()
            why = "there is no such folder" if not self._root.exists() else "it is not a folder"
        except OSError as error:
            raise failure(f"The repository {self._name} can't be used", error) from error
        if not is_folder:
            raise RepositoryMissingError(
                f"The repository {self._name} is not there: {self._root}",
                why=why,
                remedy=f"mount its disk; if it is to be a new one: mkdir -m 700 {self._root}",
            )


def _clear(folder: int, oldest: float) -> int:
    """Remove the files in a folder that were not written to since ``oldest``; how many."""
    cleared = 0
    with os.scandir(folder) as entries:
        unfinished = list(entries)
    for entry in unfinished:
        with suppress(FileNotFoundError):
            if entry.stat(follow_symlinks=False).st_mtime <= oldest:
                os.unlink(entry.name, dir_fd=folder)
                cleared += 1
    return cleared
