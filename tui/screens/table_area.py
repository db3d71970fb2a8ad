"""An area whose body is a table: filter, sort, marks, and a detail behind Enter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input

from tui.actions import Place, Subject
from tui.following import Following
from tui.lines import Line, Mask, Role, Span, masked_lines, plain_text, wrap
from tui.panes.parts import heading, missing_lines
from tui.panes.view import Missing, View
from tui.screens.area import AreaScreen
from tui.screens.area_table import AreaTable
from tui.screens.filter_field import FILTER_HINTS, FilterField
from tui.screens.pane_view import FittedPane
from tui.widgets.columns import Column, SortOrder
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Key, Row
from tui.widgets.table_lines import written


class TableArea(AreaScreen):
    """Lines above a table; a subclass gives the columns, the rows, and what Enter opens."""

    AUTO_FOCUS = "#table"
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    NAME: ClassVar[str] = ""
    EMPTY: ClassVar[str] = ""

    def __init__(self, following: Following) -> None:
        super().__init__(following)
        self._wanted = ""
        self._all = 0

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """The rows of a view, or what stands in their place."""
        raise NotImplementedError

    def above(self, _view: View, _width: int) -> list[Line]:
        """The lines between the heading and the table."""
        return []

    @property
    def is_whole(self) -> bool:
        """Whether everything that there is is listed."""
        return True

    @property
    def none_holds(self) -> str:
        """What is said where no line holds the text of the filter."""
        return "No line holds this text."

    def open_detail(self, key: Key) -> None:
        """What Enter does on a row."""

    def body(self, view: View) -> Iterable[Widget]:
        """A heading with what stands above the table, the filter, the table, what is beside it."""
        yield FittedPane(self._above, view, classes="above")
        yield FilterField(id="filter", compact=True, placeholder=FILTER_HINTS[0])
        with_side = Container(self.table(), *self.beside(view), classes="body")
        yield with_side

    def table(self) -> AreaTable:
        """The table itself."""
        return AreaTable(self.COLUMNS)

    def beside(self, _view: View) -> Iterable[Widget]:
        """What stands beside the table where the terminal is wide."""
        return ()

    @property
    def keys_go_to(self) -> Place:
        """The filter while it is typed, else the place itself."""
        return Place.FILTER if isinstance(self.focused, FilterField) else self.place

    def subjects(self, _view: View) -> frozenset[Subject]:
        """Rows, listed or filtered out, the cursor's among them, and columns out of sight."""
        if not self.is_mounted:
            return frozenset()
        found = {Subject.ROWS} if self._all else set()
        if self.listed.rows:
            found |= {Subject.ROW, Subject.DETAIL}
            if self.listed.hidden_columns:
                found.add(Subject.COLUMNS)
        return frozenset(found)

    @property
    def is_left(self) -> bool:
        """Whether its table is gone, or never came."""
        return not self.query("#table")

    @property
    def listed(self) -> AreaTable:
        """The table of this screen."""
        return self.query_one("#table", AreaTable)

    def show(self, view: View) -> None:
        """Take a new view."""
        if self.is_left:
            return
        given = self.rows(view)
        table = self.listed
        if isinstance(given, Missing):
            self._all = 0
            table.show_in_place_of_rows(partial(missing_lines, given))
            table.show(())
        else:
            self._all = len(given)
            told = self.none_holds if self._wanted and given else self.EMPTY
            table.show_in_place_of_rows(partial(wrap, told, role=Role.MUTED))
            is_whole = self.is_whole or bool(self._wanted)
            table.show(self._filtered(given), is_whole=is_whole)
        super().show(view)

    def _filtered(self, rows: Sequence[Row]) -> Sequence[Row]:
        wanted = self._wanted.casefold().split()
        if not wanted:
            return rows
        return [row for row in rows if _holds(row, wanted)]

    def _above(self, view: View, width: int, height: int) -> list[Line]:
        return [heading(self.NAME, width, note=self._note()), *self.above(view, width)][:height]

    def _note(self) -> Span | None:
        if not self.is_mounted or not self.listed.display:
            return None
        table, told = self.listed, []
        if self._wanted:
            of = f"{self._all}{'' if self.is_whole else '+'}"
            told.append(f'{len(table.rows)} of {of} hold "{self._wanted}"')
        if table.marks:
            told.append(f"{len(table.marks)} marked")
        if told:
            return Span("  ".join([", ".join(told), table.out_of_sight]).rstrip(), Role.MATCH)
        return Span(table.out_of_sight, Role.MUTED)

    # Keys

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self.listed.action_cursor_by(lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by a page."""
        self.listed.action_page(pages)

    def action_edge(self, edge: int) -> None:
        """Move the cursor to the first or to the last row."""
        if edge < 0:
            self.listed.action_cursor_to_first()
        else:
            self.listed.action_cursor_to_last()

    def action_shift_columns(self, columns: int) -> None:
        """Bring in columns that had to give way."""
        self.listed.action_shift_columns(columns)

    def action_detail(self) -> None:
        """Open what the cursor is on."""
        self.listed.action_select()

    def action_mark(self) -> None:
        """Mark the cursor's row."""
        self.listed.action_toggle_mark()

    def action_sort(self, step: int) -> None:
        """Sort by the next column, or by the one before."""
        table = self.listed
        keys = [column.key for column in table.columns]
        by = table.sorted_by
        place = (keys.index(by[0]) + step) % len(keys) if by else (0 if step > 0 else -1)
        table.sort_by(keys[place])

    def action_reverse(self) -> None:
        """Turn the order round; the given order becomes one by the first column."""
        table = self.listed
        if (by := table.sorted_by) is not None:
            table.sort_by(by[0], by[1].reversed)
        else:
            table.sort_by(table.columns[0].key, SortOrder.DESCENDING)

    def action_filter(self) -> None:
        """Open the field for the filter's text."""
        field = self.query_one("#filter", FilterField)
        field.add_class("-open")
        self.set_focus(field)

    def action_clear_filter(self) -> None:
        """Show every row again."""
        field = self.query_one("#filter", FilterField)
        field.value = ""
        self.action_keep_filter()

    def action_keep_filter(self) -> None:
        """Back to the table; the field stays while it holds a text."""
        field = self.query_one("#filter", FilterField)
        field.set_class(bool(field.value), "-open")
        self.set_focus(self.listed)

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        """Show the rows that hold what was typed so far."""
        self._wanted = event.value.strip()
        self.show(self.view)

    @on(Input.Submitted, "#filter")
    def filter_kept(self) -> None:
        """Enter: keep the filter."""
        self.action_keep_filter()

    @on(events.DescendantFocus)
    def focus_moved(self) -> None:
        """Name the keys of the field while a filter is typed, and no longer."""
        self.show_keys()

    @on(LiveTable.RowHighlighted)
    def cursor_moved(self) -> None:
        """Name the keys for what the cursor came to."""
        self.show_keys()

    @on(LiveTable.RowSelected)
    def row_selected(self, event: LiveTable.RowSelected) -> None:
        """Enter or a click on the cursor's row."""
        self.open_detail(event.key)

    @on(LiveTable.SightChanged)
    def sight_changed(self) -> None:
        """Say which rows and columns are in sight."""
        self.query_one(".above", FittedPane).show(self.view)
        self.show_keys()

    @on(LiveTable.MarksChanged)
    def marks_changed(self) -> None:
        """Say how many rows are marked."""
        self.show(self.view)

    # What leaves the console

    def copied(self) -> str:
        """What ``y`` copies: the cursor's row, its cells parted by tabs."""
        table = self.listed
        row = next((row for row in table.rows if row.key == table.cursor_key), None)
        return "\t".join(cell.text for cell in row.cells) if row else ""

    def sections(self, view: View, mask: Mask) -> list[tuple[str, str]]:
        """The lines above, and the table with all its columns, or what stands in its place."""
        return [
            (self.NAME, masked_lines(self.above(view, self.EVIDENCE_WIDTH), mask)),
            ("Rows", self._written_rows(view, mask)),
        ]

    def _written_rows(self, view: View, mask: Mask) -> str:
        """The rows of a view that are listed, in their order, each cell masked by itself."""
        table, given = self.listed, self.rows(view)
        of_view = {} if isinstance(given, Missing) else {row.key: row for row in given}
        listed = [of_view[row.key] for row in table.rows if row.key in of_view]
        rows = (
            plain_text(written(table.columns, listed, mask))
            if listed
            else masked_lines(table.in_place_of_rows(self.EVIDENCE_WIDTH), mask)
        )
        return f"{only}\n{rows}" if (only := self.only_those(mask)) else rows

    def only_those(self, mask: Mask) -> str:
        """Which rows evidence holds, where a filter leaves some out; else nothing."""
        return f'only those that hold "{mask(self._wanted)}"' if self._wanted else ""

    @property
    def listed_keys(self) -> frozenset[Key]:
        """The keys of the rows that the filter leaves."""
        return frozenset(row.key for row in self.listed.rows)


def _holds(row: Row, wanted: Sequence[str]) -> bool:
    text = " ".join(cell.text for cell in row.cells).casefold()
    return all(word in text for word in wanted)
