"""The command palette: every action of the screen by its name."""

from __future__ import annotations

from textual import events
from textual.command import CommandPalette
from textual.widgets import Input

from tui.panes.tiny import is_tiny


class Palette(CommandPalette):
    """Textual's own; its cursor stands still, for one that blinks sends bytes for nothing."""

    def on_mount(self) -> None:
        """Hold the cursor still."""
        self.query_one(Input).cursor_blink = False

    def on_resize(self, event: events.Resize) -> None:
        """In a very small terminal the line that is typed comes first, without a frame."""
        self.set_class(is_tiny(*event.size), "-tiny")
