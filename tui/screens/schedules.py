"""Schedules: when each fires, what came of it, and to pause or run it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.widget import Widget

from core.errors import PgvigilError
from core.model.job import JobKind
from core.model.schedule import ScheduleStatus
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.lines import Line, Role, Span, line
from tui.panes.parts import heading
from tui.panes.schedules import SCHEDULE_COLUMNS, schedule_lines, schedule_rows
from tui.panes.view import Missing, View, unread
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.backup_questions import pause_question, run_question
from tui.screens.backup_views import to_next_view
from tui.screens.job import JobScreen
from tui.screens.pane_view import ScrollingPane
from tui.screens.prune_question import prune_question
from tui.screens.table_area import TableArea
from tui.text import clean, one_line
from tui.widgets.confirm import Question
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Key, Row

if TYPE_CHECKING:
    from core.api.backup_desk import BackupDesk


class SchedulesScreen(TableArea, BackupActingScreen):
    """The schedules in a table, the one under the cursor in full below it."""

    PLACE = Place.SCHEDULES
    NAME = "Schedules"
    EMPTY = "No schedule is known yet: they begin once [backup] copies names a repository."
    COLUMNS = SCHEDULE_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.SCHEDULES))]

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row a schedule."""
        overview = view.frame.backups
        if overview is None:
            return unread(view)
        return schedule_rows(view, overview.schedules)

    def body(self, view: View) -> Iterable[Widget]:
        """The table, and below it all that is known of the schedule under the cursor."""
        yield from super().body(view)
        yield ScrollingPane(self._detail, view, classes="below")

    def _selected(self, view: View) -> ScheduleStatus | None:
        overview = view.frame.backups
        key = self.listed.cursor_key if self.is_mounted else None
        schedules = overview.schedules if overview is not None else ()
        return next((each for each in schedules if each.name == key), None)

    def _detail(self, view: View, width: int, _: int) -> list[Line]:
        chosen, overview = self._selected(view), view.frame.backups
        if chosen is None or overview is None:
            return []
        head = heading(f"Schedule {one_line(chosen.name)}", width)
        return [head, *schedule_lines(view, overview, chosen, width)]

    @on(LiveTable.RowHighlighted)
    def highlighted(self) -> None:
        """Show the schedule that the cursor came to."""
        self.show(self.view)

    def action_next_view(self) -> None:
        """The storage."""
        to_next_view(self)

    def open_detail(self, key: Key) -> None:
        """The job of the last run."""
        if (job_id := self._job_of(self.view, key)) is None:
            self.notify("No run of it has left a job.", markup=False)
        else:
            self.app.push_screen(JobScreen(self.following, job_id))

    def _job_of(self, view: View, name: Key | None) -> str | None:
        """The job that the newest run of a schedule left."""
        overview = view.frame.backups
        runs = overview.runs if overview is not None else ()
        found = (run.job_id for run in runs if run.schedule == name and run.job_id)
        return next(found, None)

    def subjects(self, view: View) -> frozenset[Subject]:
        """Those of the table, with the job of the cursor's schedule; where backups go."""
        found = super().subjects(view) | self.subjects_of_backups(view)
        name = self.listed.cursor_key if self.is_mounted else None
        return found if self._job_of(view, name) else found - {Subject.DETAIL}

    def action_pause_schedule(self) -> None:
        """Pause the chosen schedule, or resume it."""
        if (chosen := self._chosen_or_none()) is None:
            return
        server_id = self.view.entry.server_id

        async def change(_: str) -> str:
            desk = await self.desk()
            if chosen.is_paused:
                return await desk.resume(server_id, chosen.name)
            return await desk.pause(server_id, chosen.name)

        self.ask_and_do(pause_question(self.view, chosen), change)

    def action_run_schedule(self) -> None:
        """Run the chosen schedule now."""
        if (chosen := self._chosen_or_none()) is not None:
            self._run(chosen)

    @work(group="act")
    async def _run(self, chosen: ScheduleStatus) -> None:
        view = self.view  # Another server may be looked at before the plan is there.
        try:
            desk = await self.desk()
            if await self.agreed(await self._foreseen(view, desk, chosen)) is None:
                return
            told = await desk.run_now(view.entry.server_id, chosen.name)
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.notify(clean(told), markup=False)

    async def _foreseen(self, view: View, desk: BackupDesk, chosen: ScheduleStatus) -> Question:
        """What running a schedule now would do; a prune is planned by a look at what is there."""
        server_id = view.entry.server_id
        if chosen.kind != JobKind.PRUNE.value:
            return run_question(view, chosen, await desk.plan_of(server_id, chosen.name))
        self.notify("Looking into the repositories …", markup=False)
        plans = await desk.prune_plans(server_id, chosen.name)
        self.app.clear_notifications()  # it would stand on the question
        return prune_question(view, chosen, plans)

    def _chosen_or_none(self) -> ScheduleStatus | None:
        if not self.may_act():
            return None
        chosen = self._selected(self.view)
        if chosen is None:
            self.notify("There is no schedule under the cursor.", markup=False)
        return chosen

    def above(self, _view: View, width: int) -> list[Line]:
        """What a schedule needs in order to fire."""
        told = "They fire only while pgvigil serve or a console runs."
        return [line(Span(told[:width], Role.MUTED))]
