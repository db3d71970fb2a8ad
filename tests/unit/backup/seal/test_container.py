"""What is sealed comes back whole, or not at all."""

from __future__ import annotations

import os
import random
from io import BytesIO

import pytest

from core.backup.seal import CHUNK_BYTES, SealWriter, open_sealed
from core.backup.seal.header import VERSION
from core.errors import BackupError, DamagedArtifactError, NewerFormatError, WrongKeyError
from tests.unit.backup.seal.sealing import (
    BACKUP,
    KEY,
    NAME,
    SMALL_CHUNK,
    opened,
    sealed,
    sealed_with_outcome,
)

LENGTHS = [0, 1, SMALL_CHUNK - 1, SMALL_CHUNK, SMALL_CHUNK + 1, 3 * SMALL_CHUNK, 1000]
PLAIN = os.urandom(5 * SMALL_CHUNK + 7)


@pytest.mark.parametrize("length", LENGTHS)
def test_what_was_sealed_is_opened(length: int) -> None:
    plain = os.urandom(length)
    assert opened(sealed(plain)) == plain


@pytest.mark.parametrize("piece", [1, 7, SMALL_CHUNK - 1, SMALL_CHUNK, SMALL_CHUNK + 1, 10_000])
def test_the_pieces_in_which_it_is_written_do_not_matter(piece: int) -> None:
    out = BytesIO()
    writer = SealWriter(out.write, KEY, backup_id=BACKUP, name=NAME, chunk_bytes=SMALL_CHUNK)
    for start in range(0, len(PLAIN), piece):
        writer.write(PLAIN[start : start + piece])
    outcome = writer.finish()
    assert opened(out.getvalue(), digest=outcome.digest) == PLAIN
    assert outcome.plain_bytes == len(PLAIN)
    assert outcome.sealed_bytes == len(out.getvalue())


def test_a_source_that_gives_little_at_a_time_is_opened_too() -> None:
    class Trickle(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(3, size or 0))

    source = Trickle(sealed(PLAIN))
    assert b"".join(open_sealed(source, KEY, backup_id=BACKUP, name=NAME)) == PLAIN


def test_chunks_of_the_usual_size_hold_a_megabyte() -> None:
    out = BytesIO()
    plain = os.urandom(2 * CHUNK_BYTES + 5)
    writer = SealWriter(out.write, KEY, backup_id=BACKUP, name=NAME)
    writer.write(plain)
    writer.finish()
    source = BytesIO(out.getvalue())
    lengths = [len(part) for part in open_sealed(source, KEY, backup_id=BACKUP, name=NAME)]
    assert lengths == [CHUNK_BYTES, CHUNK_BYTES, 5]


def test_sealing_twice_gives_nothing_in_common() -> None:
    first, second = sealed(b"a" * 200), sealed(b"a" * 200)
    assert first[-200:] != second[-200:]


def test_every_changed_bit_is_found() -> None:
    container = sealed(PLAIN)
    for place in range(len(container)):
        for bit in range(8):
            changed = bytearray(container)
            changed[place] ^= 1 << bit
            with pytest.raises(BackupError):
                opened(bytes(changed))


def test_every_cut_is_found() -> None:
    container = sealed(PLAIN)
    for length in range(len(container)):
        with pytest.raises(DamagedArtifactError):
            opened(container[:length])


@pytest.mark.parametrize("added", [b"\0", b"x" * SMALL_CHUNK, b"x" * (SMALL_CHUNK + 16)])
@pytest.mark.parametrize("length", LENGTHS)
def test_what_is_appended_is_found(length: int, added: bytes) -> None:
    with pytest.raises(DamagedArtifactError):
        opened(sealed(PLAIN[:length]) + added)


def test_chunks_in_another_order_are_found() -> None:
    container = sealed(PLAIN)
    chunk = SMALL_CHUNK + 16
    start = len(container) - (5 * chunk + 7 + 16)
    head, first, second = (
        container[:start],
        container[start : start + chunk],
        container[start + chunk : start + 2 * chunk],
    )
    with pytest.raises(DamagedArtifactError):
        opened(head + second + first + container[start + 2 * chunk :])


def test_an_artifact_in_the_place_of_another_is_found() -> None:
    with pytest.raises(DamagedArtifactError):
        opened(sealed(PLAIN, name="9999.dat.zst"))
    with pytest.raises(DamagedArtifactError):
        opened(sealed(PLAIN, backup_id="20251121T020000Z-full-0011aabb"))


def test_another_attempt_at_the_same_artifact_is_found() -> None:
    _, outcome = sealed_with_outcome(PLAIN)
    with pytest.raises(DamagedArtifactError, match="damaged"):
        opened(sealed(PLAIN), digest=outcome.digest)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(WrongKeyError, match="does not open"):
        opened(sealed(PLAIN), key=bytes(32))


def test_a_newer_format_is_named_as_such() -> None:
    container = bytearray(sealed(PLAIN))
    container[8] = VERSION + 1
    with pytest.raises(NewerFormatError, match="not known here"):
        opened(bytes(container))


def test_no_chunk_is_given_out_before_it_was_authenticated() -> None:
    container = bytearray(sealed(PLAIN))
    container[-20] ^= 1
    parts = open_sealed(BytesIO(bytes(container)), KEY, backup_id=BACKUP, name=NAME)
    assert b"".join(next(parts) for _ in range(5)) == PLAIN[: 5 * SMALL_CHUNK]
    with pytest.raises(DamagedArtifactError):
        next(parts)


@pytest.mark.parametrize("number", range(40))
def test_however_the_bytes_come_and_whatever_becomes_of_their_buffer_they_are_sealed(
    number: int,
) -> None:
    chance = random.Random(number)
    plain = chance.randbytes(chance.randrange(SMALL_CHUNK * 6))
    out = BytesIO()
    writer = SealWriter(out.write, KEY, backup_id=BACKUP, name=NAME, chunk_bytes=SMALL_CHUNK)
    reused = bytearray(len(plain))
    at = 0
    while at < len(plain):
        size = chance.choice((1, 7, SMALL_CHUNK - 1, SMALL_CHUNK, SMALL_CHUNK + 1, SMALL_CHUNK * 3))
        part = plain[at : at + size]
        if chance.random() < 0.5:
            writer.write(part)
        else:
            reused[: len(part)] = part
            writer.write(memoryview(reused)[: len(part)])
            reused[: len(part)] = bytes(len(part))
        at += size
    assert writer.finish().plain_bytes == len(plain)
    assert opened(out.getvalue()) == plain
