"""Files below one folder, reached step by step from it, so that no symbolic link leads out.

Each step is openat(2) with O_NOFOLLOW from the folder before: nobody who can write into the
repository can swap a folder for a link between a check and its use.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf

from core.backup.repository.folder.failure import close_quietly

FOLDER_MODE = 0o700
FILE_MODE = 0o600

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file below the folder; ``path`` with slashes, ``modified`` in seconds UTC."""

    path: str
    size: int
    modified: float


class Tree:
    """The files below ``root``, which may itself be reached through links: that is its owner's."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._settled: set[tuple[int, int]] = set()

    @contextmanager
    def folder(self, names: Sequence[str], *, create: bool = False) -> Iterator[int]:
        """A descriptor of a folder below; ``create`` makes what is missing, durably.

        Durable is then the name of each folder on the way, whoever has made it: a process that was
        killed may not have come to it.

        Raises:
            OSError: it can't be opened or made, or a link is on the way.
        """
        descriptor = self._open(names, create=create)
        try:
            yield descriptor
        finally:
            close_quietly(descriptor)

    def _open(self, names: Sequence[str], *, create: bool) -> int:
        current = os.open(self._root, _FOLDER)
        if create:
            self._settle_root(current)
        for name in names:
            try:
                inner = self._enter(current, name, create=create)
            finally:
                close_quietly(current)
            current = inner
        return current

    def _enter(self, folder: int, name: str, *, create: bool) -> int:
        flags = _FOLDER | os.O_NOFOLLOW
        try:
            inner = os.open(name, flags, dir_fd=folder)
        except FileNotFoundError:
            if not create:
                raise
            with suppress(FileExistsError):
                os.mkdir(name, FOLDER_MODE, dir_fd=folder)
            inner = os.open(name, flags, dir_fd=folder)
            self._settled.discard(_identity(inner))
        if create:
            try:
                self._settle(inner, lambda: os.fsync(folder))
            except OSError:
                close_quietly(inner)
                raise
        return inner

    def _settle(self, folder: int, sync: Callable[[], None]) -> None:
        """Have the name of a folder on the disk: once, for that of a living folder stays there."""
        identity = _identity(folder)
        if identity not in self._settled:
            sync()
            self._settled.add(identity)

    def _settle_root(self, root: int) -> None:
        """The same of the folder of all, as far as this account may look at what it is in."""

        def sync() -> None:
            with suppress(OSError):
                above = os.open("..", _FOLDER, dir_fd=root)
                try:
                    os.fsync(above)
                finally:
                    close_quietly(above)

        self._settle(root, sync)

    def settle(self, names: Sequence[str]) -> None:
        """Have the names of everything below a folder, and of those above it, on the disk.

        Raises:
            OSError: it is not there, or can't be brought to the disk.
        """
        for depth in range(len(names)):
            with self.folder(names[:depth]) as folder:
                os.fsync(folder)
        self._settle_below(names)

    def _settle_below(self, names: Sequence[str]) -> None:
        with self.folder(names) as folder:
            os.fsync(folder)
        for name, status in self._listed(names):
            if stat.S_ISDIR(status.st_mode):
                self._settle_below((*names, name))

    def open_file(self, names: Sequence[str]) -> int:
        """A descriptor of a regular file to be read.

        Raises:
            OSError: it can't be opened, is a link, or no regular file.
        """
        with self.folder(names[:-1]) as folder:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            descriptor = os.open(names[-1], flags, dir_fd=folder)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            close_quietly(descriptor)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return descriptor

    def put(self, temporary: Sequence[str], names: Sequence[str]) -> None:
        """Give a finished file its name, durably; it replaces one of that name.

        A folder that somebody takes away because it was empty is made again.
        """
        for left in reversed(range(_TRIES)):
            try:
                with (
                    self.folder(temporary[:-1]) as source,
                    self.folder(names[:-1], create=True) as target,
                ):
                    os.rename(temporary[-1], names[-1], src_dir_fd=source, dst_dir_fd=target)
                    os.fsync(target)
            except FileNotFoundError:
                if not left:
                    raise
            else:
                return

    def remove(self, names: Sequence[str], files: Sequence[str]) -> dict[str, OSError]:
        """Remove files of one folder, durably, and the folders that this leaves empty.

        What could not be removed is returned; a file that is not there counts as removed.
        """
        refused: dict[str, OSError] = {}
        try:
            with self.folder(names) as folder:
                for file in files:
                    try:
                        os.unlink(file, dir_fd=folder)
                    except FileNotFoundError:
                        continue
                    except OSError as error:
                        refused[file] = error
                os.fsync(folder)
        except FileNotFoundError:
            return {}
        except OSError as error:
            return dict.fromkeys(files, error)
        if not refused:
            self._prune(names)
        return refused

    def remove_empty(self, oldest: float, names: Sequence[str] = ()) -> None:
        """Remove empty folders below that were not touched since ``oldest``.

        Who is killed between two steps of writing or deleting leaves them.
        """
        for name, status in self._listed(names):
            if stat.S_ISDIR(status.st_mode):
                with suppress(OSError):
                    self.remove_empty(oldest, (*names, name))
                    if status.st_mtime <= oldest:
                        with self.folder(names) as above:
                            self._rmdir(above, name)

    def remove_if_empty(self, names: Sequence[str]) -> None:
        """Remove a folder that has nothing but empty folders, and those above that this empties.

        Raises:
            FileNotFoundError: it is not there.
        """
        self.remove_empty(inf, names)
        self._prune(names)

    def _prune(self, names: Sequence[str]) -> None:
        for depth in range(len(names), 0, -1):
            with suppress(OSError), self.folder(names[: depth - 1]) as above:
                self._rmdir(above, names[depth - 1])
                continue
            return

    def _rmdir(self, above: int, name: str) -> None:
        os.rmdir(name, dir_fd=above)
        # Its inode may be that of the next folder which somebody makes.
        self._settled.clear()

    def walk(self, names: Sequence[str] = (), prefix: str = "") -> Iterator[Entry]:
        """The regular files below a folder whose path begins with ``prefix``, by path.

        What begins with ``.pgvigil-`` is not finished and not shown; a folder that vanishes
        meanwhile is empty.
        """
        try:
            listed = self._listed(names)
        except FileNotFoundError:
            if not names:
                raise
            return
        for name, status in listed:
            path = "/".join((*names, name))
            if stat.S_ISDIR(status.st_mode):
                below = path + "/"
                if below.startswith(prefix) or prefix.startswith(below):
                    yield from self.walk((*names, name), prefix)
            elif stat.S_ISREG(status.st_mode) and path.startswith(prefix):
                yield Entry(path, status.st_size, status.st_mtime)

    def folders(self, names: Sequence[str]) -> list[str]:
        """The names of the folders right below a folder; none where it is not there."""
        try:
            listed = self._listed(names)
        except FileNotFoundError:
            if not names:
                raise
            return []
        return [name for name, status in listed if stat.S_ISDIR(status.st_mode)]

    def _listed(self, names: Sequence[str]) -> list[tuple[str, os.stat_result]]:
        """What is in a folder, in the order of whole paths (a folder sorts with its slash)."""
        with self.folder(names) as descriptor:
            found = []
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    if entry.name.startswith(".pgvigil-"):
                        continue
                    with suppress(FileNotFoundError):
                        found.append((entry.name, entry.stat(follow_symlinks=False)))
        return sorted(found, key=_by_path)


def _by_path(entry: tuple[str, os.stat_result]) -> bytes:
    name, status = entry
    return os.fsencode(name + "/" if stat.S_ISDIR(status.st_mode) else name)


def _identity(folder: int) -> tuple[int, int]:
    status = os.fstat(folder)
    return status.st_dev, status.st_ino
