"""Databases in detail: rates of the interval, cache hits, deadlocks, sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from core.model.unknown import Unknown
from tui import figures
from tui.actions import Place, actions_at, bindings_of
from tui.lines import Line, Role, Span, line
from tui.panes.databases_table import DATABASE_COLUMNS, database_rows
from tui.panes.parts import labelled
from tui.panes.view import Missing, View, shown
from tui.screens.database import DatabaseScreen
from tui.screens.table_area import TableArea
from tui.text import one_line
from tui.widgets.rows import Key, Row


class DatabasesScreen(TableArea):
    """The databases in a table."""

    PLACE = Place.DATABASES
    NAME = "Databases"
    EMPTY = "No database is listed."
    COLUMNS = DATABASE_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.DATABASES))]

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row a database."""
        body = shown(view, view.frame.databases)
        return body if isinstance(body, Missing) else database_rows(body, view.thresholds)

    def above(self, view: View, width: int) -> list[Line]:
        """The interval, the age of the sizes, and why a size is not known."""
        body = shown(view, view.frame.databases)
        if isinstance(body, Missing):
            return []
        first = "rates follow with the second reading"
        told = f"rates in the last {figures.interval(body.seconds)}" if body.since else first
        if body.sizes_taken_at is not None:
            told += f"; sizes from {figures.age(view.reference - body.sizes_taken_at)}"
        lines = [line(Span(told, Role.MUTED))]
        for each in body.databases:
            if isinstance(each.size_bytes, Unknown):
                why = f"{each.size_bytes.reason}  {each.size_bytes.remedy}".rstrip()
                lines += labelled(f"? size of {one_line(each.name)}: ", one_line(why), width)
        return lines[:4]

    def open_detail(self, key: Key) -> None:
        """One database."""
        if isinstance(key, int):
            self.app.push_screen(DatabaseScreen(self.following, key))
