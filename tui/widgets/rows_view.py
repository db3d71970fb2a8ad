"""Rows of one line each that scroll under a header: which of them are in sight."""

from __future__ import annotations

from tui.widgets.painted_view import PaintedView

HEADER = 1
"""Lines of the header, which stays."""


class RowsView(PaintedView, can_focus=True, inherit_bindings=False):
    """What is told in rows is told without the header; row 0 is the first below it."""

    @property
    def body_height(self) -> int:
        """How many rows there is room for."""
        return max(1, self.room.height - HEADER)

    def is_in_sight(self, row: int) -> bool:
        """Whether a row is to be seen."""
        top = round(self.scroll_y)
        return top <= row < top + self.body_height

    def bring_in_sight(self, row: int) -> None:
        """Scroll as little as is needed for a row to be seen."""
        top, height = round(self.scroll_y), self.body_height
        if row < top:
            self.scroll_to(y=row, animate=False)
        elif row >= top + height:
            self.scroll_to(y=row - height + 1, animate=False)
