"""A file of a dump, which may be read while pg_dump still writes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Protocol

from core.errors import BackupError

_LOOK_SECONDS = 0.05
_ALREADY = Event()


class Bytes(Protocol):
    """An opened file, unbuffered: what comes is what is there."""

    def read(self, size: int, /) -> bytes | None:
        """The next bytes, at most ``size``; none where no more are there yet."""


class DumpFile:
    """One file; pg_dump writes it from its beginning to its end, and changes nothing behind that.

    It may be read at once; ``finish`` says that all of it is there.
    """

    __slots__ = ("_finished", "_size", "path")

    def __init__(self, path: Path, finished: Event | None = None) -> None:
        self.path = path
        self._finished = finished or Event()
        self._size = 0

    @classmethod
    def finished(cls, path: Path, size: int) -> DumpFile:
        """One to which nothing will be written any more."""
        # They wait by the ten thousand to be stored, and an event of its own takes each a kilobyte.
        file = cls(path, _ALREADY)
        file.finish(size)
        return file

    def finish(self, size: int) -> None:
        """Nothing will be written any more; it has so many bytes."""
        self._size = size
        self._finished.set()

    def blocks(
        self, opened: Bytes, block_bytes: int, check: Callable[[], object]
    ) -> Callable[[], bytes]:
        """What gives the next bytes of the file, which is ``opened``, and none at its end.

        Bytes that are not there yet are waited for; ``check`` is called meanwhile, and may raise.
        Taking them raises ``BackupError`` where the file ends with another size than it was
        said to have.
        """
        read_bytes = 0

        def next_block() -> bytes:
            nonlocal read_bytes
            while True:
                # First whether it is finished: what is read then is all that there will be.
                is_finished = self._finished.is_set()
                if block := opened.read(block_bytes):
                    read_bytes += len(block)
                    return block
                if is_finished:
                    self._check(read_bytes)
                    return b""
                check()
                self._finished.wait(_LOOK_SECONDS)

        return next_block

    def _check(self, read_bytes: int) -> None:
        if read_bytes != self._size:
            raise BackupError(
                f"A file of the dump is not what pg_dump wrote: {self.path.name}",
                why=f"{read_bytes} bytes could be read of {self._size}",
                remedy="see whether the disk of the staging folder has errors",
            )
