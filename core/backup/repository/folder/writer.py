"""Writes one object of a folder: it gets its name once all of it is on the disk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

from core.backup.repository.folder.failure import close_quietly, failure
from core.backup.repository.folder.tree import FILE_MODE, Tree
from core.backup.repository.problems import RepositoryFullError
from core.backup.repository.protocol import ObjectWriter
from core.backup.repository.throttle import Throttle
from core.errors import RepositoryError

UNFINISHED = ".pgvigil-unfinished"
"""The folder of what is being written: beside the rest, hence on the same file system."""


_BACKUP_DEPTH = 2
"""How many names a backup's folder has: the server's, and its own."""


def mark_of(names: Sequence[str]) -> str:
    """How the temporary files of what is written below a backup's folder begin."""
    folder = "/".join(names[:_BACKUP_DEPTH])
    return f"{sha256(os.fsencode(folder)).hexdigest()[:16]}-"


class FolderWriter(ObjectWriter):
    """An ``ObjectWriter``: temporary file, fsync, rename, fsync of the folder."""

    def __init__(self, tree: Tree, names: tuple[str, ...], throttle: Throttle, where: str) -> None:
        self._tree = tree
        self._names = names
        self._throttle = throttle
        self._what = f"{'/'.join(names)} could not be written to {where}"
        self._temporary = (UNFINISHED, f"{mark_of(names)}{secrets.token_hex(12)}.part")
        self._written = 0
        self._descriptor: int | None = None
        try:
            with tree.folder((UNFINISHED,), create=True) as folder:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                self._descriptor = os.open(self._temporary[1], flags, FILE_MODE, dir_fd=folder)
        except OSError as error:
            raise self._failed(error) from error

    @property
    def sent_bytes(self) -> int:
        """How many bytes were written."""
        return self._written

    def write(self, data: bytes | memoryview) -> None:
        """Write more bytes."""
        descriptor = self._open()
        view = memoryview(data).cast("B")
        try:
            while view:
                block = view[: self._throttle.block_bytes]
                self._throttle.take(len(block))
                done = os.write(descriptor, block)
                self._written += done
                view = view[done:]
        except OSError as error:
            self.abort()
            raise self._failed(error) from error

    def commit(self) -> None:
        """Put the file on the disk and give it its name."""
        descriptor = self._open()
        try:
            os.fsync(descriptor)
            # Some network file systems say only on close that there was no room.
            self._descriptor = None
            os.close(descriptor)
            self._tree.put(self._temporary, self._names)
        except OSError as error:
            self._descriptor = self._descriptor or -1
            self.abort()
            raise self._failed(error) from error

    def abort(self) -> None:
        """Remove the unfinished file."""
        if self._descriptor is None:
            return
        if self._descriptor >= 0:
            close_quietly(self._descriptor)
        self._descriptor = None
        with suppress(OSError), self._tree.folder(self._temporary[:1]) as folder:
            os.unlink(self._temporary[1], dir_fd=folder)

    def _open(self) -> int:
        if self._descriptor is None:
            raise RepositoryError(self._what, why="the writer has ended already")
        return self._descriptor

    def _failed(self, error: OSError) -> RepositoryError:
        told = failure(self._what, error)
        if isinstance(told, RepositoryFullError):
            told.why += f", after {self._written} bytes of this file"
        return told
