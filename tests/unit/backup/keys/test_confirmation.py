"""No backup is taken before a copy of its key is known to be kept."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.backup.keys.confirmation import check_typed_line, require_confirmed
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.recovery import recovery_lines
from core.backup.keys.ring import KeyRing
from core.config.encryption_settings import EncryptionSettings
from core.errors import PreflightError, WrongKeyError

KEY, OTHER = KeyEncryptionKey.generate(), KeyEncryptionKey.generate()


@dataclass
class Confirmed:
    """Knows of these keys that they were confirmed."""

    key_ids: tuple[str, ...]

    def is_confirmed(self, key_id: str) -> bool:
        return key_id in self.key_ids


def test_an_unconfirmed_key_stops_the_backup_and_says_what_to_do() -> None:
    with pytest.raises(PreflightError, match="nobody has confirmed") as caught:
        require_confirmed(KeyRing(KEY, [OTHER]), EncryptionSettings(), Confirmed((OTHER.key_id,)))
    assert "pgvigil key confirm" in caught.value.remedy
    assert "recovery_kept_by" in caught.value.remedy


def test_a_confirmed_key_a_keeper_in_the_config_and_no_encryption_let_it_go_on() -> None:
    require_confirmed(KeyRing(KEY), EncryptionSettings(), Confirmed((KEY.key_id,)))
    kept = EncryptionSettings(recovery_kept_by="the vault")
    require_confirmed(KeyRing(KEY), kept, Confirmed(()))
    require_confirmed(KeyRing(None), EncryptionSettings(enabled=False), Confirmed(()))


@pytest.mark.parametrize("number", range(4))
def test_a_typed_line_is_proof_only_of_its_own_key_and_place(number: int) -> None:
    line = recovery_lines(KEY)[number]
    check_typed_line(KEY, number, line.lower())
    for wrong in ("", line[:-1], recovery_lines(OTHER)[number], recovery_lines(KEY)[number - 1]):
        with pytest.raises(WrongKeyError):
            check_typed_line(KEY, number, wrong)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("ABCDE-FGHJK", "10 characters were given of 15"),
        ("", "0 characters were given of 15"),
        ("U" * 15, "U is never part of it"),
    ],
)
def test_a_line_that_is_not_whole_is_named(typed: str, why: str) -> None:
    with pytest.raises(WrongKeyError) as said:
        check_typed_line(KEY, 1, typed)
    assert said.value.what == "Line 2 of the recovery key has a mistake"
    assert said.value.why == why
