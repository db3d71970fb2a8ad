"""The bytes of one part, waiting in memory or, when there are many, in a file without a name."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from core.backup.repository.presets import Checksum
from core.backup.repository.s3.checksum import RunningChecksum
from core.backup.repository.throttle import Throttle

_SPOOL_FOLDER = Path("/var", "tmp")


class Part:
    """Collects the bytes of a part; they can then be sent as often as is needed.

    ``sent`` is how many of its ``size`` bytes the newest attempt at that has come to.
    """

    def __init__(self, capacity: int, memory_bytes: int, spool: str, checksum: Checksum) -> None:
        self.size = 0
        self.sent = 0
        self._capacity = capacity
        self._checksum = RunningChecksum(checksum)
        self._spool = (spool or _default_spool()) if capacity > memory_bytes else None
        self._file: IO[bytes] | None = None
        self._memory = bytearray()

    @property
    def missing(self) -> int:
        """Bytes until it is full."""
        return self._capacity - self.size

    def add(self, data: memoryview) -> None:
        """Take bytes, at most as many as are missing.

        Raises:
            OSError: the disk has no room for them.
        """
        self._checksum.update(data)
        if self._spool is None:
            self._memory += data
        else:
            self._spooled(self._spool).write(data)
        self.size += len(data)

    def checksum(self) -> Mapping[str, str]:
        """The parameter by which the server checks what arrived."""
        return self._checksum.parameter()

    def body(self, throttle: Throttle) -> io.RawIOBase:
        """A stream over the bytes, from the beginning."""
        return _Body(self, throttle)

    def slice(self, start: int, count: int) -> bytes | memoryview:
        """Some of the bytes."""
        if self._file is None:
            return memoryview(self._memory)[start : start + count]
        self._file.seek(start)
        return self._file.read(count)

    def _spooled(self, folder: str) -> IO[bytes]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        return self._file

    def release(self) -> None:
        """Let go of the bytes."""
        if self._file is not None:
            self._file.close()
        self._memory = bytearray()


class _Body(io.RawIOBase):
    """What botocore sends: seekable, as it may have to begin again; at the pace of the throttle."""

    def __init__(self, part: Part, throttle: Throttle) -> None:
        super().__init__()
        self._part = part
        self._throttle = throttle
        self._at = 0

    def __len__(self) -> int:
        return self._part.size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = (0, self._at, self._part.size)[whence] + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = self._part.size - self._at
        count = left if size < 0 else min(size, left)
        data = bytes(self._part.slice(self._at, count))
        self._throttle.take(len(data))
        self._at += len(data)
        self._part.sent = self._at
        return data


def _default_spool() -> str:
    """The folder for large temporary files, which unlike /tmp is seldom in memory."""
    return str(_SPOOL_FOLDER) if _SPOOL_FOLDER.is_dir() else tempfile.gettempdir()
