"""One session in full, its query highlighted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from core.model.connections import Backend, Connections
from core.model.statements import StatementKey
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import EMPTY, Line
from tui.panes.backend import backend_lines, find_backend, query_title, statement_of
from tui.panes.parts import age_note, heading, missing_lines
from tui.panes.view import Missing, View, body_of, shown
from tui.screens.acting_screen import ActingScreen
from tui.screens.pane_view import ScrollingPane
from tui.screens.statement import StatementScreen
from tui.sql import sql_lines
from tui.text import clean


class BackendScreen(ActingScreen):
    """Follows one pid for as long as it is listed."""

    PLACE = Place.BACKEND
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.BACKEND))]

    def __init__(self, following: Following, pid: int) -> None:
        super().__init__(following)
        self.pid = pid

    def body(self, view: View) -> Iterable[Widget]:
        """Facts and query in one pane that scrolls."""
        yield ScrollingPane(self._lines, view, id="backend")

    def subjects(self, view: View) -> frozenset[Subject]:
        """The session, as long as it is there; its query, and the statement that this is."""
        found = self._found(view)
        if isinstance(found, Missing):
            return frozenset()
        query = {Subject.TEXT} if found[1].query else set()
        statement = {Subject.DETAIL} if self._statement(view) is not None else set()
        return self.subjects_of([found[1]]) | query | statement

    def _found(self, view: View) -> tuple[Connections, Backend] | Missing:
        body = shown(view, view.frame.connections)
        if isinstance(body, Missing):
            return body
        backend = find_backend(body, self.pid)
        if backend is None:
            return Missing(
                f"Session {self.pid} is gone, or no longer among the listed ones.",
                remedy="Esc goes back; [ steps back to when it was there.",
            )
        return body, backend

    def _lines(self, view: View, width: int, _: int) -> list[Line]:
        head = heading(f"Session {self.pid}", width, note=age_note(view, view.frame.connections))
        found = self._found(view)
        if isinstance(found, Missing):
            return [head, *missing_lines(found, width)]
        body, backend = found
        return [
            head,
            *backend_lines(view, body, backend, width),
            EMPTY,
            heading(query_title(backend), width),
            *sql_lines(backend.query, width),
        ]

    def action_detail(self) -> None:
        """The statement that the session runs, where it is among the listed ones."""
        if (key := self._statement(self.view)) is not None:
            self.app.push_screen(StatementScreen(self.following, key))
        else:
            self.notify("Its statement is not among the costliest of the interval.", markup=False)

    def _statement(self, view: View) -> StatementKey | None:
        found, body = self._found(view), body_of(view.frame.statements)
        return None if isinstance(found, Missing) or body is None else statement_of(body, found[1])

    def chosen(self) -> list[Backend]:
        """This session."""
        found = self._found(self.view)
        return [] if isinstance(found, Missing) else [found[1]]

    def copied(self) -> str:
        """What ``y`` copies: the query."""
        return "\n".join(clean(backend.query) for backend in self.chosen())

    def statements(self) -> list[str]:
        """The query, for evidence."""
        return [backend.query for backend in self.chosen()]
