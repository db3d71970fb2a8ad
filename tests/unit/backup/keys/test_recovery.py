"""A key that was written down on paper can be typed again."""

from __future__ import annotations

import pytest

from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.recovery import from_recovery, recovery_lines
from core.errors import WrongKeyError

KEY = KeyEncryptionKey(bytes(range(100, 132)))


def test_a_key_has_four_lines_of_three_groups() -> None:
    lines = recovery_lines(KEY)
    assert len(lines) == 4
    assert all([len(group) for group in line.split("-")] == [5, 5, 5] for line in lines)


@pytest.mark.parametrize("number", range(20))
def test_what_was_written_down_gives_the_key(number: int) -> None:
    key = KeyEncryptionKey.generate()
    assert from_recovery("\n".join(recovery_lines(key))) == key


def test_case_blanks_dashes_and_letters_that_look_like_digits_do_not_matter() -> None:
    typed = " ".join(recovery_lines(KEY)).lower().replace("-", "  ")
    assert from_recovery(typed.replace("0", "o").replace("1", "l")) == KEY


def test_a_mistake_is_found_and_its_line_is_named() -> None:
    lines = list(recovery_lines(KEY))
    lines[2] = ("Z" if lines[2][0] != "Z" else "Y") + lines[2][1:]
    with pytest.raises(WrongKeyError, match="Line 3"):
        from_recovery("\n".join(lines))


def test_lines_in_another_order_are_found() -> None:
    first, second, *rest = recovery_lines(KEY)
    with pytest.raises(WrongKeyError, match="Line 1"):
        from_recovery("\n".join([second, first, *rest]))


def test_a_character_that_is_never_used_is_found() -> None:
    with pytest.raises(WrongKeyError, match="U is never part"):
        from_recovery("U" + "\n".join(recovery_lines(KEY))[1:])


def test_a_missing_line_is_found() -> None:
    with pytest.raises(WrongKeyError, match="not whole"):
        from_recovery("\n".join(recovery_lines(KEY)[:3]))
