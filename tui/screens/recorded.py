"""What charts fetch of what was recorded: connections, and the times of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.connections import Connections
from core.model.series import Metric, Point, Series
from core.model.statements import StatementKey, StatementPoint
from tui import figures
from tui.lines import Role
from tui.panes.view import View, body_of
from tui.screens.history import Fetch
from tui.widgets.plot import Curve, Plot, Statistic, Threshold
from tui.widgets.stretch import Stretch

if TYPE_CHECKING:
    from core.api.console import ConsoleSession


async def few_connections(session: ConsoleSession, view: View, stretch: Stretch) -> Plot:
    """All connections and the active ones: what the overview has room for."""
    names = {Metric.CONNECTIONS_TOTAL: "all", Metric.CONNECTIONS_ACTIVE: "active"}
    return await _connections(session, view, stretch, names)


async def all_connections(session: ConsoleSession, view: View, stretch: Stretch) -> Plot:
    """Connections by what they do."""
    names = {
        Metric.CONNECTIONS_TOTAL: "all",
        Metric.CONNECTIONS_ACTIVE: "active",
        Metric.CONNECTIONS_IDLE_IN_TRANSACTION: "idle in tx",
        Metric.CONNECTIONS_WAITING_ON_LOCK: "wait on a lock",
    }
    return await _connections(session, view, stretch, names)


async def _connections(
    session: ConsoleSession,
    view: View,
    stretch: Stretch,
    names: dict[Metric, str],
) -> Plot:
    series = await session.series(
        view.entry.server_id, names, stretch.start, stretch.end, stretch.buckets * stretch.parts
    )
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
        Threshold(at.warning * usable, f"warning {at.warning * usable:.0f}", Role.WARNING),
    )
    return Plot(curves, levels, least_top=float(usable))


def statement_history(key: StatementKey) -> Fetch:
    """The mean time of one statement."""

    async def fetch(session: ConsoleSession, view: View, stretch: Stretch) -> Plot:
        points = await session.statement_history(
            view.entry.server_id, key, stretch.start, stretch.end, stretch.buckets * stretch.parts
        )
        return Plot(
            (Curve("mean", _means(points, stretch)),),
            figure=figures.milliseconds,
            nothing="no calls were recorded yet: a minute is recorded when it is over",
        )

    return fetch


def _means(points: tuple[StatementPoint, ...], stretch: Stretch) -> Series:
    drawn = tuple(Point(each.at, each.mean_ms, each.mean_ms, each.mean_ms) for each in points)
    seconds = stretch.bucket_seconds / stretch.parts
    return Series(Metric.STATEMENTS_MEAN_MS, stretch.start, stretch.end, seconds, drawn)
