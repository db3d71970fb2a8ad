"""Reads one object of a folder."""

from __future__ import annotations

import os

from core.backup.repository.folder.failure import close_quietly, told
from core.backup.repository.protocol import ObjectReader
from core.backup.repository.throttle import Throttle
from core.errors import RepositoryError

_BLOCK = 1 << 20


class FolderReader(ObjectReader):
    """An ``ObjectReader`` of an open file, which it closes."""

    def __init__(self, descriptor: int, throttle: Throttle, what: str) -> None:
        self._descriptor: int | None = descriptor
        self._throttle = throttle
        self._what = what

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, or all the rest."""
        if self._descriptor is None:
            raise RepositoryError(self._what, why="the reader is closed")
        blocks = []
        missing = size
        while missing:
            wanted = _BLOCK if missing < 0 else missing
            with told(self._what):
                block = os.read(self._descriptor, wanted)
            if not block:
                break
            self._throttle.take(len(block))
            blocks.append(block)
            if missing > 0:
                missing -= len(block)
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            close_quietly(self._descriptor)
            self._descriptor = None
