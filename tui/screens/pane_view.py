"""Widgets that show what a pane's pure function makes of the newest view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from textual.geometry import Size

from tui.lines import Line
from tui.panes.view import Mode, View
from tui.widgets.lines_view import ScrollingLines
from tui.widgets.painted_view import PaintedView

SPARE_SECONDS = 10.0
"""How long a pane keeps lines that its newest figures don't need."""

Draw: TypeAlias = Callable[[View, int, int], Sequence[Line]]
"""A pane: a view, a width and a height in, lines out."""
Marked: TypeAlias = Callable[[Sequence[Line], int], Sequence[Line]]
"""A pane's lines and their width in, as many lines with a mark that is for the screen only out."""


def _unmarked(lines: Sequence[Line], _width: int) -> Sequence[Line]:
    return lines


class PaneView(PaintedView, can_focus=False):
    """A pane in whatever room it has; it is drawn again for each view and for each size."""

    def __init__(
        self,
        draw: Draw,
        view: View,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
        marked: Marked = _unmarked,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._draw = draw
        self._view = view
        self._marked = marked

    def show(self, view: View) -> None:
        """Draw what changed with this view."""
        self._view = view
        self.repaint()

    def window(self, room: Size) -> Sequence[Line]:
        """The pane's lines for the room that there is."""
        return self._seen(room.width, room.height)

    def _seen(self, width: int, height: int) -> Sequence[Line]:
        return self._marked(self._draw(self._view, width, height), width)

    def written(self, view: View, width: int) -> list[Line]:
        """All the pane's lines of a view at a width without a mark, as evidence takes them."""
        return list(self._draw(view, width, 10_000))


class FittedPane(PaneView):
    """A pane that is as high as it has lines, where there is room for them."""

    DEFAULT_CSS = """
    FittedPane {
        height: auto;
    }
    """

    _height = 0
    _spare_since: datetime | None = None
    _most = 0
    _measured: tuple[View | None, int, Sequence[Line]] = (None, 0, ())

    def show(self, view: View) -> None:
        """Draw what changed; where the number of lines did, everything below moves.

        Then nothing is drawn before the layout: it would be cut to the height before.
        """
        before, self._view = self._view, view
        self._measured = (view, 0, ())
        width = self.room.width
        if self.styles.is_auto_height and width and self._is_to_be_fitted(before, width):
            self.repaint_all()
            self.refresh(layout=True)
        else:
            self.repaint()

    def _is_to_be_fitted(self, before: View, width: int) -> bool:
        """Whether the pane's height is another one now.

        Live figures that need a line less for a moment, as where locks are waited for, leave their
        room as it is for a while: else everything below would move up and down with each reading.
        """
        view, spare = self._view, self._height - self._lines_at(width)
        if spare <= 0:
            self._spare_since = None
            return spare < 0
        is_next = view.mode is before.mode is Mode.LIVE and view.entry == before.entry
        if not is_next or (view.link, view.trouble) != (before.link, before.trouble):
            return True
        self._spare_since = self._spare_since or view.now
        return (view.now - self._spare_since).total_seconds() >= SPARE_SECONDS

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """As many lines as the pane has at this width; what has no room is counted, not cut."""
        highest = self.styles.max_height
        limits = (container.height, highest.cells if highest is not None else None)
        self._most = min((limit for limit in limits if limit), default=10_000)
        self._height = self._lines_at(width)
        self._spare_since = None
        return self._height

    def _lines_at(self, width: int) -> int:
        lines = self._seen(width, self._most)
        self._measured = (self._view, width, lines)
        return len(lines)

    def window(self, room: Size) -> Sequence[Line]:
        """The pane's lines; those that were counted serve where they fit."""
        view, width, lines = self._measured
        if view is self._view and width == room.width and len(lines) <= room.height:
            return lines
        return super().window(room)


class ScrollingPane(ScrollingLines):
    """A pane that may be longer than its room, and scrolls."""

    def __init__(
        self,
        draw: Draw,
        view: View,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._draw = draw
        self._view = view
        self._written_for = 0

    def show(self, view: View) -> None:
        """Draw what changed with this view, at the place to which one had scrolled."""
        self._view = view
        self._written_for = self.room.width
        self.update(self.written(view, self._written_for))

    def window(self, room: Size) -> Sequence[Line]:
        """The lines in sight; written anew where a scrollbar came or went since."""
        if room.width != self._written_for:
            self.call_after_refresh(self.show, self._view)
            top = round(self.scroll_y)
            return self.written(self._view, room.width)[top : top + room.height]
        return super().window(room)

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.show(self._view)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """As many lines as the pane has at this width."""
        return len(self.written(self._view, width))

    def written(self, view: View, width: int) -> list[Line]:
        """All the pane's lines of a view at a width, as evidence takes them."""
        return list(self._draw(view, width, 10_000)) if width > 0 else []
