"""A question that is answered from a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on, work
from textual.widget import Widget

from core.errors import PgvigilError
from tui.lines import Line
from tui.panes.view import Missing, View
from tui.screens.pane_view import ScrollingPane
from tui.screens.table_area import TableArea
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Key, Row
from tui.wizard.guide import Guide
from tui.wizard.trail import trail_lines
from tui.wizard.walking import WalkingScreen


class ListStep(TableArea, WalkingScreen):
    """Finds out what can be chosen, in the background, and lists it.

    What is listed stays as it was found, whatever the server does meanwhile: nothing moves under
    the cursor of a person who reads.
    """

    NAME = "Restore"
    QUESTION: ClassVar[str] = ""
    LOOKING: ClassVar[str] = "Looking …"
    TELLS_MORE: ClassVar[bool] = False
    """Whether what the cursor is on is told in full below the list."""

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide.following)
        self.guide = guide
        self._listed: Sequence[Row] | Missing = Missing(self.LOOKING)

    @property
    def question(self) -> str:
        """What is asked."""
        return self.QUESTION

    async def find(self) -> Sequence[Row]:
        """What can be chosen.

        Raises:
            PgvigilError: it can't be found out.
        """
        raise NotImplementedError

    def found(self) -> None:
        """Put cursor and marks where a person would want them first."""

    def rows(self, view: View) -> Sequence[Row] | Missing:  # noqa: ARG002 - the table's signature
        """What was found."""
        return self._listed

    def above(self, _view: View, width: int) -> list[Line]:
        """The trail, and the question."""
        return trail_lines(self.guide.draft, self.question, width)

    def in_full(self, key: Key | None, width: int) -> list[Line]:  # noqa: ARG002 - a subclass's
        """What stands below the list: all of what the cursor is on."""
        return []

    def body(self, view: View) -> Iterable[Widget]:
        """The list, and below it what the cursor is on in full."""
        yield from super().body(view)
        if self.TELLS_MORE:
            yield ScrollingPane(self._in_full, view, id="in-full")

    def _in_full(self, _view: View, width: int, _: int) -> list[Line]:
        return self.in_full(self.listed.cursor_key, width) if self.is_mounted else []

    @on(LiveTable.RowHighlighted)
    def highlighted(self) -> None:
        """Tell what the cursor came to in full."""
        for pane in self.query(ScrollingPane):
            pane.show(self.view)

    def on_mount(self) -> None:
        """Look what can be chosen; Textual calls the area's own handler as well."""
        self.look()

    @work(group="look", exclusive=True)
    async def look(self) -> None:
        """Find out what can be chosen, and list it."""
        try:
            self._listed = await self.find()
        except PgvigilError as error:
            self._listed = Missing(error.what, error.why, error.remedy, is_fault=True)
        if self.is_left:
            return
        self.show(self.view)
        self.found()
        self.show(self.view)

    def look_anew(self) -> None:
        """List it again from the beginning."""
        self._listed = Missing(self.LOOKING)
        self.show(self.view)
        self.look()

    def list_again(self, rows: Sequence[Row]) -> None:
        """The same things, told otherwise."""
        self._listed = rows
        self.show(self.view)

    def open_detail(self, key: Key) -> None:
        """The answer that the cursor is on."""
        raise NotImplementedError
