"""A chart of the last hour that fetches its series when a new bucket has begun."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from textual import work

from core.errors import PgvigilError
from core.model.connections import Connections
from core.model.series import Metric, Point, Series
from core.model.statements import StatementKey, StatementPoint
from tui import figures
from tui.following import Following
from tui.glyphs import PLAIN
from tui.lines import Role
from tui.panes.view import Mode, View, body_of
from tui.widgets.chart import Chart
from tui.widgets.plot import Curve, Plot, Statistic, Threshold

if TYPE_CHECKING:
    from core.api.console import ConsoleSession

LEEWAY = 0.1
"""By how much of a minute a column may fall short, so that 62 seconds don't become 120."""
LEAST_SECONDS = 10.0
"""How often the newest bucket is read again, at most."""

Fetch: TypeAlias = Callable[["ConsoleSession", View, datetime, datetime, int], Awaitable[Plot]]


class HistoryChart(Chart):
    """Shows what ``fetch`` makes of the minutes before the view's moment."""

    def __init__(
        self,
        following: Following,
        fetch: Fetch,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        glyphs = PLAIN if following.low_bandwidth else None
        super().__init__(Plot(nothing="reading …"), glyphs=glyphs, id=id, classes=classes)
        self._following = following
        self._fetch = fetch
        self._wanted: tuple[object, ...] = ()

    def show_view(self, view: View) -> None:
        """Fetch where another bucket, size, server or moment is looked at than before."""
        if not self.room.width or not self.room.height:
            return
        buckets = max(1, self.columns - 1)  # the span's edges fall into one bucket more
        span = buckets * bucket_of(self._following.history_minutes, buckets)
        live = view.mode is not Mode.REWOUND
        step = max(LEAST_SECONDS, span.total_seconds() / buckets / 4) if live else 1.0
        end = view.reference
        known = view.frame.connections is not None
        wanted = (view.entry.server_id, buckets, end.timestamp() // step, live, known)
        if wanted != self._wanted:
            self._wanted = wanted
            self._read(view, end - span, end, buckets)

    @work(exclusive=True)
    async def _read(self, view: View, start: datetime, end: datetime, buckets: int) -> None:
        session = await self._following.opened()
        try:
            plot = await self._fetch(session, view, start, end, buckets)
        except PgvigilError as error:
            plot = Plot(nothing=error.what)
            self._wanted = ()
        self.show(plot)

    def on_resize(self) -> None:
        """Ask for as many buckets as there are columns now."""
        self.call_after_refresh(self.show_view, self._following.view)


def bucket_of(minutes: int, columns: int) -> timedelta:
    """How long a column is, so that all of them show about ``minutes`` or somewhat more.

    Whole minutes from a minute on: that is how the store keeps what is older than a day.
    """
    seconds = minutes * 60 / max(1, columns)
    if seconds < 60:
        return timedelta(seconds=math.ceil(seconds))
    return timedelta(minutes=max(1, math.ceil(seconds / 60 - LEEWAY)))


async def few_connections(
    session: ConsoleSession, view: View, start: datetime, end: datetime, buckets: int
) -> Plot:
    """All connections and the active ones: what the overview has room for."""
    names = {Metric.CONNECTIONS_TOTAL: "all", Metric.CONNECTIONS_ACTIVE: "active"}
    return await _connections(session, view, (start, end, buckets), names)


async def all_connections(
    session: ConsoleSession, view: View, start: datetime, end: datetime, buckets: int
) -> Plot:
    """Connections by what they do."""
    names = {
        Metric.CONNECTIONS_TOTAL: "all",
        Metric.CONNECTIONS_ACTIVE: "active",
        Metric.CONNECTIONS_IDLE_IN_TRANSACTION: "idle in tx",
        Metric.CONNECTIONS_WAITING_ON_LOCK: "wait on a lock",
    }
    return await _connections(session, view, (start, end, buckets), names)


async def _connections(
    session: ConsoleSession,
    view: View,
    span: tuple[datetime, datetime, int],
    names: dict[Metric, str],
) -> Plot:
    series = await session.series(view.entry.server_id, names, *span)
    curves = tuple(
        Curve(label, series[metric], Statistic.HIGH)
        for metric, label in names.items()
        if metric in series
    )
    body: Connections | None = body_of(view.frame.connections)
    if body is None:
        return Plot(curves)
    usable, at = body.slots.usable, view.thresholds.connection_usage
    levels = (
        Threshold(at.critical * usable, f"critical {at.critical * usable:.0f}", Role.CRITICAL),
    )
    return Plot(curves, levels, least_top=float(usable))


def statement_history(key: StatementKey) -> Fetch:
    """The mean time of one statement."""

    async def fetch(
        session: ConsoleSession, view: View, start: datetime, end: datetime, buckets: int
    ) -> Plot:
        points = await session.statement_history(
            view.entry.server_id, key, start, end, buckets
        )  # fmt: skip
        bucket_seconds = (end - start).total_seconds() / buckets
        return Plot(
            (Curve("mean", _means(points, start, end, bucket_seconds)),),
            figure=figures.milliseconds,
            nothing="no calls were recorded in this time",
        )

    return fetch


def _means(
    points: tuple[StatementPoint, ...], start: datetime, end: datetime, bucket_seconds: float
) -> Series:
    drawn = tuple(Point(each.at, each.mean_ms, each.mean_ms, each.mean_ms) for each in points)
    return Series(Metric.STATEMENTS_MEAN_MS, start, end, bucket_seconds, drawn)
