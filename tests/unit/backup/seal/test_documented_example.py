"""docs/sealed-artifacts.md describes what the program does, byte by byte."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest

from core.backup.break_glass import standalone
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.recovery import from_recovery, recovery_lines
from core.backup.keys.wrap import Wrap, WrapMethod, unwrap
from core.backup.seal import open_sealed
from core.backup.seal.cipher import ChunkCipher
from core.backup.seal.header import read_header

DOCUMENT = Path(__file__).parents[4] / "docs" / "sealed-artifacts.md"
VALUE = re.compile(r"^(\w[\w ]*?) += (.+(?:\n {19}[0-9a-f]+)*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    example = DOCUMENT.read_text(encoding="utf-8").partition("## An example")[2]
    return {name: re.sub(r"\n *", "", value) for name, value in VALUE.findall(example)}


def test_the_container_is_the_documented_one(told: dict[str, str]) -> None:
    head, data_key = bytes.fromhex(told["header"]), bytes.fromhex(told["data key"])
    header = read_header(BytesIO(head))
    assert header.to_bytes() == head
    assert header.backup_id == told["backup id"]
    assert header.name == told["artifact name"]
    assert header.chunk_bytes == int(told["chunk size"])
    assert header.salt.hex() == told["salt"]
    assert header.nonce_prefix.hex() == told["nonce prefix"]
    assert header.commitment.hex() == told["commitment"]
    assert header.digest().hex() == told["header digest"]
    assert header.key_from(data_key).hex() == told["encryption key"]
    cipher = ChunkCipher(header.key_from(data_key), header.digest())
    plain, size = told["plain text"].encode(), header.chunk_bytes
    first = cipher.seal(header.nonce(0, is_final=False), plain[:size])
    final = cipher.seal(header.nonce(1, is_final=True), plain[size:])
    assert (first.hex(), final.hex()) == (told["first chunk"], told["final chunk"])


def test_pgvigil_and_the_script_open_the_example(told: dict[str, str]) -> None:
    artifact = bytes.fromhex(told["header"] + told["first chunk"] + told["final chunk"])
    data_key, digest = bytes.fromhex(told["data key"]), told["artifact digest"]
    backup_id, name = told["backup id"], told["artifact name"]
    expected = told["plain text"].encode()
    ours = open_sealed(BytesIO(artifact), data_key, backup_id=backup_id, name=name, digest=digest)
    assert b"".join(ours) == expected
    theirs = standalone.chunks_of(BytesIO(artifact), data_key, backup_id, name, digest)
    assert b"".join(theirs) == expected


def test_the_key_its_wrap_and_its_lines_are_the_documented_ones(told: dict[str, str]) -> None:
    key = KeyEncryptionKey(bytes.fromhex(told["key"]))
    assert key.key_id == told["key id"] == standalone.id_of(key.material)
    nonce, wrapped = bytes.fromhex(told["wrap nonce"]), bytes.fromhex(told["wrapped"])
    wrap = Wrap(told["artifact name"], key.key_id, WrapMethod.AES_256_GCM, nonce, wrapped)
    assert unwrap(key, wrap, backup_id=told["backup id"]).hex() == told["data key"]
    lines = [told[f"recovery line {number}"] for number in range(1, 5)]
    assert list(recovery_lines(key)) == lines
    assert from_recovery("\n".join(lines)) == key
    assert standalone.key_of_text("\n".join(lines)) == key.material


def test_what_is_derived_is_derived_as_documented(told: dict[str, str]) -> None:
    data_key, salt = bytes.fromhex(told["data key"]), bytes.fromhex(told["salt"])
    material = standalone.hkdf_sha256(data_key, salt, bytes.fromhex(told["info"]))
    assert material.hex() == told["encryption key"] + told["commitment"]
    bound_to = b"".join(
        len(part).to_bytes(4, "big") + part
        for part in (b"pgvigil wrap 1", told["backup id"].encode(), told["artifact name"].encode())
    )
    assert bound_to.hex() == told["wrap bound to"]
