"""Data keys are wrapped for one artifact of one backup, and for whoever has the key."""

from __future__ import annotations

import json

import pytest

from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.ring import KeyRing
from core.backup.keys.wraps_file import Wraps, derivations_of, read_wraps, write_wraps
from core.backup.seal import new_data_key
from core.errors import DamagedArtifactError, KeyMissingError, NewerFormatError
from tests.servers.documents import rewritten

BACKUP = "20261121T020000Z-full-0011aabb"
OLD, NEW = KeyEncryptionKey.generate(), KeyEncryptionKey.generate()
DATA_KEYS = {"toc.dat": new_data_key(), "3456.dat.zst": new_data_key()}


def wraps_of(ring: KeyRing) -> Wraps:
    wraps = (
        ring.wrap(data_key, backup_id=BACKUP, artifact=name) for name, data_key in DATA_KEYS.items()
    )
    return Wraps(BACKUP, tuple(wraps), derivations_of(ring))


def data_keys(wraps: Wraps, ring: KeyRing) -> dict[str, bytes]:
    found = wraps.by_artifact()
    return {name: ring.unwrap(found.get(name, ()), backup_id=BACKUP) for name in DATA_KEYS}


@pytest.mark.parametrize("ring", [KeyRing(OLD), KeyRing(None)], ids=["encrypted", "not encrypted"])
def test_what_was_wrapped_and_written_is_read_and_unwrapped(ring: KeyRing) -> None:
    assert data_keys(read_wraps(write_wraps(wraps_of(ring)), backup_id=BACKUP), ring) == DATA_KEYS


def test_the_file_tells_nothing_of_the_data_keys() -> None:
    written = write_wraps(wraps_of(KeyRing(OLD)))
    assert not any(data_key.hex().encode() in written for data_key in DATA_KEYS.values())
    assert OLD.material.hex().encode() not in written


def test_without_the_key_it_is_said_which_one_is_missing() -> None:
    with pytest.raises(KeyMissingError) as caught:
        data_keys(wraps_of(KeyRing(OLD)), KeyRing(NEW))
    assert OLD.key_id in caught.value.why
    assert NEW.key_id in caught.value.why


def test_rotation_needs_both_keys_and_then_only_the_new_one() -> None:
    rotated = wraps_of(KeyRing(OLD)).rotated(KeyRing(NEW, [OLD]))
    assert data_keys(rotated, KeyRing(NEW)) == DATA_KEYS
    assert rotated.key_ids == {NEW.key_id}
    with pytest.raises(KeyMissingError):
        data_keys(rotated, KeyRing(OLD))


def test_a_wrap_serves_no_other_artifact_and_no_other_backup() -> None:
    ring = KeyRing(OLD)
    content = write_wraps(wraps_of(ring))
    other = {"toc.dat": "x", "3456.dat.zst": "toc.dat"}
    swapped = [
        {**each, "artifact": other.get(each["artifact"], each["artifact"])}
        for each in json.loads(content)["wraps"]
    ]
    wraps = read_wraps(rewritten(content, wraps=swapped), backup_id=BACKUP)
    with pytest.raises(DamagedArtifactError):
        ring.unwrap(wraps.by_artifact()["toc.dat"], backup_id=BACKUP)
    with pytest.raises(DamagedArtifactError, match="damaged"):
        read_wraps(content, backup_id="another")


def test_each_changed_byte_of_the_file_is_found() -> None:
    content = write_wraps(wraps_of(KeyRing(OLD)))
    for place in range(len(content)):
        for bit in (1, 4, 32):
            changed = bytearray(content)
            changed[place] ^= bit
            with pytest.raises(DamagedArtifactError):
                read_wraps(bytes(changed), backup_id=BACKUP)


def test_each_cut_of_the_file_is_found() -> None:
    content = write_wraps(wraps_of(KeyRing(OLD)))
    for length in range(len(content)):
        with pytest.raises(DamagedArtifactError):
            read_wraps(content[:length], backup_id=BACKUP)


def test_a_file_of_a_newer_pgvigil_is_named_as_such() -> None:
    newer = rewritten(write_wraps(wraps_of(KeyRing(OLD))), version=2)
    with pytest.raises(NewerFormatError, match="newer"):
        read_wraps(newer, backup_id=BACKUP)


def test_a_key_from_a_passphrase_is_found_again_with_what_the_file_says() -> None:
    cheap = Derivation(b"0123456789abcdef", cost=16)
    key = KeyEncryptionKey(cheap.key_from("correct horse"), cheap)
    wraps = read_wraps(write_wraps(wraps_of(KeyRing(key))), backup_id=BACKUP)
    again = KeyEncryptionKey(wraps.derivations[key.key_id].key_from("correct horse"))
    assert data_keys(wraps, KeyRing(again)) == DATA_KEYS


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(KeyMissingError, match="empty"):
        Derivation.fresh().key_from("")


def test_costs_that_would_exhaust_the_machine_are_refused() -> None:
    with pytest.raises(NewerFormatError, match="costs"):
        Derivation(b"0" * 16, cost=1 << 30).key_from("anything")


class Counted(str):
    """A name that counts how often names are compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str(self) == str(other)

    __hash__ = str.__hash__


def test_with_many_artifacts_none_is_looked_for_among_all() -> None:
    ring, names = KeyRing(OLD), [Counted(f"{number}.dat") for number in range(300)]
    wraps = (ring.wrap(new_data_key(), backup_id=BACKUP, artifact=name) for name in names)
    many = Wraps(BACKUP, tuple(wraps))
    assert len(many.rotated(KeyRing(NEW, [OLD])).by_artifact()) == len(names)
    assert Counted.compared < 10 * len(names)
