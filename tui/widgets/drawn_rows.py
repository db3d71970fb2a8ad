"""The rows of a table as they were drawn last: what did not change is not drawn again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tui.lines import Line, Role
from tui.widgets.columns import Layout
from tui.widgets.rows import Row
from tui.widgets.table_lines import row_line


class RowLook(NamedTuple):
    """All that a row's line depends on, but for the layout."""

    row: Row
    role: Role
    marked: bool


class DrawnRows:
    """Line by line what stands in the body of a table."""

    def __init__(self) -> None:
        self._layout = Layout((), 0)
        self._drawn: list[tuple[RowLook, Line]] = []

    def lines(self, looks: Iterable[RowLook], layout: Layout, width: int) -> list[Line]:
        """A line a row; what stood in its place serves again where nothing of it changed."""
        before = self._drawn if layout is self._layout else []
        self._layout = layout
        self._drawn = [
            before[y]
            if y < len(before) and before[y][0] == look
            else (look, row_line(look.row, layout, look.role, width, marked=look.marked))
            for y, look in enumerate(looks)
        ]
        return [line for _, line in self._drawn]
