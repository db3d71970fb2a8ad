"""What backups take, by kind and repository, and how that grew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from core.model.series import Metric
from tui import figures
from tui.actions import Place, actions_at, bindings_of
from tui.lines import Role
from tui.panes.backup_storage import storage_lines
from tui.panes.view import View
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.backup_views import to_next_view
from tui.screens.history import HistoryChart
from tui.screens.pane_view import ScrollingPane
from tui.widgets.plot import Curve, Plot, Threshold
from tui.widgets.stretch import Stretch

if TYPE_CHECKING:
    from core.api.console import ConsoleSession

TREND_MINUTES = 60 * 24 * 60
"""Sixty days."""
HOUR = 3600

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
        yield HistoryChart(
            self.following,
            storage_history,
            minutes=TREND_MINUTES,
            id="storage-chart",
        )

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
    curves = tuple(
        Curve(label, series[metric])
        for metric, label in CURVES.items()
        if metric in series and series[metric].points
    )
    overview = view.frame.backups
    quotas = [
        (each.quota_bytes, each.repository)
        for each in (overview.repositories if overview is not None else ())
        if each.quota_bytes > 0
    ]
    quota, repository = min(quotas, default=(0, ""))
    at = view.thresholds.storage_usage.warning
    warning = Threshold(quota * at, f"{figures.percent(at)} of {repository}'s quota", Role.WARNING)
    return Plot(
        curves,
        (warning,) if quota else (),
        figure=figures.size,
        least_top=float(quota),
        nothing="nothing was recorded yet",
        holds_seconds=HOUR,
    )
