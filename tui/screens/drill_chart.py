"""A chart of what drills measured, which is drawn from the view alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from core.model.drill import DrillOverview
from tui.following import Following
from tui.glyphs import PLAIN
from tui.panes.drill_trend import NOTHING, first_of, most_minutes
from tui.panes.view import View
from tui.widgets.chart import Chart
from tui.widgets.plot import Plot
from tui.widgets.stretch import Stretch, span_minutes, stretch_before

Trend: TypeAlias = Callable[[DrillOverview, str, Stretch, datetime], Plot]


class DrillChart(Chart):
    """Shows what ``trend`` makes of the drills of one database."""

    def __init__(
        self,
        following: Following,
        trend: Trend,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        glyphs = PLAIN if following.low_bandwidth else None
        super().__init__(Plot(nothing=NOTHING), glyphs=glyphs, id=id)
        self._trend = trend
        self._shown: tuple[DrillOverview | None, str, Stretch | None] = (None, "", None)

    def show_trend(self, view: View, drills: DrillOverview | None, database: str) -> None:
        """Draw where another drill, database, moment or size is looked at than before."""
        if not self.display or not self.room.width or not self.room.height:
            return
        if drills is None:
            self.show(Plot(nothing=NOTHING))
            return
        now = view.reference
        first, most = first_of(drills), most_minutes(drills, now)
        minutes = span_minutes(now - first if first is not None else None, most)
        stretch = stretch_before(now, minutes, self.columns)
        before, self._shown = self._shown, (drills, database, stretch)
        if before[0] is not drills or before[1:] != self._shown[1:]:
            self.show(self._trend(drills, database, stretch, now))
