"""Queries in detail: every listed statement of the interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from core.model.statements import StatementKey, Statements
from core.model.unknown import Unknown
from tui import figures
from tui.actions import Place, actions_at, bindings_of
from tui.lines import Line, Role, Span, line
from tui.panes.parts import flow
from tui.panes.queries import costliest, first_interval, hidden_lines, texts_of
from tui.panes.statements_table import STATEMENT_COLUMNS, statement_rows
from tui.panes.view import Missing, View, shown
from tui.screens.statement import StatementScreen
from tui.screens.table_area import TableArea
from tui.text import one_line
from tui.widgets.rows import Key, Row


class QueriesScreen(TableArea):
    """The statements in a table; Enter opens one."""

    PLACE = Place.QUERIES
    NAME = "Queries"
    EMPTY = "No statement finished in this interval."
    COLUMNS = STATEMENT_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.QUERIES))]

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row a statement."""
        body = shown(view, view.frame.statements)
        if isinstance(body, Missing):
            return body
        return first_interval(body) if body.since is None else statement_rows(view, body)

    def above(self, view: View, width: int) -> list[Line]:
        """The interval's sums, and how full the list of statements is."""
        body = shown(view, view.frame.statements)
        if isinstance(body, Missing):
            return []
        return [*flow(_sums(body), width), *hidden_lines(body, width)]

    def open_detail(self, key: Key) -> None:
        """One statement."""
        if isinstance(key, StatementKey):
            self.app.push_screen(StatementScreen(self.following, key))

    def statements(self) -> list[str]:
        """The costliest of the statements that the filter leaves, for evidence."""
        listed = self.listed_keys
        return texts_of(each for each in costliest(self.view) if each.key in listed)


def _sums(body: Statements) -> list[Line]:
    if body.since is None or not body.seconds:
        return []
    parts = [
        _fact("interval", figures.interval(body.seconds)),
        _fact("calls", figures.rate(body.calls / body.seconds)),
        _fact("load", figures.rate(body.total_ms / body.seconds, " ms/s")),
        _fact("tracked", figures.share(body.tracked, body.tracked_max)),
    ]
    if isinstance(body.evictions, Unknown):
        why_not = one_line(body.evictions.reason)
        parts.append(line(Span(f"evictions ? {why_not}", Role.UNKNOWN)))
    elif body.evictions:
        told = f"{figures.count(body.evictions)} evicted: short-lived ones are missing"
        parts.append(line(Span(told, Role.WARNING)))
    if len(body.top) < body.tracked:
        parts.append(line(Span(f"the {len(body.top)} costliest are listed", Role.MUTED)))
    return parts


def _fact(label: str, told: str) -> Line:
    return line(Span(f"{label} ", Role.LABEL), Span(told, Role.NUMBER))
