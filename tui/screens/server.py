"""The server itself: link, identity, slots, settings, and what pgvigil costs it over time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from core.model.cost import SelfCost
from core.model.series import Metric
from core.model.server import LinkState
from tui.actions import Place, actions_at, bindings_of
from tui.lines import Line, Role
from tui.panes.parts import dense
from tui.panes.server import server_lines
from tui.panes.view import View, body_of
from tui.screens.area import AreaScreen
from tui.screens.history import HistoryChart
from tui.screens.pane_view import ScrollingPane
from tui.widgets.plot import Curve, Plot, Threshold
from tui.widgets.stretch import Stretch

if TYPE_CHECKING:
    from core.api.console import ConsoleSession


class ServerScreen(AreaScreen):
    """Where findings of the server and of pgvigil itself lead."""

    PLACE = Place.SERVER
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.SERVER))]

    def body(self, view: View) -> Iterable[Widget]:
        """The facts, as long as they are; below them what pgvigil costs."""
        yield ScrollingPane(self._lines, view, id="server")
        yield HistoryChart(self.following, cost_history, id="server-chart", classes="chart")

    def _lines(self, view: View, width: int, _: int) -> list[Line]:
        lines = server_lines(view, width)
        return dense(lines) if self.is_low else lines

    def show(self, view: View) -> None:
        """Take a new view; while the server can't be reached the words have all the room."""
        link = view.link
        self.set_class(link is not None and link.state is not LinkState.CONNECTED, "-down")
        super().show(view)


async def cost_history(session: ConsoleSession, view: View, stretch: Stretch) -> Plot:
    """The server's time that pgvigil takes, and what it may take."""
    metric = Metric.SELF_SERVER_MS_PER_MINUTE
    series = await session.series(
        view.entry.server_id,
        (metric,),
        stretch.start,
        stretch.end,
        stretch.buckets * stretch.parts,
    )
    cost: SelfCost | None = body_of(view.frame.cost)
    budget = () if cost is None else (
        Threshold(cost.budget_ms, f"budget {cost.budget_ms:.0f} ms/min", Role.NOTICE),
    )  # fmt: skip
    return Plot(
        (Curve("server time for pgvigil in ms/min", series[metric]),), budget, figure=_whole
    )


def _whole(value: float) -> str:
    return f"{value:.0f} ms"
