"""The terminal gets what differs from what it shows, and shows the same as if it got everything."""

from __future__ import annotations

import random

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.tui.terminal import Terminal
from tui.frugal import Piece, TerminalMemory, cells_of

RED, BOLD = Style(color="red"), Style(bold=True)
SYSTEM = ColorSystem.TRUECOLOR


def strip(*parts: tuple[str, Style | None]) -> Strip:
    return Strip([Segment(text, style) for text, style in parts])


def test_the_first_time_everything_is_sent() -> None:
    assert TerminalMemory().sequence([Piece(2, 4, strip(("ab", None)))], SYSTEM) == (
        "\x1b[3;5H\x1b[0mab\x1b[0m"
    )


def test_what_is_shown_already_is_not_sent() -> None:
    memory = TerminalMemory()
    memory.sequence([Piece(0, 0, strip(("calm", RED)))], SYSTEM)
    assert memory.sequence([Piece(0, 0, strip(("calm", RED)))], SYSTEM) == ""


def test_only_the_changed_cell_is_sent() -> None:
    memory = TerminalMemory()
    memory.sequence([Piece(0, 0, strip(("pool 87 of 100", RED)))], SYSTEM)
    changed = memory.sequence([Piece(0, 0, strip(("pool 88 of 100", RED)))], SYSTEM)
    assert changed == "\x1b[1;7H\x1b[0;31m8\x1b[0m"


def test_another_colour_is_a_change() -> None:
    memory = TerminalMemory()
    memory.sequence([Piece(0, 0, strip(("ab", RED)))], SYSTEM)
    changed = memory.sequence([Piece(0, 0, strip(("a", RED), ("b", BOLD)))], SYSTEM)
    assert changed == "\x1b[1;2H\x1b[0;1mb\x1b[0m"


def test_after_forgetting_everything_is_sent_again() -> None:
    memory = TerminalMemory()
    piece = Piece(0, 0, strip(("ab", None)))
    memory.sequence([piece], SYSTEM)
    memory.forget()
    assert "ab" in memory.sequence([piece], SYSTEM)


def test_a_wide_character_is_sent_whole() -> None:
    memory = TerminalMemory()
    memory.sequence([Piece(0, 0, strip(("日x", None)))], SYSTEM)
    assert "本" in memory.sequence([Piece(0, 0, strip(("本x", None)))], SYSTEM)
    assert "ab" in memory.sequence([Piece(0, 0, strip(("abx", None)))], SYSTEM)


def test_a_colour_alone_is_sent_where_only_the_colour_changes() -> None:
    on_blue = Style(color="red", bgcolor="blue")
    green = Style(color="green", bgcolor="blue")
    sent = TerminalMemory().sequence([Piece(0, 0, strip(("a", on_blue), ("b", green)))], SYSTEM)
    assert sent == "\x1b[1;1H\x1b[0;31;44ma\x1b[32mb\x1b[0m"


@pytest.mark.parametrize("seed", range(30))
def test_the_terminal_shows_the_same_as_if_everything_were_sent(seed: int) -> None:
    chance = random.Random(seed)
    styles = [None, RED, BOLD, Style(bold=True, italic=True, bgcolor="blue"), Style(reverse=True)]
    memory, frugal, screen = TerminalMemory(), Terminal(), {}
    for _ in range(60):
        x, y = chance.randrange(12), chance.randrange(4)
        parts = [
            ("".join(chance.choices("ab 日é\u0301", k=chance.randint(1, 5))), chance.choice(styles))
            for _ in range(chance.randint(1, 3))
        ]
        drawn = strip(*parts)
        frugal.feed(memory.sequence([Piece(y, x, drawn)], SYSTEM))
        for offset, cell in enumerate(cells_of(drawn, SYSTEM)):
            screen[y, x + offset] = cell
    for place, (text, pen) in screen.items():
        shown, shown_pen = frugal.cells[place]
        assert (shown[:1], shown_pen) == (text[:1], Terminal.as_pen(pen))
