"""A chart of what was recorded that fetches its series when a new bucket has begun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from textual import work

from core.errors import PgvigilError
from tui.following import Following
from tui.glyphs import PLAIN
from tui.panes.view import Mode, View
from tui.widgets.chart import Chart
from tui.widgets.plot import Plot
from tui.widgets.stretch import Stretch, span_minutes, stretch_before

if TYPE_CHECKING:
    from core.api.console import ConsoleSession

LEAST_SECONDS = 10.0
"""How often the newest bucket is read again, at most."""

LEEWAY = timedelta(minutes=5)
"""How far one may rewind before it is looked anew where the record begins."""

Fetch: TypeAlias = Callable[["ConsoleSession", View, Stretch], Awaitable[Plot]]


class HistoryChart(Chart):
    """Shows what ``fetch`` makes of the minutes before the view's moment.

    As many minutes as were recorded, up to ``minutes``, else to those that the settings name;
    ``least_seconds`` is how long a bucket is at least.
    """

    def __init__(
        self,
        following: Following,
        fetch: Fetch,
        *,
        least_seconds: int = 0,
        minutes: int = 0,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        glyphs = PLAIN if following.low_bandwidth else None
        super().__init__(Plot(nothing="reading …"), glyphs=glyphs, id=id, classes=classes)
        self._following = following
        self._fetch = fetch
        self._least_seconds = least_seconds
        self._minutes = minutes or following.history_minutes
        self._wanted: tuple[object, ...] = ()
        self._looked: _Looked | None = None

    def show_view(self, view: View) -> None:
        """Fetch where another bucket, size, server or moment is looked at than before."""
        if not self.display or not self.room.width or not self.room.height:
            return
        if view.trouble is not None and not self._plot.curves:
            self.show(Plot(nothing=view.trouble.what))
        stretch = self._stretch(view)
        wanted = _wanted(view, stretch)
        if wanted != self._wanted:
            self._wanted = wanted
            self._read(view, stretch)

    def _stretch(self, view: View) -> Stretch:
        end, most = view.reference, self._minutes
        looked, recorded = self._looked, None
        if looked and looked.holds(view.entry.server_id, end - timedelta(minutes=most)):
            recorded = end - looked.first
        minutes = span_minutes(recorded, most)
        return stretch_before(end, minutes, self.columns, self._least_seconds)

    @work(exclusive=True)
    async def _read(self, view: View, stretch: Stretch) -> None:
        session = await self._following.opened()
        try:
            plot = await self._fetch(session, view, stretch)
            if self._note_first(view, plot):
                fitting = self._stretch(view)
                if fitting != stretch:
                    stretch, self._wanted = fitting, _wanted(view, fitting)
                    plot = await self._fetch(session, view, stretch)
        except PgvigilError as error:
            plot = Plot(nothing=error.what)
            self._wanted = ()
        held = max(plot.holds_seconds, self._following.sample_seconds)
        self.show(replace(plot, bucket_seconds=stretch.bucket_seconds, holds_seconds=held))

    def _note_first(self, view: View, plot: Plot) -> bool:
        """Keep where the record begins, where this was not known; whether it is now."""
        server_id = view.entry.server_id
        start = view.reference - timedelta(minutes=self._minutes)
        if self._looked is not None and self._looked.holds(server_id, start):
            return False
        firsts = [curve.series.points[0].at for curve in plot.curves if curve.series.points]
        if firsts:
            self._looked = _Looked(server_id, start, min(firsts))
        return bool(firsts)

    def on_resize(self) -> None:
        """Ask for as many buckets as there are columns now."""
        self.call_after_refresh(self.show_view, self._following.view)


def _wanted(view: View, stretch: Stretch) -> tuple[object, ...]:
    """What a plot was read for; live, it is read again now and then, though not for each bucket."""
    known = view.frame.connections is not None
    if view.mode is Mode.REWOUND:
        return view.entry.server_id, stretch, known
    seconds = max(LEAST_SECONDS, stretch.bucket_seconds / 4)
    part = view.reference.timestamp() // seconds
    return view.entry.server_id, stretch.bucket_seconds, stretch.buckets, part, known


class _Looked(NamedTuple):
    """Where the record of a server begins, as far back as ``start``."""

    server_id: str
    start: datetime
    first: datetime

    def holds(self, server_id: str, start: datetime) -> bool:
        """Whether this says where the record begins that is seen from ``start`` on."""
        return self.server_id == server_id and self.start <= start + LEEWAY
