"""Seals a stream: chunk after chunk is encrypted as it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from core.backup.seal.cipher import TAG_BYTES, ChunkCipher
from core.backup.seal.header import CHUNK_BYTES, Header
from core.errors import BackupError

_MOST_CHUNKS = 1 << 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed.

    ``digest`` is SHA-256 over the header and the chunks' tags, in hexadecimal: it names these very
    bytes to whoever has the key, and costs nothing beside the encryption.
    """

    plain_bytes: int
    sealed_bytes: int
    digest: str


class SealWriter:
    """Takes plain bytes, gives sealed ones to ``write``; holds one chunk in memory.

    The last chunk says that it is the last, so one chunk is kept back until ``finish``.
    """

    def __init__(
        self,
        write: Callable[[bytes], object],
        data_key: bytes,
        *,
        backup_id: str,
        name: str,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self._header, key = Header.fresh(data_key, backup_id, name, chunk_bytes)
        self._write = write
        self._cipher = ChunkCipher(key, self._header.digest())
        self._size = chunk_bytes
        self._buffer = memoryview(bytearray(chunk_bytes))
        self._kept = self._buffer[:0]
        self._counter = 0
        self._plain_bytes = 0
        start = self._header.to_bytes()
        self._sealed_bytes = len(start)
        self._tags = sha256(start)
        write(start)

    def write(self, plain: bytes | memoryview) -> None:
        """Seal what fills a chunk; the rest waits.

        Raises:
            BackupError: there are more chunks than can be counted.
        """
        view = memoryview(plain)
        self._plain_bytes += len(view)
        while view:
            if len(self._kept) == self._size:
                self._seal(self._kept, is_final=False)
                self._kept = self._buffer[:0]
            room = self._size - len(self._kept)
            part, view = view[:room], view[room:]
            if len(part) < self._size:
                self._keep(part)
            elif view:
                self._seal(part, is_final=False)
            elif isinstance(plain, bytes):
                self._kept = part  # nobody can change it: it needs no copy
            else:
                self._keep(part)

    def finish(self) -> Sealed:
        """Seal the last chunk; it may be empty."""
        self._seal(self._kept, is_final=True)
        return Sealed(self._plain_bytes, self._sealed_bytes, self._tags.hexdigest())

    def _keep(self, part: memoryview) -> None:
        """Copy ``part`` behind what is kept already; the one buffer is used again and again."""
        end = len(self._kept) + len(part)
        self._buffer[len(self._kept) : end] = part
        self._kept = self._buffer[:end]

    def _seal(self, plain: bytes | memoryview, *, is_final: bool) -> None:
        if self._counter >= _MOST_CHUNKS:
            raise BackupError(
                f"{self._header.name} is too long to be sealed",
                why=f"it has more than {_MOST_CHUNKS} chunks of {self._header.chunk_bytes} bytes",
                remedy="exclude the table, or choose larger chunks",
            )
        nonce = self._header.nonce(self._counter, is_final=is_final)
        chunk = self._cipher.seal(nonce, plain)
        self._counter += 1
        self._sealed_bytes += len(chunk)
        self._tags.update(chunk[-TAG_BYTES:])
        self._write(chunk)
