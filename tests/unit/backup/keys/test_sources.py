"""A key is got from where the config says, and from nowhere that others can look into."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend

from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import key_text, write_key_file
from core.backup.keys.sources import KeySource, load_opening_keys, load_ring, sources
from core.backup.keys.wrap import wrap
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.errors import KeyMissingError, PgvigilError, WrongKeyError

KEY, OLDER = KeyEncryptionKey.generate(), KeyEncryptionKey.generate()
CHEAP = Derivation(b"0123456789abcdef", cost=16)


def source(**given: Any) -> KeySource:
    return KeySource("main", KeySettings(**given), 5)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "main.key"
    write_key_file(path, KEY)
    return path


class OneEntry(KeyringBackend):
    """A keyring with one entry."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return key_text(KEY) if (service, username) == ("pgvigil", "main") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.fixture
def system_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    backend: Any = OneEntry
    keyring.set_keyring(backend())
    yield
    keyring.set_keyring(before)


def test_a_key_file_gives_the_key_and_is_for_its_owner_only(key_file: Path) -> None:
    assert source(file=str(key_file)).key() == KEY
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in key_file.parent.iterdir()] == ["main.key"]


def test_without_a_source_the_key_is_beside_the_config(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    write_key_file(tmp_path / "pgvigil" / "keys" / "main.key", KEY)
    assert source().key() == KEY


def test_a_variable_a_program_and_a_keyring_give_the_key(
    monkeypatch: pytest.MonkeyPatch, key_file: Path, system_keyring: None
) -> None:
    monkeypatch.setenv("THE_KEY", " ".join(key_text(KEY).splitlines()[2:]))
    assert source(env="THE_KEY").key() == KEY
    assert source(command=("cat", str(key_file))).key() == KEY
    assert source(keyring="pgvigil/main").key() == KEY


def test_a_key_is_never_overwritten(key_file: Path) -> None:
    with pytest.raises(KeyMissingError, match="already"):
        write_key_file(key_file, OLDER)
    assert source(file=str(key_file)).key() == KEY
    assert [path.name for path in key_file.parent.iterdir()] == ["main.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601])
def test_a_file_that_is_open_to_others_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(KeyMissingError, match="open to others") as caught:
        source(file=str(key_file)).key()
    assert f"{mode:04o}" in caught.value.why
    assert "chmod 600" in caught.value.remedy


def test_each_cut_of_a_key_file_is_found(key_file: Path) -> None:
    content = key_file.read_bytes()
    for length in range(len(content) - 1):  # the last character is the newline
        key_file.write_bytes(content[:length])
        with pytest.raises((WrongKeyError, KeyMissingError)):
            source(file=str(key_file)).key()


def test_a_file_from_a_system_with_other_line_ends_is_read(key_file: Path) -> None:
    key_file.write_bytes(key_file.read_bytes().replace(b"\n", b"\r\n"))
    assert source(file=str(key_file)).key() == KEY


def test_neither_a_folder_nor_a_pipe_nor_a_huge_file_is_a_key(tmp_path: Path) -> None:
    pipe, huge = tmp_path / "pipe", tmp_path / "huge"
    os.mkfifo(pipe, 0o600)
    huge.touch(0o600)
    os.truncate(huge, 1 << 40)
    for path in (tmp_path, pipe, huge, tmp_path / "missing", tmp_path / ("x" * 300)):
        with pytest.raises(KeyMissingError):
            source(file=str(path)).key()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"env": "NO_SUCH_VARIABLE"}, "not set"),
        ({"command": ("false",)}, "exit status 1"),
        ({"command": ("true",)}, "printed 0 bytes"),
        ({"command": ("no-such-program",)}, "can't be started"),
        ({"command": ("yes",)}, "printed more than 4096 bytes, and was ended"),
        ({"command": ("sh", "-c", "yes; exit 0")}, "printed more than 4096 bytes"),
        ({"command": (sys.executable, "-c", "print('x' * 5000)")}, "printed more than 4096 bytes"),
        ({"keyring": "pgvigil/another"}, "no such entry"),
    ],
)
def test_a_source_that_gives_nothing_says_why(
    given: dict[str, Any], why: str, system_keyring: None
) -> None:
    with pytest.raises(KeyMissingError) as caught:
        source(**given).key()
    assert why in caught.value.why
    assert caught.value.remedy


def test_a_program_that_does_not_end_is_given_up() -> None:
    with pytest.raises(KeyMissingError) as caught:
        KeySource("main", KeySettings(command=("sleep", "60")), 0.05).key()
    assert "no answer" in caught.value.why


def test_something_else_than_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", "hunter2")
    with pytest.raises(WrongKeyError, match="variable THE_KEY") as caught:
        source(env="THE_KEY").key()
    assert "hunter2" not in str(caught.value)


def test_a_passphrase_and_its_salt_give_a_key_however_it_was_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PHRASE", "cafe\N{COMBINING ACUTE ACCENT} au lait\nsecond line")
    key = source(passphrase_env="PHRASE").key(CHEAP)
    assert key.material == CHEAP.key_from("caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait")
    assert key.derivation == CHEAP


def test_a_passphrase_without_salt_is_told_how_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHRASE", "correct horse battery")
    with pytest.raises(KeyMissingError) as caught:
        source(passphrase_env="PHRASE").key()
    assert "pgvigil key init main" in caught.value.remedy


def test_the_ring_wraps_with_the_key_that_is_named_and_opens_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NEW", key_text(KEY))
    monkeypatch.setenv("OLD", key_text(OLDER))
    keys = {"old": KeySettings(env="OLD"), "new": KeySettings(env="NEW")}
    ring = load_ring(EncryptionSettings(key="new"), keys, {})
    assert ring.primary == KEY
    assert ring.key_ids == {KEY.key_id, OLDER.key_id}


def test_an_older_key_that_is_not_to_be_had_is_missed_only_when_it_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NEW", key_text(KEY))
    keys = {"old": KeySettings(env="GONE"), "new": KeySettings(env="NEW")}
    ring = load_ring(EncryptionSettings(key="new"), keys, {})
    wrapped = wrap(OLDER, b"0" * 32, backup_id="b", artifact="a")
    with pytest.raises(KeyMissingError) as caught:
        ring.unwrap([wrapped], backup_id="b")
    assert OLDER.key_id in caught.value.why
    assert "variable GONE" in caught.value.why


def test_without_the_key_for_new_backups_there_is_no_ring() -> None:
    with pytest.raises(PgvigilError):
        load_ring(EncryptionSettings(), {"main": KeySettings(env="GONE")}, {})


def test_without_encryption_older_backups_are_still_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OLD", key_text(OLDER))
    ring = load_ring(EncryptionSettings(enabled=False), {"main": KeySettings(env="OLD")}, {})
    assert ring.primary is None
    assert ring.key_ids == {OLDER.key_id}


def test_a_passphrase_opens_what_says_how_its_key_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PHRASE", "correct horse battery")
    key = KeyEncryptionKey(CHEAP.key_from("correct horse battery"), CHEAP)
    wrapped = wrap(key, b"0" * 32, backup_id="b", artifact="a")
    opening = load_opening_keys(
        EncryptionSettings(), {"main": KeySettings(passphrase_env="PHRASE")}
    )
    assert opening.unwrap([wrapped], backup_id="b") == b"0" * 32


def test_no_source_tells_its_secret() -> None:
    for given in ({"env": "THE_KEY"}, {"command": ("pass", "show", "x")}, {"keyring": "a/b"}):
        assert source(**given).place
    assert KEY.material.hex() not in repr(KEY)
    assert list(sources(EncryptionSettings(key="b"), {"a": KeySettings(), "b": KeySettings()})) == [
        "b",
        "a",
    ]
