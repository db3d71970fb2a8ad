"""The overview: is the database healthy, restorable, under attack; in two seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.geometry import Region
from textual.widget import Widget

from tui.actions import Place, actions_at, bindings_of
from tui.following import Following
from tui.lines import Line
from tui.panes.findings import findings_lines
from tui.panes.overview import (
    backups_pane,
    connections_pane,
    databases_pane,
    queries_pane,
    security_pane,
)
from tui.panes.parts import under_cursor
from tui.panes.view import View
from tui.screens.area import AreaScreen
from tui.screens.grid import Direction, beside
from tui.screens.history import HistoryChart
from tui.screens.pane_view import Draw, FittedPane, Marked, PaneView
from tui.widgets.plot import Plot
from tui.widgets.stretch import Stretch

if TYPE_CHECKING:
    from core.api.console import ConsoleSession

PANES = {
    "connections": Place.CONNECTIONS,
    "connections-chart": Place.CONNECTIONS,
    "queries": Place.QUERIES,
    "findings": Place.FINDINGS,
    "databases": Place.DATABASES,
    "backups": Place.BACKUPS,
    "security": Place.SECURITY,
}
FIRST = "connections"
"""The pane that the cursor begins on."""


class OverviewScreen(AreaScreen):
    """Four panes, six where the terminal has room, with a cursor on one of them."""

    PLACE = Place.OVERVIEW
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.OVERVIEW))]

    def __init__(self, following: Following) -> None:
        super().__init__(following)
        self._cursor = FIRST

    def on_click(self, event: events.Click) -> None:
        """A click on a pane opens its area."""
        clicked = event.widget.id if event.widget is not None else None
        if clicked in PANES:
            self.app.call_later(self.app.run_action, f"app.area('{PANES[clicked].value}')")

    def on_resize(self) -> None:
        """Where the cursor's pane gave way, the cursor is on the first one."""
        self.call_after_refresh(self._keep_in_sight)

    def _keep_in_sight(self) -> None:
        in_sight = self._in_sight()
        if in_sight and self._cursor not in in_sight:
            self._move_to(FIRST)

    def _in_sight(self) -> dict[str, Region]:
        """The panes that there is room for, in the order in which they are read."""
        panes = [pane for pane in self.query(PaneView) if pane.id in PANES and pane.region.area]
        placed = {pane.id or "": _frame_of(pane) for pane in panes}
        return dict(sorted(placed.items(), key=lambda each: (each[1].y, each[1].x)))

    def _move_to(self, name: str) -> None:
        before, self._cursor = self._cursor, name
        for pane in {before, name}:
            self.query_one(f"#{pane}", PaneView).show(self.view)

    def action_next_pane(self, step: int) -> None:
        """Move the cursor to the next pane, or to the one before."""
        names = list(self._in_sight())
        if self._cursor in names:
            self._move_to(names[(names.index(self._cursor) + step) % len(names)])

    def action_pane(self, direction: str) -> None:
        """Move the cursor to the pane that lies beside it."""
        regions = self._in_sight()
        if self._cursor in regions:
            self._move_to(beside(regions, self._cursor, Direction(direction)))

    async def action_detail(self) -> None:
        """Open the area of the cursor's pane."""
        await self.run_action(f"app.area('{PANES[self._cursor].value}')")

    def _mark_of(self, name: str) -> Marked:
        """The mark that a pane bears while the cursor is on it."""

        def marked(lines: Sequence[Line], width: int) -> Sequence[Line]:
            return under_cursor(lines, width) if name == self._cursor else lines

        return marked

    def _fitted(self, name: str, draw: Draw, classes: str = "") -> FittedPane:
        return FittedPane(draw, self.view, id=name, classes=classes, marked=self._mark_of(name))

    def body(self, view: View) -> Iterable[Widget]:
        """The panes, in the order in which they fill the grid."""
        yield Container(
            Vertical(
                self._fitted("connections", connections_pane),
                HistoryChart(self.following, _few_connections, id="connections-chart"),
            ),
            PaneView(queries_pane, view, id="queries", marked=self._mark_of("queries")),
            self._fitted("findings", findings_lines, "lower further"),
            self._fitted("databases", databases_pane, "lower further"),
            self._fitted("backups", backups_pane, "lower"),
            self._fitted("security", security_pane, "lower"),
            id="overview",
        )

    def statements(self) -> list[str]:
        """The costliest statements, for evidence."""
        from tui.panes.queries import costliest, texts_of

        return texts_of(costliest(self.view))


async def _few_connections(session: ConsoleSession, view: View, stretch: Stretch) -> Plot:
    from tui.screens.recorded import few_connections

    return await few_connections(session, view, stretch)


def _frame_of(pane: PaneView) -> Region:
    """Where a pane lies, with the chart below it."""
    parent = pane.parent
    return parent.region if isinstance(parent, Vertical) else pane.region
