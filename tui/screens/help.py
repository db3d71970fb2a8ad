"""The keys of the screen at hand."""

from __future__ import annotations

import os
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui.actions import Place
from tui.glyphs import glyphs_for
from tui.panes.keys import help_lines
from tui.panes.tiny import is_tiny
from tui.widgets.lines_view import ScrollingLines
from tui.widgets.terminal_sized import TerminalSized


class HelpScreen(ModalScreen[None], TerminalSized[None]):
    """Every key of a place with what it does; any of Esc, ? and q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close", show=False),
        Binding("j,down", "scroll_lines(1)", "Down", show=False),
        Binding("k,up", "scroll_lines(-1)", "Up", show=False),
    ]

    def __init__(self, place: Place, *, demo: bool = False) -> None:
        super().__init__()
        self.place = place
        self._demo = demo

    def compose(self) -> ComposeResult:
        """One list that scrolls."""
        yield ScrollingLines(id="help")

    def on_mount(self) -> None:
        """Take the keys, and the room of what was told before."""
        self.app.clear_notifications()
        self.set_focus(self.query_one(ScrollingLines))

    def on_resize(self) -> None:
        """Draw for the new width, less the scrollbar, and frame and padding where they are."""
        tiny = is_tiny(*self.app.size)
        self.set_class(tiny, "-tiny")
        width = min(self.app.size.width, 85) - (1 if tiny else 5)
        glyphs = glyphs_for(os.environ)
        told = help_lines(self.place, max(1, width), glyphs, demo=self._demo)
        self.query_one(ScrollingLines).update(told)

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one(ScrollingLines).scroll_relative(y=lines, animate=False)
