"""A widget that shows lines and sends only the cells that differ from those shown before."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.theme import Theme

from tui.lines import Line, Role, cell_width
from tui.text import one_line
from tui.themes import styles_of

# Moving the cursor and setting a style again costs about as much as this many unchanged cells.
_WORTH_SKIPPING = 12


class LinesView(ScrollView, can_focus=False):
    """Shows lines from the top; what doesn't fit below is not shown. Never scrolls."""

    DEFAULT_CSS = """
    LinesView {
        height: 1fr;
        overflow: hidden hidden;
    }
    """

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._lines: tuple[Line, ...] = tuple(lines)
        self._strips: dict[int, Strip] = {}
        self._theme: Theme | None = None
        self._styles: dict[Role, Style] = {}

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown now."""
        return self._lines

    def update(self, lines: Sequence[Line]) -> None:
        """Show ``lines``; only the cells that differ from those shown before are drawn again."""
        before, now = self._lines, tuple(lines)
        if before == now:
            return
        self._lines = now
        regions: list[Region] = []
        top, width = round(self.scroll_y), self.size.width
        for y in range(max(len(before), len(now))):
            old = before[y] if y < len(before) else ()
            new = now[y] if y < len(now) else ()
            if old == new:
                continue
            self._strips.pop(y, None)
            if top <= y < top + self.size.height:
                regions.extend(
                    Region(x, y - top, end - x, 1) for x, end in _changed(old, new, width)
                )
        if len(before) != len(now):
            self._resize_content()
        if regions:
            self.refresh(*regions)

    def _resize_content(self) -> None:
        """What a change in the number of lines means for scrolling: nothing here."""

    def notify_style_update(self) -> None:
        """Forget the strips: the theme or a style changed."""
        super().notify_style_update()
        self._strips.clear()
        self._theme = None

    def render_line(self, y: int) -> Strip:
        """The strip for row ``y`` of the widget."""
        index = y + round(self.scroll_y)
        strip = self._strips.get(index)
        if strip is None or strip.cell_length != self.size.width:
            strip = self._strip(index)
            self._strips[index] = strip
        return strip

    def _strip(self, index: int) -> Strip:
        width = self.size.width
        if index >= len(self._lines):
            return Strip.blank(width)
        if self._theme is None:
            self._theme = self.app.current_theme
            self._styles = dict(styles_of(self._theme))
        styles = self._styles
        segments = [
            Segment(text if text.isprintable() else one_line(text), styles[role])
            for text, role in self._lines[index]
        ]
        return Strip(segments).adjust_cell_length(width, styles[Role.TEXT])


class ScrollingLines(LinesView, can_focus=True):
    """Lines that scroll where there are more of them than fit."""

    DEFAULT_CSS = """
    ScrollingLines {
        overflow: hidden auto;
    }
    """

    def on_mount(self) -> None:
        """Tell Textual how much there is to scroll."""
        self._resize_content()

    def on_resize(self) -> None:
        """Take the new width."""
        self._resize_content()

    def _resize_content(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.lines))


def _changed(old: Line, new: Line, width: int) -> list[tuple[int, int]]:
    """The cell ranges ``(start, end)`` in which two lines differ."""
    ranges: list[tuple[int, int]] = []
    before, after = _cells(old, width), _cells(new, width)
    x = 0
    while x < width:
        if before[x] == after[x]:
            x += 1
            continue
        start = x
        while x < width and before[x] != after[x]:
            x += 1
        if ranges and start - ranges[-1][1] < _WORTH_SKIPPING:
            ranges[-1] = (ranges[-1][0], x)
        else:
            ranges.append((start, x))
    return ranges


def _cells(line: Line, width: int) -> list[tuple[str, Role]]:
    """What stands in each of ``width`` cells; a wide character's second cell holds it again."""
    cells: list[tuple[str, Role]] = []
    for text, role in line:
        if text.isascii():
            cells.extend((character, role) for character in text)
            continue
        for character in text:
            taken = cell_width(character)
            if taken:
                cells.extend([(character, role)] * taken)
            elif cells:
                cells[-1] = (cells[-1][0] + character, role)
    del cells[width:]
    cells.extend([(" ", Role.TEXT)] * (width - len(cells)))
    return cells
