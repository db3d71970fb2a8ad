"""One drill, attached to: it goes on whoever looks; its report is written from here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.widget import Widget

from core.errors import PgvigilError
from core.model.drill_detail import DrillDetail
from core.model.job import Job, JobLog
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import Line, Role, Span, line
from tui.panes.drill import drill_lines
from tui.panes.job import job_lines
from tui.panes.parts import heading, missing_lines
from tui.panes.view import Missing, View
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.pane_view import ScrollingPane
from tui.text import clean, one_line


class DrillScreen(BackupActingScreen):
    """Follows one drill; reads it again with each view for as long as it runs.

    Before its process has written it down, what is told of its job stands in its place.
    """

    PLACE = Place.DRILL
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.DRILL))]

    def __init__(self, following: Following, drill_id: str) -> None:
        super().__init__(following)
        self.drill_id = drill_id
        self._known: DrillDetail | JobLog | Missing | None = None

    def body(self, view: View) -> Iterable[Widget]:
        """One pane that scrolls."""
        yield ScrollingPane(self._lines, view, id="drill")

    def show(self, view: View) -> None:
        """Take a new view, and look how far the drill is."""
        super().show(view)
        if self.is_mounted and not self._is_over:
            self._read()

    @property
    def _is_over(self) -> bool:
        return isinstance(self._known, DrillDetail) and self._known.drill.status.is_over

    @work(exclusive=True, group="read")
    async def _read(self) -> None:
        before = self._known
        try:
            session = await self.following.opened()
            found = await session.drills.detail(self.drill_id)
            self._known = found or await session.backups.job_log(self.drill_id)
        except PgvigilError as error:
            self._known = Missing(error.what, error.why, error.remedy, is_fault=True)
        else:
            self._known = self._known or Missing("Nothing is known of this drill any more.")
        if self._known != before:
            super().show(self.view)

    def _lines(self, view: View, width: int, _: int) -> list[Line]:
        head, known = heading(f"Drill {one_line(self.drill_id)}", width), self._known
        if known is None:
            return [head, line(Span("reading …", Role.MUTED))]
        if isinstance(known, Missing):
            return [head, *missing_lines(known, width)]
        if isinstance(known, JobLog):
            return [head, *job_lines(view, known, width)]
        return [head, *drill_lines(view, known, width)]

    def subjects(self, _view: View) -> frozenset[Subject]:
        """The job while it runs; the report of a drill that is over."""
        found = {Subject.ENDED} if self._is_over else set()
        if (job := self.chosen_job()) is not None and not job.state.is_over:
            found.add(Subject.JOB)
        return frozenset(found)

    def chosen_job(self) -> Job | None:
        """This one's."""
        known = self._known
        log = known.log if isinstance(known, DrillDetail) else known
        return log.job if isinstance(log, JobLog) else None

    @property
    def no_job(self) -> str:
        """Why there is nothing to stop."""
        return "This drill is over."

    def action_write_report(self) -> None:
        """Write its report, and say where."""
        known = self._known
        if isinstance(known, DrillDetail) and known.drill.status.is_over:
            self._write(known)
        else:
            self.notify("There is no report before it is over.", markup=False)

    @work(group="act", exclusive=True)
    async def _write(self, known: DrillDetail) -> None:
        try:
            session = await self.following.opened()
            files = await session.drills.write_report(known.drill)
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.notify(clean("\n".join(["Written:", *map(str, files)])), markup=False)
            self._read()
