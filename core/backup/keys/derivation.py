"""Keys from passphrases: scrypt (RFC 7914), with costs that make guessing dear."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import KeyMissingError, NewerFormatError

_KEY_BYTES = 32
_SALT_BYTES = 16
_COST, _BLOCK_SIZE, _PARALLEL = 1 << 17, 8, 1
"""128 MiB and about half a second: OWASP's recommendation for scrypt (2023)."""
_MOST_MEMORY_BYTES, _MOST_PARALLEL = 1 << 30, 16
"""What is read from a repository must not make this machine run out of memory."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """The salt and the costs with which a passphrase becomes a key; none of it is secret."""

    salt: bytes
    cost: int = _COST
    block_size: int = _BLOCK_SIZE
    parallel: int = _PARALLEL

    @classmethod
    def fresh(cls) -> Derivation:
        """A new salt, and the costs of today."""
        return cls(os.urandom(_SALT_BYTES))

    def key_from(self, passphrase: str) -> bytes:
        """The key's 32 bytes; the passphrase counts in Unicode's form NFC, whoever typed it.

        Raises:
            KeyMissingError: the passphrase is empty.
            NewerFormatError: the costs are out of what is accepted here.
        """
        if not passphrase:
            raise KeyMissingError(
                "The passphrase is empty",
                remedy="set the variable, the file or the command that gives it",
            )
        memory_bytes = 128 * self.cost * self.block_size
        if memory_bytes > _MOST_MEMORY_BYTES or self.parallel > _MOST_PARALLEL:
            raise NewerFormatError(
                "A key's derivation has costs that are not accepted here",
                why=f"scrypt with N={self.cost}, r={self.block_size}, p={self.parallel}",
                remedy="see whether wraps.json is genuine; use a newer pgvigil if it is",
            )
        scrypt = Scrypt(
            salt=self.salt,
            length=_KEY_BYTES,
            n=self.cost,
            r=self.block_size,
            p=self.parallel,
        )
        return scrypt.derive(unicodedata.normalize("NFC", passphrase).encode())
