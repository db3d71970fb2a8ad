"""The one place where chunks are encrypted: AES-256-GCM (NIST SP 800-38D)."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import DamagedArtifactError

TAG_BYTES = 16


class ChunkCipher:
    """Encrypts and authenticates chunks under one key; no nonce may be used twice."""

    def __init__(self, key: bytes, bound_to: bytes) -> None:
        self._aes = AESGCM(key)
        self._bound_to = bound_to

    def seal(self, nonce: bytes, plain: bytes | memoryview) -> bytes:
        """The encrypted chunk with its tag at the end, bound to what the cipher is bound to."""
        return self._aes.encrypt(nonce, plain, self._bound_to)

    def open(self, nonce: bytes, sealed: bytes) -> bytes:
        """What was sealed.

        Raises:
            DamagedArtifactError: it is not as it was written, or not in its place.
        """
        try:
            return self._aes.decrypt(nonce, sealed, self._bound_to)
        except InvalidTag:
            raise DamagedArtifactError(
                "A sealed artifact is damaged",
                why="a chunk is not as it was written, or not in its place",
                remedy="use another copy of this backup, or another backup",
            ) from None
