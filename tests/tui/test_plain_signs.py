"""A Linux console and other poor terminals are sent only signs that their font has."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from tests.tui import frames
from tests.tui.conftest import Console
from tests.tui.screen_text import seen, still, text_of, until
from tests.tui.terminal import Terminal
from tui.app import ConsoleApp
from tui.glyphs import PLAIN
from tui.panes.moment import large

SIZE = (120, 40)
IN_EVERY_FONT = set("±·")
"""Beyond ASCII; they stand in code page 437 and in Latin-1."""


class Line(HeadlessDriver):
    """Where everything goes that a terminal would get."""

    sent = ""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        Line.sent += data


@pytest.fixture
def poor(console: Console, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A console on the Linux console."""
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.delenv("COLORTERM")
    Line.sent = ""

    def made(*arguments: object, **options: object) -> ConsoleApp:
        app = console(*arguments, **options)
        app.driver_class = Line
        return app

    return made


def unknown_signs(sent: str) -> Iterable[str]:
    return {sign for sign in sent if not sign.isascii()} - IN_EVERY_FONT


JOURNEYS = {
    "overview": (),
    "sessions": ("2", "space", "greater_than_sign", "r", "j"),
    "lock queues": ("2", "tab"),
    "breakdowns": ("2", "tab", "tab"),
    "history": ("2", "tab", "tab", "tab"),
    "a session": ("2", "enter"),
    "the preview of an action": ("2", "x"),
    "statements": ("3", "right"),
    "a statement": ("3", "enter"),
    "databases": ("4",),
    "a finding": ("7",),
    "servers": ("s",),
    "help": ("2", "question_mark"),
    "the palette": ("colon", "e"),
    "the past": ("left_square_bracket",),
    "what is told": ("e",),
    "a filter": ("2", "slash", "x"),
}


@pytest.mark.parametrize("keys", JOURNEYS.values(), ids=JOURNEYS)
@pytest.mark.parametrize("size", [SIZE, (80, 24)])
async def test_a_screen_is_drawn_in_signs_that_the_font_has(
    poor: Console, keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    app = poor(frames.incident())
    async with app.run_test(headless=False, size=size, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27", "Slow queries")
        for key in keys:
            await pilot.press(key)
            await still(pilot)
    assert unknown_signs(Line.sent) == set()
    assert "±" in Line.sent or keys[:1] != ("3",)


def test_each_digit_of_the_moment_looks_different_in_plain_signs() -> None:
    digits = [tuple(large(digit, PLAIN)) for digit in "0123456789:"]
    assert len(set(digits)) == len(digits)
    assert set("".join(map("".join, digits))) == set(" _|.")


async def test_what_is_told_leaves_health_and_findings_in_sight_on_the_smallest_terminal(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(20, 5), notifications=True) as pilot:
        await seen(pilot, "CRITICAL", "4 findings")
        await pilot.press("e")
        await until(pilot, lambda: "Evidence" in text_of(app))
        assert text_of(app).splitlines()[:2] == ["✖ CRITICAL", "4 findings"]


def test_a_terminal_draws_the_plain_sign_in_the_cell_of_the_fine_one() -> None:
    from rich.color import ColorSystem
    from rich.segment import Segment
    from textual.strip import Strip

    from tui.frugal import Piece, TerminalMemory
    from tui.glyphs import PLAIN_SIGNS

    terminal = Terminal()
    piece = Piece(0, 0, Strip([Segment("✖ 日本 ▌…")]))
    terminal.feed(TerminalMemory(PLAIN_SIGNS).sequence([piece], ColorSystem.TRUECOLOR))
    assert [cell for cell, _ in terminal.row(0, 9)] == ["X", " ", "日", "", "本", "", " ", "|", "~"]
