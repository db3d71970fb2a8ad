"""The command palette: every action of the screen by its name."""

from __future__ import annotations

from textual.command import CommandPalette
from textual.widgets import Input

from tui.panes.tiny import is_tiny
from tui.widgets.terminal_sized import TerminalSized


class Palette(CommandPalette, TerminalSized[None]):
    """Textual's own; its cursor stands still, for one that blinks sends bytes for nothing."""

    def on_mount(self) -> None:
        """Hold the cursor still."""
        self.query_one(Input).cursor_blink = False

    def on_resize(self) -> None:
        """In a very small terminal the line that is typed comes first, without a frame."""
        self.set_class(is_tiny(*self.app.size), "-tiny")
