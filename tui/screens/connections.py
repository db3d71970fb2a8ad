"""Connections in detail: the sessions, the lock queues, the breakdowns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from core.model.connections import Backend, Connections
from tui.actions import Place, actions_at, bindings_of
from tui.following import Following
from tui.lines import EMPTY, Line, Role, Span, line
from tui.panes.backends_table import BACKEND_COLUMNS, backend_rows
from tui.panes.breakdown import breakdown_lines
from tui.panes.connections import brief_lines
from tui.panes.locks import lock_tree_lines
from tui.panes.parts import heading
from tui.panes.view import Missing, View, shown
from tui.screens.acting_screen import ActingScreen
from tui.screens.backend import BackendScreen
from tui.screens.history import HistoryChart, all_connections
from tui.screens.pane_view import ScrollingPane
from tui.screens.table_area import TableArea
from tui.widgets.rows import Key, Row

VIEWS = ("sessions", "locks", "breakdown", "history")


class ConnectionsScreen(TableArea, ActingScreen):
    """The sessions in a table; lock queues and breakdowns beside it, or behind Tab."""

    PLACE = Place.CONNECTIONS
    NAME = "Connections"
    EMPTY = "No client is connected."
    COLUMNS = BACKEND_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.CONNECTIONS))]

    def __init__(self, following: Following) -> None:
        super().__init__(following)
        self._shown_view = 0

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row a session."""
        body = shown(view, view.frame.connections)
        return body if isinstance(body, Missing) else backend_rows(body, view.thresholds)

    def above(self, view: View, width: int) -> list[Line]:
        """The figures of the overview's pane."""
        body = shown(view, view.frame.connections)
        if isinstance(body, Missing):
            return []
        left_out = body.backends_left_out
        rest = f"{left_out} sessions are counted but not listed" if left_out else ""
        return [
            *brief_lines(body, view.thresholds, width),
            *([line(Span(rest, Role.NOTICE))] if rest else []),
        ]

    def beside(self, view: View) -> Iterable[Widget]:
        """Lock queues and breakdowns."""
        yield Vertical(
            HistoryChart(self.following, all_connections, id="history"),
            ScrollingPane(_locks, view, id="locks"),
            ScrollingPane(_breakdown, view, id="breakdown"),
            classes="side",
        )

    def open_detail(self, key: Key) -> None:
        """One session."""
        if isinstance(key, int):
            self.app.push_screen(BackendScreen(self.following, key))

    def action_next_view(self) -> None:
        """Sessions, lock queues, breakdowns, and round again."""
        self._shown_view = (self._shown_view + 1) % len(VIEWS)
        for index, name in enumerate(VIEWS):
            self.set_class(index == self._shown_view, f"-view-{name}")
        shown_now = VIEWS[self._shown_view]
        target = self.query_one("#table" if shown_now == "sessions" else f"#{shown_now}")
        self.set_focus(target)
        self.call_after_refresh(self.show, self.following.view)

    def chosen(self) -> list[Backend]:
        """The marked sessions, or the one under the cursor."""
        body = _body(self.view)
        table = self.listed
        wanted = table.marks or {table.cursor_key}
        return [each for each in body.backends if each.pid in wanted] if body else []

    def statements(self) -> list[str]:
        """The query under the cursor, for evidence."""
        return [each.query for each in self.chosen() if each.query]

    def sections(self) -> list[tuple[str, list[Line]]]:
        """The table, the lock queues and the breakdowns."""
        width = self.EVIDENCE_WIDTH
        locks = _locks(self.view, width, 0)[1:] if _body(self.view) else []
        return [
            *super().sections(),
            ("Lock queues", locks),
            ("Breakdowns", _breakdown(self.view, width, 0)),
        ]


def _body(view: View) -> Connections | None:
    body = shown(view, view.frame.connections)
    return None if isinstance(body, Missing) else body


def _locks(view: View, width: int, _: int) -> list[Line]:
    body = _body(view)
    lines = lock_tree_lines(body, view.thresholds, width) if body else []
    return [heading("Lock queues", width), *lines, EMPTY]


def _breakdown(view: View, width: int, _: int) -> list[Line]:
    body = _body(view)
    return breakdown_lines(body, width, 48) if body else []
