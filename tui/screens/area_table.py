"""The table of an area, and what stands in it without rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.lines import Line
from tui.widgets.columns import Column
from tui.widgets.live_table import LiveTable


class AreaTable(LiveTable):
    """A table that wraps what stands in it without rows for each width that it gets."""

    DEFAULT_CSS = ""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__(columns, classes="main", id="table")
        self._in_place_of_rows: Callable[[int], list[Line]] = lambda _: []

    def show_in_place_of_rows(self, lines: Callable[[int], list[Line]]) -> None:
        """What stands in the table while it has no rows, as a function of the width."""
        self._in_place_of_rows = lines
        self.on_resize()

    def in_place_of_rows(self, width: int) -> list[Line]:
        """What stands in the table while it has no rows."""
        return self._in_place_of_rows(width)

    def on_resize(self) -> None:
        """Wrap it for the new width."""
        if self.room.width:
            self.show_when_empty(self._in_place_of_rows(self.room.width))
