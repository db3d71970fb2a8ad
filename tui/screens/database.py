"""One database in full: its figures, its history, its sessions and statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from core.model.databases import DatabaseDelta, DatabasePoint, Databases
from core.model.series import Metric, Point, Series
from tui import figures
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import Line, Span
from tui.panes.database import database_lines, title
from tui.panes.parts import age_note, dense, heading, missing_lines
from tui.panes.view import Missing, View, shown
from tui.screens.area import AreaScreen
from tui.screens.history import Fetch, HistoryChart
from tui.screens.pane_view import ScrollingPane
from tui.widgets.plot import Curve, Plot
from tui.widgets.stretch import Stretch

if TYPE_CHECKING:
    from core.api.console import ConsoleSession

Value = Callable[[DatabasePoint], float | None]


class Chart(NamedTuple):
    """One of the charts: its curves, and how their figures are written."""

    name: str
    curves: tuple[tuple[str, Metric, Value], ...]
    figure: Callable[[float], str]
    least_top: float = 0.0


CHARTS = (
    Chart(
        "transactions",
        (
            ("commits/s", Metric.DATABASES_COMMITS_PER_SECOND, lambda point: point.commits),
            ("rollbacks/s", Metric.DATABASES_ROLLBACKS_PER_SECOND, lambda point: point.rollbacks),
        ),
        figures.rate,
    ),
    Chart(
        "cache",
        (("cache hits", Metric.DATABASES_CACHE_HIT_RATIO, lambda point: point.cache_hit_rate),),
        figures.percent,
        1.0,
    ),
    Chart(
        "connections",
        (("connections", Metric.CONNECTIONS_TOTAL, lambda point: point.backends),),
        figures.count,
    ),
    Chart(
        "size",
        (("size", Metric.DATABASES_SIZE_BYTES, lambda point: point.size_bytes),),
        figures.size,
    ),
)


class DatabaseScreen(AreaScreen):
    """Follows one database; all charts where there is room, else one and the next behind Tab."""

    PLACE = Place.DATABASE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.DATABASE))]

    def __init__(self, following: Following, database_id: int) -> None:
        super().__init__(following)
        self.database_id = database_id
        self._shown_chart = 0

    def body(self, view: View) -> Iterable[Widget]:
        """The figures above, the charts below."""
        yield ScrollingPane(self._lines, view, id="database")
        charts = [
            HistoryChart(
                self.following,
                database_history(self.database_id, chart, self.following.database_seconds),
                id=chart.name,
                classes="" if index == 0 else "-further",
            )
            for index, chart in enumerate(CHARTS)
        ]
        yield Container(*charts, id="database-charts")

    def subjects(self, view: View) -> frozenset[Subject]:
        """Further charts, where one stands for all of them."""
        found = super().subjects(view)
        all_in_sight = self.has_class("-wide") and self.has_class("-tall")
        return found - {Subject.CHARTS} if all_in_sight or self.has_class("-short") else found

    def action_next_view(self) -> None:
        """The next chart."""
        self._shown_chart = (self._shown_chart + 1) % len(CHARTS)
        for index, chart in enumerate(CHARTS):
            self.query_one(f"#{chart.name}").set_class(index != self._shown_chart, "-further")
        self.call_after_refresh(self.show, self.following.view)

    def _found(self, view: View) -> tuple[Databases, DatabaseDelta] | Missing:
        body = shown(view, view.frame.databases)
        if isinstance(body, Missing):
            return body
        found = body.find(self.database_id)
        if found is None:
            return Missing(
                "The database is gone, or was not there at this moment.",
                remedy="Esc goes back; [ steps back to when it was there.",
            )
        return body, found

    def _lines(self, view: View, width: int, _: int) -> list[Line]:
        found = self._found(view)
        note = age_note(view, view.frame.databases)
        if isinstance(found, Missing):
            return [heading("Database", width, note=note), *missing_lines(found, width)]
        body, database = found
        if note is None and body.since is not None:
            note = Span(f"in {figures.interval(body.seconds)}")
        head = heading(title(database), width, note=note)
        lines = database_lines(view, body, database, width)
        return [head, *(dense(lines) if self.is_low else lines)]


def database_history(database_id: int, chart: Chart, holds_seconds: float) -> Fetch:
    """What was recorded of one database, as one of the charts."""

    async def fetch(session: ConsoleSession, view: View, stretch: Stretch) -> Plot:
        points = await session.database_history(
            view.entry.server_id, database_id, stretch.start, stretch.end
        )
        return Plot(
            tuple(
                Curve(label, _series(metric, points, value, stretch))
                for label, metric, value in chart.curves
            ),
            figure=chart.figure,
            least_top=chart.least_top,
            nothing=f"no {chart.name} recorded yet",
            holds_seconds=holds_seconds,
        )

    return fetch


def _series(
    metric: Metric, points: tuple[DatabasePoint, ...], value: Value, stretch: Stretch
) -> Series:
    told = [(point.at, value(point)) for point in points]
    drawn = tuple(Point(at, each, each, each) for at, each in told if each is not None)
    seconds = stretch.bucket_seconds / stretch.parts
    return Series(metric, stretch.start, stretch.end, seconds, drawn)
