"""Connections in detail: the sessions, the lock queues, the breakdowns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from core.model.connections import Backend, Connections
from tui.actions import CONNECTION_VIEWS, Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import Line, Mask, Role, Span, line, masked_lines, plain
from tui.panes.backends_table import BACKEND_COLUMNS, backend_rows
from tui.panes.breakdown import breakdown_lines
from tui.panes.connections import brief_lines
from tui.panes.locks import lock_tree_lines
from tui.panes.view import Missing, View, shown
from tui.screens.acting_screen import ActingScreen
from tui.screens.backend import BackendScreen
from tui.screens.history import HistoryChart
from tui.screens.lock_queues import LockQueues
from tui.screens.pane_view import ScrollingPane
from tui.screens.recorded import all_connections
from tui.screens.table_area import TableArea
from tui.widgets.rows import Key, Row

VIEWS = {
    Place.CONNECTIONS: "table",
    Place.LOCK_QUEUES: "locks",
    Place.BREAKDOWNS: "breakdown",
    Place.CONNECTION_HISTORY: "history",
}
"""The widget that each view is about, by its id."""


class ConnectionsScreen(TableArea, ActingScreen):
    """The sessions in a table; lock queues and breakdowns beside it, or behind Tab."""

    PLACE = Place.CONNECTIONS
    NAME = "Connections"
    EMPTY = "No client is connected."
    COLUMNS = BACKEND_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.CONNECTIONS))]

    def __init__(self, following: Following) -> None:
        super().__init__(following)
        self._shown_view = Place.CONNECTIONS

    @property
    def place(self) -> Place:
        """The view that the keys act on."""
        return self._shown_view

    def subjects(self, view: View) -> frozenset[Subject]:
        """Those of the table; what the cursor of a lock queue is on; breakdowns to copy."""
        found = self.subjects_of(self.chosen()) if self.is_mounted else frozenset[Subject]()
        if self.place is Place.BREAKDOWNS:
            return frozenset({Subject.TEXT} if _body(view) else ())
        if self.place is not Place.LOCK_QUEUES:
            return super().subjects(view) | found
        row = {Subject.ROW} if self.locks.pid is not None else set()
        return found | row | ({Subject.DETAIL} if Subject.SESSION in found else set())

    @on(LockQueues.CursorMoved)
    def queue_walked(self) -> None:
        """Name the keys for the session that the cursor of the lock queues came to."""
        self.show_keys()

    @property
    def locks(self) -> LockQueues:
        """The lock queues."""
        return self.query_one("#locks", LockQueues)

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
        history = HistoryChart(self.following, all_connections, id="history")
        history.can_focus = True  # so that no other view has the keys while it is looked at
        yield Vertical(
            history,
            LockQueues(view),
            ScrollingPane(_breakdown, view, id="breakdown"),
            classes="side",
        )

    def open_detail(self, key: Key) -> None:
        """One session."""
        if isinstance(key, int):
            self.app.push_screen(BackendScreen(self.following, key))

    def action_next_view(self) -> None:
        """Sessions, lock queues, breakdowns, history, and round again."""
        after = CONNECTION_VIEWS.index(self.place) + 1
        self._show_view(CONNECTION_VIEWS[after % len(CONNECTION_VIEWS)])
        self.set_focus(self.query_one(f"#{VIEWS[self.place]}"))

    @on(events.DescendantFocus)
    def view_focused(self) -> None:
        """Where several views stand side by side, a click leads to one as Tab does."""
        focused = self.focused.id if self.focused is not None else None
        for place, name in VIEWS.items():
            if name == focused and place is not self.place:
                self._show_view(place)

    def _show_view(self, wanted: Place) -> None:
        self._shown_view = wanted
        for place, name in VIEWS.items():
            self.set_class(place is wanted, f"-view-{name}")
        self.locks.show_cursor(to_be_seen=wanted is Place.LOCK_QUEUES)
        self.call_after_refresh(self.show, self.following.view)

    # Keys: each acts on the view at hand

    def action_move(self, lines: int) -> None:
        """Move the cursor, or scroll the breakdowns."""
        if self.place is Place.LOCK_QUEUES:
            self.locks.move(lines)
        elif self.place is Place.BREAKDOWNS:
            self._breakdown.scroll_relative(y=lines, animate=False)
        else:
            super().action_move(lines)

    def action_page(self, pages: int) -> None:
        """Move or scroll by a page."""
        if self.place is Place.LOCK_QUEUES:
            self.locks.page(pages)
        elif self.place is Place.BREAKDOWNS:
            height = max(1, self._breakdown.room.height - 1)
            self._breakdown.scroll_relative(y=pages * height, animate=False)
        else:
            super().action_page(pages)

    def action_edge(self, edge: int) -> None:
        """Move or scroll to the first or to the last line."""
        if self.place is Place.LOCK_QUEUES:
            self.locks.edge(edge)
        elif self.place is Place.BREAKDOWNS:
            end = 0 if edge < 0 else self._breakdown.virtual_size.height
            self._breakdown.scroll_to(y=end, animate=False)
        else:
            super().action_edge(edge)

    @property
    def _breakdown(self) -> ScrollingPane:
        return self.query_one("#breakdown", ScrollingPane)

    def action_detail(self) -> None:
        """Open the session under the cursor."""
        if self.place is not Place.LOCK_QUEUES:
            super().action_detail()
        elif found := self.chosen():
            self.open_detail(found[0].pid)
        else:
            self.notify(self.nothing_chosen, markup=False)

    def chosen(self) -> list[Backend]:
        """The marked sessions, or the one under the cursor of the view at hand."""
        body = _body(self.view)
        if self.place is Place.LOCK_QUEUES:
            backend = self.locks.backend
            return [backend] if backend is not None else []
        if self.place is not Place.CONNECTIONS:
            return []
        table = self.listed
        wanted = table.marks or {table.cursor_key}
        return [each for each in body.backends if each.pid in wanted] if body else []

    @property
    def nothing_chosen(self) -> str:
        """Why there is nothing to act on."""
        if self.place is Place.LOCK_QUEUES and self.locks.pid is not None:
            return self.locks.why_no_session
        return super().nothing_chosen

    def copied(self) -> str:
        """What ``y`` copies: what the cursor of the view at hand is on, or the breakdowns."""
        if self.place is Place.LOCK_QUEUES:
            return "\n".join(plain(each).rstrip() for each in self.locks.cursor_lines)
        if self.place is Place.BREAKDOWNS:
            lines = _breakdown(self.view, self.EVIDENCE_WIDTH, 0)
            return "\n".join(plain(each).rstrip() for each in lines)
        return super().copied() if self.place is Place.CONNECTIONS else ""

    def statements(self) -> list[str]:
        """The query under the cursor, for evidence."""
        return [each.query for each in self.chosen() if each.query]

    def sections(self, view: View, mask: Mask) -> list[tuple[str, str]]:
        """The table, the lock queues and the breakdowns."""
        width = self.EVIDENCE_WIDTH
        body = _body(view)
        locks = lock_tree_lines(body, view.thresholds, width) if body else []
        return [
            *super().sections(view, mask),
            ("Lock queues", masked_lines(locks, mask)),
            ("Breakdowns", masked_lines(_breakdown(view, width, 0), mask)),
        ]


def _body(view: View) -> Connections | None:
    body = shown(view, view.frame.connections)
    return None if isinstance(body, Missing) else body


def _breakdown(view: View, width: int, _: int) -> list[Line]:
    body = _body(view)
    return breakdown_lines(body, width, 48) if body else []
