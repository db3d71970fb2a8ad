"""The base of everything that draws lines: compares with what is on the screen, draws the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tui.lines import EMPTY, Line, Role, crop
from tui.text import one_line
from tui.theme_roles import styles_of
from tui.widgets.difference import changed_cells


class PaintedView(ScrollView):
    """A widget whose subclass gives the lines of its window; only changed cells are drawn again.

    A subclass overrides ``window`` and calls ``repaint`` when what it shows may have changed.
    Scrolling is a change of the window like any other, so it sends no more than it must either.
    """

    DEFAULT_CSS = """
    PaintedView {
        height: 1fr;
        overflow: hidden hidden;
        background: $background;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._painted: list[Line] = []
        self._strips: list[Strip | None] = []
        self._painted_size = Size(0, 0)
        self._styles: Mapping[Role, Style] | None = None
        self._rendered: tuple[tuple[object, ...], list[Strip]] | None = None

    def window(self, room: Size) -> Sequence[Line]:
        """The lines to be seen now in ``room``; what is wider or higher than that is cropped."""
        raise NotImplementedError

    @property
    def room(self) -> Size:
        """The cells there are to draw in: without border, padding and scrollbar."""
        return self.scrollable_content_region.size

    def repaint(self) -> None:
        """Draw again what differs from what is on the screen."""
        if not self._painted_size or self.room != self._painted_size:
            return  # nothing is on the screen yet, or everything will be drawn for the new size
        before, width = self._painted, self._painted_size.width
        now = self._window_lines()
        regions: list[Region] = []
        for y, (old, new) in enumerate(zip(before, now, strict=True)):
            if old is new or old == new:
                continue
            self._strips[y] = None
            regions.extend(
                Region(start, y, end - start, 1) for start, end in changed_cells(old, new, width)
            )
        self._painted = now
        if regions:
            self.refresh(*regions)

    def measure(self, lines: int) -> None:
        """Say how many lines there are in all, for scrolling and for a height of ``auto``.

        Assigning ``virtual_size`` would draw the whole widget again, which a table whose number of
        rows changes each second can't afford.
        """
        size = Size(0, lines)
        if size == self.virtual_size:
            return
        self.set_reactive(Widget.virtual_size, size)
        self._scroll_update(size)
        if self.styles.auto_dimensions:
            self.refresh(layout=True)

    def repaint_all(self) -> None:
        """Forget what was drawn, and draw everything again."""
        self._painted_size = Size(0, 0)
        self.refresh()

    def _window_lines(self) -> list[Line]:
        """What is to be seen: cut here, so that what is compared is what the screen shows."""
        width, height = self._painted_size
        lines = [crop(each, width) for each in self.window(self._painted_size)[:height]]
        lines.extend([EMPTY] * (height - len(lines)))
        return lines

    def _set_dirty(self, *regions: Region) -> None:
        """Everything that is to be drawn again comes by here."""
        self._rendered = None
        super()._set_dirty(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips in ``crop``: the same ones as before where nothing is to be drawn again.

        Whatever changes on a screen, Textual asks every widget from the first line that changed to
        the last one for all its strips.
        """
        filters = tuple(self.get_line_filters())
        of = (crop, self.size, self.room, self.background_colors, self.opacity, filters)
        if self._rendered is None or self._rendered[0] != of:
            self._rendered = (of, super().render_lines(crop))
        return self._rendered[1]

    def render_line(self, y: int) -> Strip:
        """The strip for row ``y`` of the widget."""
        if (room := self.room) != self._painted_size:
            self._painted_size = room
            self._painted = self._window_lines()
            self._strips = [None] * len(self._painted)
        if y >= len(self._strips):
            return Strip.blank(self.size.width)
        strip = self._strips[y]
        if strip is None:
            strip = self._strips[y] = self._strip(self._painted[y])
        return strip

    def _strip(self, painted: Line) -> Strip:
        styles = self._styles
        if styles is None:
            # Content brings its own background: Textual lays none under what a widget draws.
            base = self.rich_style
            roles = styles_of(self.app.current_theme)
            styles = self._styles = {role: base + style for role, style in roles.items()}
        segments = [
            Segment(text if text.isprintable() else one_line(text), styles[role])
            for text, role in painted
        ]
        return Strip(segments).adjust_cell_length(self.size.width, styles[Role.TEXT])

    def notify_style_update(self) -> None:
        """Draw everything again with the new styles."""
        super().notify_style_update()
        self._styles = None
        self._strips = [None] * len(self._strips)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Draw what scrolling changed."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self.repaint()
