"""Law 8: what a server says takes the cells that it seems to take, and steers no terminal."""

from __future__ import annotations

import unicodedata

import pytest

from tui.lines import cell_width
from tui.text import clean, flowing, one_line


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("select 1", "select 1"),
        ("größe — naïve ½ Ω Ж", "größe — naïve ½ Ω Ж"),
        ("日本語 🐘", "日本語 🐘"),
        ("\x1b[2J\x07", "␛[2J␇"),
        ("\x9b31m", "\\x9b31m"),
        ("\x7f\x00", "␡␀"),
        ("a\tb", "a    b"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("a\xa0b\u3000c", "a b c"),
        ("adm\u200bin", "adm\\u200bin"),
        ("\u202edrop", "\\u202edrop"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\U000e0041", "\\U000e0041"),
        ("soft\xadhyphen", "soft\\u00adhyphen"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("\ue000\U0010ffff", "\N{REPLACEMENT CHARACTER}" * 2),
        ("❤\ufe0f", "❤"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 500, "e\u0301\u0301"),
        ("\u0301x", "\N{DOTTED CIRCLE}\u0301x"),
        ("a\n\u0301", "a\n\N{DOTTED CIRCLE}\u0301"),
        ("[red]x[/red] [link=file:///]", "[red]x[/red] [link=file:///]"),
    ],
)
def test_what_is_not_plain_is_made_visible(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


def test_no_character_at_all_gets_through_that_could_do_harm() -> None:
    cleaned = clean("".join(f"x{chr(code)}" for code in range(0x11_0000)))
    assert all(
        character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        for character in cleaned
    )
    assert cleaned.replace("\n", "").isprintable()


def test_cleaning_twice_changes_nothing() -> None:
    cleaned = clean("".join(map(chr, range(0x3_0000))))
    assert clean(cleaned) == cleaned


def test_text_of_marks_alone_takes_the_room_it_needs() -> None:
    assert cell_width(clean("\u0301" * 100_000)) == 1
    assert len(clean("\u0301" * 100_000)) == 3


def test_a_name_with_a_newline_shows_it_on_one_line() -> None:
    assert one_line("evil\nrole") == "evil⏎role"


def test_sql_flows_on_one_line() -> None:
    assert flowing("  select *\n\tfrom   orders\r\n") == "select * from orders"


def test_a_megabyte_of_escapes_is_cleaned() -> None:
    assert clean("\x1b" * 1_000_000) == "␛" * 1_000_000
