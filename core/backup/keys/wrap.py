"""Data keys, wrapped by a key-encryption key: AES-256-GCM, bound to backup and artifact."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey
from core.errors import DamagedArtifactError

_LABEL = b"pgvigil wrap 1"
_NONCE_BYTES = 12


class WrapMethod(StrEnum):
    """How a data key is kept; ``NONE`` is that of a repository without encryption."""

    AES_256_GCM = "aes-256-gcm"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Wrap:
    """One artifact's data key, as it stands in ``wraps.json``.

    ``derivation`` says how its key comes from a passphrase, where it does.
    """

    artifact: str
    key_id: str
    method: WrapMethod
    nonce: bytes
    wrapped: bytes
    derivation: Derivation | None = None


def wrap(key: KeyEncryptionKey, data_key: bytes, *, backup_id: str, artifact: str) -> Wrap:
    """``data_key`` wrapped for ``artifact`` of ``backup_id``, and for no other."""
    nonce = os.urandom(_NONCE_BYTES)
    wrapped = AESGCM(key.material).encrypt(nonce, data_key, _bound_to(backup_id, artifact))
    return Wrap(artifact, key.key_id, WrapMethod.AES_256_GCM, nonce, wrapped, key.derivation)


def unwrap(key: KeyEncryptionKey, wrapped: Wrap, *, backup_id: str) -> bytes:
    """The data key.

    Raises:
        DamagedArtifactError: the wrap was changed, or is that of another artifact or backup.
    """
    bound_to = _bound_to(backup_id, wrapped.artifact)
    try:
        return AESGCM(key.material).decrypt(wrapped.nonce, wrapped.wrapped, bound_to)
    except (InvalidTag, ValueError):
        raise DamagedArtifactError(
            f"The wrapped key of {wrapped.artifact} is damaged",
            why=f"it is not as it was written for backup {backup_id}",
            remedy="use wraps.json of another copy of this backup",
        ) from None


def kept_plain(data_key: bytes, *, artifact: str) -> Wrap:
    """``data_key`` as it is, for who wants no encryption: the container is the same."""
    return Wrap(artifact, "", WrapMethod.NONE, b"", data_key)


def _bound_to(backup_id: str, artifact: str) -> bytes:
    parts = (_LABEL, backup_id.encode(), artifact.encode())
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
