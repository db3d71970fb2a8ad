"""Drills: what is due, what was done and how long it took, the last proofs, and one now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from core.errors import PgvigilError
from core.model.drill import DrillKind, DrillOverview
from core.model.job import Job
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.lines import Line
from tui.panes.drill_trend import database_of_trend, first_of, rpo_plot, rto_plot, trend_title
from tui.panes.drills import Room, above_drills, drill_jobs, in_place_of_drills
from tui.panes.drills_table import DRILL_COLUMNS, drill_rows
from tui.panes.parts import heading
from tui.panes.view import Missing, View, unread
from tui.screens.area import LOW, TALL, AreaScreen
from tui.screens.backup_views import to_next_view
from tui.screens.drill import DrillScreen
from tui.screens.drill_chart import DrillChart
from tui.screens.drill_question import drill_question
from tui.screens.pane_view import FittedPane
from tui.screens.running_jobs import RunningJobsScreen
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Key, Row

AROUND, LEAST_TABLE = 4, 4
"""Rows for status, heading and footer, and for the table's titles with three of its rows."""
LITTLE = 20
"""Below so many rows what stands above the table keeps to one line each."""
LOW_CHARTS, TALL_CHARTS = 8, 14
"""Rows of the charts and their title."""


class DrillsScreen(RunningJobsScreen):
    """The calendar above, the history in a table, the trend of what was measured below it."""

    PLACE = Place.DRILLS
    NAME = "Drills"
    WORK = "drill"
    EMPTY = "No drill was done yet: d does one now; it touches no watched server."
    COLUMNS = DRILL_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.DRILLS))]

    def body(self, view: View) -> Iterable[Widget]:
        """The table with what stands above it; then the charts."""
        yield from super().body(view)
        yield FittedPane(self._trend_title, view, id="drill-trend")
        yield Horizontal(
            DrillChart(self.following, rto_plot, id="rto-chart"),
            DrillChart(self.following, rpo_plot, id="rpo-chart"),
            id="drill-charts",
        )

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row a drill."""
        overview = view.frame.backups
        if overview is None:
            return unread(view)
        if (missing := in_place_of_drills(overview)) is not None:
            return missing
        return drill_rows(view, overview.drills) if overview.drills is not None else []

    @property
    def is_whole(self) -> bool:
        """Whether the oldest drill is listed too."""
        drills = _drills(self.view)
        return drills is None or not drills.older

    @property
    def none_holds(self) -> str:
        """What is said where no line holds the text of the filter: of how many that is so."""
        if self.is_whole:
            return super().none_holds
        return f"None of the newest {self._all} holds this text: pgvigil drill list has the others."

    def above(self, view: View, width: int) -> list[Line]:
        """What runs, what is due, and the last proofs."""
        overview = view.frame.backups
        if overview is None or overview.is_to_be_set_up:
            return []
        return above_drills(view, overview, width, self._room)

    @property
    def _room(self) -> Room:
        height = self.app.size.height
        if height < LITTLE:
            return Room.LITTLE
        return Room.ENOUGH if height < LOW else Room.MUCH

    def show(self, view: View) -> None:
        """Take a new view, also for the charts."""
        self._choose_charts(view)
        super().show(view)
        self._show_trend()

    def _choose_charts(self, view: View) -> None:
        """The charts give way where nothing was measured, and where the table would have no room.

        Then the table's columns have what they are made of.
        """
        drills, (width, height) = _drills(view), self.app.size
        left = height - AROUND - len(self.above(view, width))
        is_room = left >= LEAST_TABLE + (TALL_CHARTS if height >= TALL else LOW_CHARTS)
        has_any = drills is not None and first_of(drills) is not None
        self.set_class(not is_room or not has_any, "-without-charts")

    def _show_trend(self) -> None:
        drills, database = _drills(self.view), self._database(self.view)
        for chart in self.query(DrillChart):
            chart.show_trend(self.view, drills, database)

    def on_resize(self) -> None:
        """Draw the charts for the room that they have then."""
        self._choose_charts(self.view)
        self.call_after_refresh(self._show_trend)

    def _database(self, view: View) -> str:
        """Of which database the trend is: of the one under the cursor, where it has one."""
        drills = _drills(view)
        if drills is None:
            return ""
        key = self.listed.cursor_key if self.is_mounted else None
        chosen = (each.database for each in drills.listed if each.drill_id == key)
        return database_of_trend(drills, next(chosen, ""))

    def _trend_title(self, view: View, width: int, _: int) -> list[Line]:
        return [heading(trend_title(self._database(view)), width)]

    @on(LiveTable.RowHighlighted)
    def highlighted(self) -> None:
        """Show the trend of the database that the cursor came to."""
        self.query_one("#drill-trend", FittedPane).show(self.view)
        self._show_trend()

    def action_next_view(self) -> None:
        """The history of backups."""
        to_next_view(self)

    def open_detail(self, key: Key) -> None:
        """One drill; one that people are at, where they are."""
        self.app.push_screen(self._screen_of(str(key)))

    def _screen_of(self, drill_id: str) -> AreaScreen:
        drills = _drills(self.view)
        listed = drills.listed if drills is not None else ()
        guided = (e for e in listed if e.kind is DrillKind.GUIDED and not e.status.is_over)
        if any(each.drill_id == drill_id for each in guided):
            from tui.drills.screen import GuidedDrillScreen

            return GuidedDrillScreen(self.following, drill_id)
        return DrillScreen(self.following, drill_id)

    def action_guide(self) -> None:
        """Begin a drill with people, or go on with one."""
        from tui.drills.runbooks import RunbooksScreen

        if self.may_act():
            self.app.push_screen(RunbooksScreen(self.following))

    def subjects(self, view: View) -> frozenset[Subject]:
        """Those of the table, a backup that could be proven, a drill that runs."""
        found, overview = set(super().subjects(view)), view.frame.backups
        if overview is not None and overview.last_good:
            found.add(Subject.PROVABLE)
        if (job := self.chosen_job()) is not None and not job.state.is_over:
            found.add(Subject.JOB)
        return frozenset(found)

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs of its rows that are under way."""
        overview = self.view.frame.backups
        return drill_jobs(overview) if overview is not None else ()

    def action_drill(self, kind: str) -> None:
        """Do a drill now."""
        if self.may_act():
            self._drill(DrillKind(kind))

    @work(group="act", exclusive=True)
    async def _drill(self, kind: DrillKind) -> None:
        view = self.view  # Another server may be looked at before the plan is there.
        try:
            session = await self.following.asked()
            plan = await session.drills.plan(view.entry.server_id, kind)
            if await self.agreed(drill_question(view, plan)) is None:
                return
            job_id = await (await self.desk()).start(plan.order)
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.app.push_screen(DrillScreen(self.following, job_id))


def _drills(view: View) -> DrillOverview | None:
    overview = view.frame.backups
    return overview.drills if overview is not None else None
