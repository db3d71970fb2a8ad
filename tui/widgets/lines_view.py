"""Widgets that show lines and send only the cells that differ from those shown before."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size

from tui.lines import Line
from tui.widgets.painted_view import PaintedView


class LinesView(PaintedView, can_focus=False):
    """Shows lines from the top; what doesn't fit below is not shown. Never scrolls."""

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._lines: tuple[Line, ...] = tuple(lines)

    def on_mount(self) -> None:
        """Say how many lines there are."""
        self.measure(len(self._lines))

    @property
    def lines(self) -> tuple[Line, ...]:
        """What it was last told to show."""
        return self._lines

    def update(self, lines: Sequence[Line]) -> None:
        """Show ``lines``; only the cells that differ from those shown before are drawn again."""
        self._lines = tuple(lines)
        self.measure(len(self._lines))
        self.repaint()

    def window(self, room: Size) -> Sequence[Line]:
        """The lines from the scroll position on."""
        top = round(self.scroll_y)
        return self._lines[top : top + room.height]


class ScrollingLines(LinesView, can_focus=True):
    """Lines that scroll where there are more of them than fit."""

    DEFAULT_CSS = """
    ScrollingLines {
        overflow: hidden auto;
    }
    """
