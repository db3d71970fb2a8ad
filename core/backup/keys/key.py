"""A key-encryption key and its name."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import sha256

from core.backup.keys.derivation import Derivation
from core.errors import WrongKeyError

KEY_BYTES = 32
_LABEL = b"pgvigil key id 1"
_ID_CHARACTERS = 16


def id_of(material: bytes) -> str:
    """The name of a key: it tells keys apart, and nothing of the key."""
    return sha256(_LABEL + material).hexdigest()[:_ID_CHARACTERS]


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """A key that wraps data keys; ``derivation`` says how it comes from a passphrase, if it does.

    Raises:
        WrongKeyError: it has not 256 bits.
    """

    material: bytes = field(repr=False)
    derivation: Derivation | None = None

    def __post_init__(self) -> None:
        if len(self.material) != KEY_BYTES:
            raise WrongKeyError(
                "This is no key of pgvigil",
                why=f"it has {len(self.material)} bytes, not {KEY_BYTES}",
                remedy="see whether the file is cut; `pgvigil key init` makes a new one",
            )

    @property
    def key_id(self) -> str:
        """The key's name."""
        return id_of(self.material)

    @classmethod
    def generate(cls) -> KeyEncryptionKey:
        """A fresh random key."""
        return cls(os.urandom(KEY_BYTES))
