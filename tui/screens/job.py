"""One job, attached to: how far it is, what it says; it goes on whoever looks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.widget import Widget

from core.errors import PgvigilError
from core.model.job import Job, JobLog
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import Line, Role, Span, line
from tui.panes.backup_words import job_words
from tui.panes.job import job_lines
from tui.panes.parts import heading, missing_lines
from tui.panes.view import Missing, View
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.pane_view import ScrollingPane
from tui.text import one_line


class JobScreen(BackupActingScreen):
    """Follows one job; reads it again with each view for as long as it runs."""

    PLACE = Place.JOB
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.JOB))]

    def __init__(self, following: Following, job_id: str) -> None:
        super().__init__(following)
        self.job_id = job_id
        self._log: JobLog | Missing | None = None

    def body(self, view: View) -> Iterable[Widget]:
        """One pane that scrolls."""
        yield ScrollingPane(self._lines, view, id="job")

    def show(self, view: View) -> None:
        """Take a new view, and look what the job has said meanwhile."""
        super().show(view)
        if self.is_mounted and not (isinstance(self._log, JobLog) and self._log.job.state.is_over):
            self._read()

    @work(exclusive=True, group="read")
    async def _read(self) -> None:
        before = self._log
        try:
            desk = await self.desk()
            found = await desk.job_log(self.job_id)
        except PgvigilError as error:
            self._log = Missing(error.what, error.why, error.remedy, is_fault=True)
        else:
            self._log = found or Missing("Nothing is known of this job any more.")
        if self._log != before:
            super().show(self.view)

    def _lines(self, view: View, width: int, _: int) -> list[Line]:
        log = self._log
        if log is None:
            return [heading("Job", width), line(Span("reading …", Role.MUTED))]
        if isinstance(log, Missing):
            return [heading("Job", width), *missing_lines(log, width)]
        return [
            heading(f"Job: {one_line(job_words(log.job))}", width),
            *job_lines(view, log, width),
        ]

    def subjects(self, view: View) -> frozenset[Subject]:
        """The job, as long as it runs; where backups go."""
        return self.subjects_of_backups(view)

    def chosen_job(self) -> Job | None:
        """This one."""
        return self._log.job if isinstance(self._log, JobLog) else None

    @property
    def no_job(self) -> str:
        """Why there is nothing to stop."""
        return "This job is over."
