"""A table for what changes each second: thousands of rows, and only changed cells are sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self, TypeAlias

from textual import events
from textual.geometry import Size

from tui.lines import Line, Role
from tui.widgets import table_messages
from tui.widgets.columns import Column, Layout, SortOrder
from tui.widgets.drawn_rows import DrawnRows, RowLook
from tui.widgets.rows import Key, Row, index_of
from tui.widgets.rows_view import HEADER, RowsView
from tui.widgets.sorting import Sorting
from tui.widgets.table_layout import MEASURED, TableLayout
from tui.widgets.table_lines import GUTTER, header_line, out_of_sight


class LiveTable(RowsView, can_focus=True, inherit_bindings=False):
    """Rows by key under a header that stays: sorting, a cursor that follows its row, marks.

    ``show`` takes all rows each time; what differs from what is on the screen is drawn again.
    Columns give way by importance where the terminal is narrow; shifting brings them in. Which keys
    do what is the screen's business.
    """

    DEFAULT_CSS = """
    LiveTable {
        overflow: hidden auto;
        scrollbar-size-vertical: 0;
    }
    """

    RowHighlighted: TypeAlias = table_messages.RowHighlighted
    RowSelected: TypeAlias = table_messages.RowSelected
    MarksChanged: TypeAlias = table_messages.MarksChanged
    SortChanged: TypeAlias = table_messages.SortChanged
    SightChanged: TypeAlias = table_messages.SightChanged

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        sort: str | None = None,
        order: SortOrder | None = None,
        empty: Sequence[Line] = (),
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._columns = tuple(columns)
        self._rows: list[Row] = []
        self._given: tuple[Row, ...] = ()
        self._is_whole = True
        self._empty = tuple(empty)
        self._sorting = Sorting(self._columns)
        if sort is not None:
            self._sorting.by(sort, order)
        self._cursor = 0
        self._marks: frozenset[Key] = frozenset()
        self._shift = 0
        self._layouts = TableLayout(self._columns)
        self._body = DrawnRows()
        self._unseen = ""

    # What it shows

    def show(self, rows: Iterable[Row], *, is_whole: bool = True) -> Self:
        """Show these rows, in the order sorted by; the cursor stays on its row where that is there.

        Where it has gone, the cursor stays at its place. Of rows with one key the last counts.
        Where they are not the whole of what there is, it is said that there are more.
        """
        self._is_whole = is_whole
        key, in_sight = self.cursor_key, self.is_in_sight(self._cursor)
        self._given = tuple({row.key: row for row in rows}.values())
        self._rows = self._sorting.sorted(self._given)
        self._layouts.measure(self._rows[:MEASURED])
        if self._marks:
            self._marks &= {row.key for row in self._given}
        self.measure(len(self._rows) + HEADER)
        self._follow(key, in_sight=in_sight)
        self.repaint()
        return self

    def show_when_empty(self, lines: Sequence[Line]) -> None:
        """What stands in a table without rows: why it is empty, and how to fill it."""
        self._empty = tuple(lines)
        self.repaint()

    @property
    def rows(self) -> Sequence[Row]:
        """The rows in the order in which they are shown."""
        return self._rows

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, also those that had to give way."""
        return self._columns

    @property
    def out_of_sight(self) -> str:
        """Which rows are in sight where not all are, and how many columns are not."""
        return self._unseen

    @property
    def hidden_columns(self) -> int:
        """How many columns there is no room for."""
        return self._layout(self.room.width).hidden

    # The cursor

    @property
    def cursor_key(self) -> Key | None:
        """The key of the row that the cursor is on."""
        return self._rows[self._cursor].key if self._rows else None

    def move_to(self, key: Key) -> None:
        """Put the cursor on the row with ``key``, where that is there."""
        if (index := index_of(self._rows, key)) is not None:
            self._move(index)

    def _move(self, index: int) -> None:
        index = max(0, min(index, len(self._rows) - 1))
        if not self._rows:
            return
        moved = index != self._cursor
        self._cursor = index
        self.bring_in_sight(self._cursor)
        self.repaint()
        if moved:
            self.post_message(self.RowHighlighted(self, self._rows[index].key))

    def _follow(self, key: Key | None, *, in_sight: bool) -> None:
        """Keep the cursor on the row with ``key``, and in sight where it was in sight."""
        index = index_of(self._rows, key) if key is not None else None
        self._cursor = (
            index if index is not None else max(0, min(self._cursor, len(self._rows) - 1))
        )
        if in_sight:
            self.bring_in_sight(self._cursor)
        if self.cursor_key != key and self.cursor_key is not None:
            self.post_message(self.RowHighlighted(self, self.cursor_key))

    # Sorting

    @property
    def sorted_by(self) -> tuple[str, SortOrder] | None:
        """The column and the order that the rows stand in; None where it is the given order."""
        return self._sorting.told

    def sort_by(self, column: str, order: SortOrder | None = None) -> None:
        """Sort by a column; without an order in the column's own first one."""
        self._sorting.by(column, order)
        key, in_sight = self.cursor_key, self.is_in_sight(self._cursor)
        self._rows = self._sorting.sorted(self._given)
        self._follow(key, in_sight=in_sight)
        self.repaint()
        self.post_message(self.SortChanged(self, column, self._sorting.order))

    def action_reverse_sort(self) -> None:
        """Sort by the same column the other way round."""
        if (now := self._sorting.told) is not None:
            column, order = now
            self.sort_by(column, order.reversed)

    # Marks

    @property
    def marks(self) -> frozenset[Key]:
        """The keys of the marked rows; a row that goes takes its mark with it."""
        return self._marks

    def action_toggle_mark(self) -> None:
        """Mark the cursor's row, or no longer, and go one down."""
        if (key := self.cursor_key) is not None:
            self._set_marks(self._marks ^ {key})
            self._move(self._cursor + 1)

    def mark(self, keys: Iterable[Key]) -> None:
        """Mark these rows, and no others."""
        self._set_marks(frozenset(keys) & {row.key for row in self._given})

    def _set_marks(self, marks: frozenset[Key]) -> None:
        if marks != self._marks:
            self._marks = marks
            self.repaint()
            self.post_message(self.MarksChanged(self, marks))

    # What keys do

    def action_cursor_by(self, rows: int) -> None:
        """Move the cursor down by ``rows``."""
        self._move(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor down by ``pages`` heights of the table."""
        self._move(self._cursor + pages * self.body_height)

    def action_cursor_to_first(self) -> None:
        """Move the cursor to the first row."""
        self._move(0)

    def action_cursor_to_last(self) -> None:
        """Move the cursor to the last row."""
        self._move(len(self._rows) - 1)

    def action_shift_columns(self, columns: int) -> None:
        """Bring in columns that had to give way, by leaving out ``columns`` more at the left."""
        if columns > 0 and not self.hidden_columns:
            return
        self._shift = max(0, min(self._shift + columns, len(self._columns) - 2))
        self.repaint()

    def action_select(self) -> None:
        """Ask for the detail of the cursor's row."""
        if (key := self.cursor_key) is not None:
            self.post_message(self.RowSelected(self, key))

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """The header sorts, a row takes the cursor, the cursor's row opens."""
        place = event.get_content_offset(self)
        if place is None:
            return
        if place.y < HEADER:
            self._click_header(place.x)
            return
        index = place.y - HEADER + round(self.scroll_y)
        if index >= len(self._rows):
            return
        if index == self._cursor:
            self.action_select()
        else:
            self._move(index)

    def _click_header(self, x: int) -> None:
        placed = self._layout(self.room.width).at(x - GUTTER)
        if placed is None:
            return
        if placed.index == self._sorting.column:
            self.action_reverse_sort()
        else:
            self.sort_by(placed.column.key)

    # Drawing

    def on_mount(self) -> None:
        """Tell Textual how much there is to scroll."""
        self.measure(len(self._rows) + HEADER)

    def on_focus(self) -> None:
        """Show the cursor."""
        self.repaint()

    def on_blur(self) -> None:
        """Show the cursor as one that keys don't move."""
        self.repaint()

    def window(self, room: Size) -> Sequence[Line]:
        """The header, and the rows from the scroll position on."""
        height = max(0, room.height - HEADER)
        top = min(round(self.scroll_y), max(0, len(self._rows) - height))
        shown = self._rows[top : top + height]
        self._layouts.measure(shown)
        layout = self._layout(room.width)
        total, is_whole = len(self._rows), self._is_whole or not self._rows
        unseen = out_of_sight(layout, top + 1, top + len(shown), total, is_whole=is_whole)
        self._note_sight(unseen)
        header = header_line(layout, self._sorting.column, self._sorting.order)
        looks = (
            RowLook(row, self._role_at(top + y), row.key in self._marks)
            for y, row in enumerate(shown)
        )
        body = self._body.lines(looks, layout, room.width)
        return [header, *(body if self._rows else self._empty)]

    def _note_sight(self, unseen: str) -> None:
        if unseen != self._unseen:
            self._unseen = unseen
            self.post_message(self.SightChanged(self, unseen))

    def _role_at(self, index: int) -> Role:
        if index != self._cursor:
            return Role.TEXT
        return Role.SELECTED if self.has_focus else Role.CURSOR

    def _layout(self, width: int) -> Layout:
        return self._layouts.at(max(0, width - GUTTER), self._shift, self._sorting.column)
