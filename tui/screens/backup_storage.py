"""What backups take, by kind and repository, and how that grew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from core.model.series import Metric
from tui import figures
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.lines import Line, Role
from tui.panes.backup_storage import storage_lines
from tui.panes.parts import heading
from tui.panes.view import View
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.backup_views import to_next_view
from tui.screens.history import HistoryChart
from tui.screens.pane_view import FittedPane, ScrollingPane
from tui.text import one_line
from tui.widgets.plot import Curve, Plot, Threshold, total
from tui.widgets.stretch import Stretch

if TYPE_CHECKING:
    from core.api.console import ConsoleSession

TREND_MINUTES = 60 * 24 * 60
"""Sixty days."""
HOUR = 3600
QUOTA_DRAWN_FROM = 0.1
"""From which share of the quota on it is drawn: below that the trend would be a flat line."""

CURVES = {
    Metric.BACKUPS_FULL_BYTES: "full",
    Metric.BACKUPS_INCREMENTAL_BYTES: "incremental",
    Metric.BACKUPS_OTHER_BYTES: "schema and data",
}


class BackupStorageScreen(BackupActingScreen):
    """The figures above, the trend below."""

    PLACE = Place.BACKUP_STORAGE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.BACKUP_STORAGE))]

    def body(self, view: View) -> Iterable[Widget]:
        """Kinds, repositories, success; then the chart."""
        yield ScrollingPane(storage_lines, view, id="storage")
        yield FittedPane(_trend_title, view, id="storage-trend")
        yield HistoryChart(
            self.following,
            storage_history,
            minutes=TREND_MINUTES,
            id="storage-chart",
        )

    def subjects(self, view: View) -> frozenset[Subject]:
        """Where backups go."""
        return self.subjects_of_backups(view)

    def action_next_view(self) -> None:
        """The history again."""
        to_next_view(self)


async def storage_history(session: ConsoleSession, view: View, stretch: Stretch) -> Plot:
    """What the backups of each kind took, one copy of each; the smallest quota as a level."""
    series = await session.series(
        view.entry.server_id,
        tuple(CURVES),
        stretch.start,
        stretch.end,
        stretch.buckets * stretch.parts,
    )
    curves = [
        Curve(label, series[metric])
        for metric, label in CURVES.items()
        if metric in series and series[metric].points
    ]
    if len(curves) > 1:
        curves.insert(0, Curve("all", total([each.series for each in curves])))
    overview = view.frame.backups
    quotas = [
        (each.quota_bytes, each.repository)
        for each in (overview.repositories if overview is not None else ())
        if each.quota_bytes > 0
    ]
    quota, repository = min(quotas, default=(0, ""))
    highest = max((point.high for curve in curves for point in curve.series.points), default=0.0)
    is_near = highest >= quota * QUOTA_DRAWN_FROM
    levels = _levels(quota, one_line(repository), view.thresholds.storage_usage.warning)
    return Plot(
        tuple(curves),
        levels if is_near else levels[:1],
        figure=figures.size,
        base=1024.0,
        least_top=float(quota) if is_near else 0.0,
        nothing="nothing was recorded yet",
        holds_seconds=HOUR,
    )


def _levels(quota: int, repository: str, warning: float) -> tuple[Threshold, ...]:
    """The quota, and from where on it is a warning; nothing without one."""
    if not quota:
        return ()
    return (
        Threshold(quota, f"quota of {repository} {figures.size(quota)}", Role.CRITICAL),
        Threshold(quota * warning, f"{figures.percent(warning)} of it", Role.WARNING),
    )


def _trend_title(view: View, width: int, _: int) -> list[Line]:
    """What the chart below is of."""
    return [heading("Trend, one copy of each", width)] if view.frame.backups is not None else []
