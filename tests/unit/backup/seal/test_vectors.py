"""Published test vectors go through the very call that seals chunks.

They are the test cases 13 to 16 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)",
submission to NIST: all with 256-bit keys and 96-bit nonces.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from core.backup.seal.cipher import ChunkCipher
from core.errors import DamagedArtifactError


class Vector(NamedTuple):
    key: str
    nonce: str
    plain: str
    bound_to: str
    sealed: str
    tag: str


_KEY = "feffe9928665731c6d6a8f9467308308" * 2
_NONCE = "cafebabefacedbaddecaf888"
_PLAIN = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
_SEALED = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)
VECTORS = {
    "13": Vector("00" * 32, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    "14": Vector(
        "00" * 32,
        "00" * 12,
        "00" * 16,
        "",
        "cea7403d4d606b6e074ec5d3baf39d18",
        "d0d1c8a799996bf0265b98b5d48ab919",
    ),
    "15": Vector(_KEY, _NONCE, _PLAIN, "", _SEALED, "b094dac5d93471bdec1a502270e3cc6c"),
    "16": Vector(
        _KEY,
        _NONCE,
        _PLAIN[:120],
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        _SEALED[:120],
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_a_published_vector_is_sealed_as_published(vector: Vector) -> None:
    cipher = ChunkCipher(bytes.fromhex(vector.key), bytes.fromhex(vector.bound_to))
    chunk = cipher.seal(bytes.fromhex(vector.nonce), bytes.fromhex(vector.plain))
    assert chunk.hex() == vector.sealed + vector.tag
    assert cipher.open(bytes.fromhex(vector.nonce), chunk).hex() == vector.plain


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_a_published_vector_with_another_tag_is_refused(vector: Vector) -> None:
    cipher = ChunkCipher(bytes.fromhex(vector.key), bytes.fromhex(vector.bound_to))
    chunk = bytearray.fromhex(vector.sealed + vector.tag)
    chunk[-1] ^= 1
    with pytest.raises(DamagedArtifactError):
        cipher.open(bytes.fromhex(vector.nonce), bytes(chunk))
