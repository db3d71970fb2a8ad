"""New backups are sealed with the key that was made under its name, and with no other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.backup.keys.derivation import Derivation
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.keys.records import derivation_text, ring_of
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.settings import Settings
from core.errors import WrongKeyError
from core.model.keys import KeyRecord

KEY, OTHER = KeyEncryptionKey.generate(), KeyEncryptionKey.generate()
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
CHEAP = Derivation(b"0123456789abcdef", cost=16)


def settings(**given: Any) -> Settings:
    kept = EncryptionSettings(recovery_kept_by="the vault")
    return Settings(encryption=kept, keys={"main": KeySettings(**given)})


def record(key: KeyEncryptionKey, name: str = "main", confirmed: bool = False) -> KeyRecord:
    derivation = derivation_text(key.derivation)
    return KeyRecord(key.key_id, name, NOW, derivation, NOW if confirmed else None)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "main.key"
    write_key_file(path, KEY)
    return str(path)


def test_a_key_file_that_was_replaced_is_refused_whoever_keeps_the_recovery_key(file: str) -> None:
    with pytest.raises(WrongKeyError, match="not key main") as refused:
        ring_of(settings(file=file), [record(OTHER)])
    assert OTHER.key_id in refused.value.why
    assert KEY.key_id in refused.value.why
    assert "pgvigil key confirm main" in refused.value.remedy


def test_a_mistyped_passphrase_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text("correct horse battery staple\n")
    path.chmod(0o600)
    given = settings(passphrase_file=str(path))
    made = KeyEncryptionKey(CHEAP.key_from("correct horse battery staple"), CHEAP)
    ring = ring_of(given, [record(made)])
    assert ring.primary == made
    path.write_text("correct horse battery stable\n")
    with pytest.raises(WrongKeyError, match="not key main"):
        ring_of(given, [record(made)])


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([], id="none is known"),
        pytest.param([record(OTHER, "older")], id="only others are known"),
        pytest.param([record(KEY)], id="it was made here"),
        pytest.param([record(OTHER), record(KEY)], id="it was made after another of that name"),
        pytest.param([record(OTHER), record(KEY, "new", confirmed=True)], id="it was confirmed"),
    ],
)
def test_a_key_that_is_its_name_s_own_is_taken(file: str, records: list[KeyRecord]) -> None:
    assert ring_of(settings(file=file), records).primary == KEY


def test_a_key_of_another_name_that_nobody_confirmed_is_refused(file: str) -> None:
    with pytest.raises(WrongKeyError, match="not key main"):
        ring_of(settings(file=file), [record(OTHER), record(KEY, "new")])


def test_where_nothing_is_sealed_no_key_is_asked_for(file: str) -> None:
    without = Settings(encryption=EncryptionSettings(enabled=False))
    assert ring_of(without, [record(OTHER)]).primary is None
