"""A whole app that sends changed cells: what the terminal shows is what Textual composed."""

from __future__ import annotations

from typing import ClassVar

import pytest
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.drivers.headless_driver import HeadlessDriver
from textual.widget import Widget
from textual.widgets import Footer, Input

from tests.tui.screen_text import still
from tests.tui.terminal import Terminal
from tui.frugal import FrugalApp, cells_of, colour_system
from tui.lines import Line, Role, Span, line
from tui.themes import DARK, MONO, load_themes
from tui.widgets.confirm import Confirm, Question
from tui.widgets.lines_view import LinesView


class RecordingDriver(HeadlessDriver):
    """Keeps what would go to the terminal."""

    sent: ClassVar[list[str]] = []

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.sent.append(data)


class Console(FrugalApp[None]):
    """Two panes, a field and a footer."""

    BINDINGS: ClassVar[list[BindingType]] = [("f5", "redraw", "Draw again")]

    def __init__(self) -> None:
        super().__init__()
        self.driver_class = RecordingDriver
        RecordingDriver.sent = []

    def compose(self) -> ComposeResult:
        yield LinesView([line("pool 87 / 100")] * 3, id="left")
        yield LinesView([line("日本語 1")], id="right")
        field = Input()
        field.cursor_blink = False
        yield field
        yield Footer()

    def on_mount(self) -> None:
        for theme in load_themes().themes.values():
            self.register_theme(theme)
        self.theme = DARK

    def taken(self) -> str:
        """What was sent since the last time it was taken."""
        sent = "".join(RecordingDriver.sent)
        RecordingDriver.sent.clear()
        return sent


def update(app: Console, name: str, lines: list[Line]) -> None:
    app.query_one(f"#{name}", LinesView).update(lines)


def assert_shows_what_was_composed(app: Console, terminal: Terminal) -> None:
    strips = app.screen._compositor.render_strips()
    for y, strip in enumerate(strips):
        composed = cells_of(strip, colour_system(app.console))
        shown = terminal.row(y, len(composed))
        assert "".join(text for text, _ in shown) == "".join(text for text, _ in composed)
        assert [pen for _, pen in shown] == [terminal.as_pen(pen) for _, pen in composed]


async def test_whatever_happens_the_terminal_shows_what_was_composed() -> None:
    app, terminal = Console(), Terminal()
    async with app.run_test(headless=False, size=(60, 16)) as pilot:

        async def settled() -> None:
            await still(pilot)
            terminal.feed(app.taken())
            assert_shows_what_was_composed(app, terminal)

        await settled()
        update(app, "left", [line("pool 88 / 100"), line("x", Span("bad", Role.CRITICAL))])
        await settled()
        update(app, "right", [line("本日 2"), line("e\N{COMBINING ACUTE ACCENT}日")])
        await settled()
        await pilot.press("tab", "a", "b")
        await settled()
        await app.push_screen(Confirm(Question("Cancel?", ("日本" * 30,), typed="yes")))
        await settled()
        update(app, "left", [line("pool 89 / 100")])
        await settled()
        await pilot.press("y", "escape")
        await settled()
        for name in load_themes().themes:
            app.theme = name
            await settled()
        terminal.clear()
        await pilot.resize_terminal(40, 10)
        await settled()


async def test_one_changed_cell_costs_a_few_bytes() -> None:
    app = Console()
    async with app.run_test(headless=False, size=(120, 30)) as pilot:
        await still(pilot)
        app.taken()
        update(app, "left", [line("pool 88 / 100"), line("pool 87 / 100"), line("pool 87 / 100")])
        await still(pilot)
        assert len(app.taken()) < 120


async def test_an_unchanged_update_sends_nothing() -> None:
    app = Console()
    async with app.run_test(headless=False, size=(120, 30)) as pilot:
        await still(pilot)
        app.taken()
        update(app, "left", [line("pool 87 / 100")] * 3)
        app.query_one("#right", Widget).refresh()
        await still(pilot)
        assert "pool" not in (sent := app.taken())
        assert "日" not in sent


async def test_no_color_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app, terminal = Console(), Terminal()
    async with app.run_test(headless=False, size=(60, 16)) as pilot:
        app.theme = MONO
        await still(pilot)
        app.taken()
        app.redraw()
        update(app, "left", [line("x", Span("bad", Role.CRITICAL), Span("so so", Role.WARNING))])
        await still(pilot)
        terminal.feed(app.taken())
        codes = {code for _, pen in terminal.cells.values() for code in pen.values()}
        assert codes <= {"1", "2", "3", "4", "7"}
        assert terminal.row(0, 2)[1] == ("b", {"1": "1", "7": "7"})


async def test_redrawing_sends_everything_again() -> None:
    app, terminal = Console(), Terminal()
    async with app.run_test(headless=False, size=(60, 16)) as pilot:
        await still(pilot)
        app.taken()
        await pilot.press("f5")
        await still(pilot)
        terminal.feed(app.taken())
        assert_shows_what_was_composed(app, terminal)
