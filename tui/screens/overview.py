"""The overview: is the database healthy, restorable, under attack; in two seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget

from tui.actions import Place, actions_at, bindings_of
from tui.panes.backups import backups_lines
from tui.panes.connections import connections_lines
from tui.panes.databases import databases_lines
from tui.panes.findings import findings_lines
from tui.panes.queries import costliest_texts, queries_lines
from tui.panes.security import security_lines
from tui.panes.view import View
from tui.screens.area import AreaScreen
from tui.screens.history import HistoryChart, few_connections
from tui.screens.pane_view import FittedPane, PaneView

PANES = {
    "connections": Place.CONNECTIONS,
    "connections-chart": Place.CONNECTIONS,
    "queries": Place.QUERIES,
    "findings": Place.FINDINGS,
    "databases": Place.DATABASES,
    "backups": Place.BACKUPS,
    "security": Place.SECURITY,
}


class OverviewScreen(AreaScreen):
    """Four panes, six where the terminal has room."""

    PLACE = Place.OVERVIEW
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.OVERVIEW))]

    def on_click(self, event: events.Click) -> None:
        """A click on a pane opens its area."""
        clicked = event.widget.id if event.widget is not None else None
        if clicked in PANES:
            self.app.call_later(self.app.run_action, f"app.area('{PANES[clicked].value}')")

    def body(self, view: View) -> Iterable[Widget]:
        """The panes, in the order in which they fill the grid."""
        yield Container(
            Vertical(
                FittedPane(connections_lines, view, id="connections"),
                HistoryChart(self.following, few_connections, id="connections-chart"),
            ),
            PaneView(queries_lines, view, id="queries"),
            FittedPane(findings_lines, view, id="findings", classes="lower further"),
            FittedPane(databases_lines, view, id="databases", classes="lower further"),
            FittedPane(backups_lines, view, id="backups", classes="lower"),
            FittedPane(security_lines, view, id="security", classes="lower"),
            id="overview",
        )

    def statements(self) -> list[str]:
        """The costliest statements, for evidence."""
        return costliest_texts(self.view)
