"""Where the text of a filter is typed."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widgets import Input

from tui.actions import Place, actions_at, bindings_of

FILTER_HINTS = ("filter; Enter keeps, Esc clears", "filter; Esc clears", "filter")
"""What stands in the empty filter: the longest that there is room for."""


class FilterField(Input):
    """Where the text of a filter is typed; Esc clears it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.FILTER))]

    def on_mount(self) -> None:
        """A cursor that blinks sends bytes for nothing."""
        self.cursor_blink = False

    def on_resize(self, event: events.Resize) -> None:
        """Say what its keys do, as far as there is room to say it whole."""
        room = event.size.width - 2
        self.placeholder = next((hint for hint in FILTER_HINTS if len(hint) < room), "")
