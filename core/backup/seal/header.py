"""The head of a sealed artifact: what it is, and what its keys are derived with."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import DamagedArtifactError, NewerFormatError, WrongKeyError

MAGIC = b"PGVIGIL\x00"
VERSION = 1
AES_256_GCM_STREAM = 1
CHUNK_BYTES = 1 << 20
KEY_BYTES = 32

_LABEL = b"pgvigil sealed artifact 1"
_START = struct.Struct(">8sBBI")
_LENGTH = struct.Struct(">H")
_SALT_BYTES, _PREFIX_BYTES, _COMMITMENT_BYTES = 32, 7, 32
_LEAST_CHUNK_BYTES, _MOST_CHUNK_BYTES = 1, 1 << 26


class ByteSource(Protocol):
    """What bytes are read from; at the end, ``read`` gives nothing."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most ``size``."""


def new_data_key() -> bytes:
    """A fresh random key for one artifact, and one attempt to write it."""
    return os.urandom(KEY_BYTES)


@dataclass(frozen=True, slots=True)
class Header:
    """Everything that stands before the first chunk.

    ``commitment`` tells whether a key is the right one before anything is decrypted, and keeps an
    artifact from having a second key under which it says something else.
    """

    chunk_bytes: int
    backup_id: str
    name: str
    salt: bytes
    nonce_prefix: bytes
    commitment: bytes

    @classmethod
    def fresh(
        cls, data_key: bytes, backup_id: str, name: str, chunk_bytes: int = CHUNK_BYTES
    ) -> tuple[Header, bytes]:
        """A header for a new artifact, and the key that encrypts its chunks."""
        salt, prefix = os.urandom(_SALT_BYTES), os.urandom(_PREFIX_BYTES)
        bare = cls(chunk_bytes, backup_id, name, salt, prefix, b"")
        key, commitment = bare._derive(data_key)
        return cls(chunk_bytes, backup_id, name, salt, prefix, commitment), key

    def to_bytes(self) -> bytes:
        """The header as it is written."""
        return self._before_commitment() + self.commitment

    def digest(self) -> bytes:
        """SHA-256 of the header: what each chunk is bound to."""
        return sha256(self.to_bytes()).digest()

    def key_from(self, data_key: bytes) -> bytes:
        """The key that encrypts the chunks.

        Raises:
            WrongKeyError: this is not the data key that the artifact was sealed with.
        """
        key, commitment = self._derive(data_key)
        if not compare_digest(commitment, self.commitment):
            raise WrongKeyError(
                f"The key does not open {self.name} of backup {self.backup_id}",
                why="its header was made for another data key, or was changed since",
                remedy="see that wraps.json belongs to this backup; else use another copy",
            )
        return key

    def nonce(self, counter: int, *, is_final: bool) -> bytes:
        """The nonce of a chunk: the STREAM construction (Hoang et al. 2015)."""
        return self.nonce_prefix + counter.to_bytes(4, "big") + bytes([is_final])

    def _before_commitment(self) -> bytes:
        backup_id, name = self.backup_id.encode(), self.name.encode()
        return b"".join(
            (
                _START.pack(MAGIC, VERSION, AES_256_GCM_STREAM, self.chunk_bytes),
                _LENGTH.pack(len(backup_id)) + backup_id,
                _LENGTH.pack(len(name)) + name,
                self.salt,
                self.nonce_prefix,
            )
        )

    def _derive(self, data_key: bytes) -> tuple[bytes, bytes]:
        """Encryption key and commitment: HKDF-SHA256 (RFC 5869) over what stands before."""
        material = HKDF(
            algorithm=SHA256(),
            length=KEY_BYTES + _COMMITMENT_BYTES,
            salt=self.salt,
            info=_LABEL + sha256(self._before_commitment()).digest(),
        ).derive(data_key)
        return material[:KEY_BYTES], material[KEY_BYTES:]


def read_header(source: ByteSource) -> Header:
    """The header at the beginning of ``source``.

    Raises:
        DamagedArtifactError: this is no sealed artifact, or its header is cut.
        NewerFormatError: a newer pgvigil sealed it.
    """
    magic, version, suite, chunk_bytes = _START.unpack(_exactly(source, _START.size))
    if magic != MAGIC:
        raise damaged("it does not begin as a sealed artifact")
    if version != VERSION or suite != AES_256_GCM_STREAM:
        raise NewerFormatError(
            "A sealed artifact is of a format that is not known here",
            why=f"format version {version}, suite {suite}",
            remedy="use the pgvigil that wrote it, or a newer one",
        )
    if not _LEAST_CHUNK_BYTES <= chunk_bytes <= _MOST_CHUNK_BYTES:
        raise damaged(f"chunks of {chunk_bytes} bytes")
    return Header(
        chunk_bytes,
        _text(source),
        _text(source),
        _exactly(source, _SALT_BYTES),
        _exactly(source, _PREFIX_BYTES),
        _exactly(source, _COMMITMENT_BYTES),
    )


def read_fully(source: ByteSource, size: int) -> bytes:
    """The next ``size`` bytes, fewer only where the source ends."""
    parts = []
    while size > 0 and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def damaged(why: str) -> DamagedArtifactError:
    """What is said of bytes that are not those that were sealed."""
    return DamagedArtifactError(
        "A sealed artifact is damaged",
        why=why,
        remedy="use another copy of this backup, or another backup; verify tells which are good",
    )


def _exactly(source: ByteSource, size: int) -> bytes:
    taken = read_fully(source, size)
    if len(taken) != size:
        raise damaged("it ends within its header")
    return taken


def _text(source: ByteSource) -> str:
    (length,) = _LENGTH.unpack(_exactly(source, _LENGTH.size))
    try:
        return _exactly(source, length).decode()
    except UnicodeDecodeError:
        raise damaged("a name in its header is no UTF-8") from None
