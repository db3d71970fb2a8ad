"""Backups in detail: the history in a table; schedules and storage beside it, or behind Tab."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from core.errors import PgvigilError
from core.model.backup import CatalogEntry
from core.model.job import Job
from core.model.protection import BackupOverview, HistoryRow, Outcome
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import Line, line
from tui.panes.backup_set_up import not_configured, set_up_lines
from tui.panes.backup_storage import storage_lines
from tui.panes.backups import above_lines
from tui.panes.backups_table import BACKUP_COLUMNS, backup_rows
from tui.panes.schedules import schedules_lines
from tui.panes.view import Missing, View
from tui.screens.backup import BackupScreen
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.backup_views import to_next_view
from tui.screens.job import JobScreen
from tui.screens.pane_view import FittedPane, ScrollingPane
from tui.screens.table_area import TableArea
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Key, Row

PAGE = 100
"""Older attempts that are read at once when the cursor comes to the end."""
MOST_ROWS = 5000
"""More are not listed here: pgvigil backup list has them all."""


class BackupsScreen(TableArea, BackupActingScreen):
    """Every attempt and every backup, newest first; Enter opens one."""

    PLACE = Place.BACKUPS
    NAME = "Backups"
    EMPTY = "No backup was taken yet: b takes one now."
    COLUMNS = BACKUP_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.BACKUPS))]

    def __init__(self, following: Following) -> None:
        super().__init__(following)
        self._older: tuple[HistoryRow, ...] = ()
        self._older_of = ""
        self._has_older = True

    @property
    def history(self) -> tuple[HistoryRow, ...]:
        """The newest attempts of the view, and older ones that were read."""
        overview = self.view.frame.backups
        newest = overview.history.rows if overview is not None else ()
        known = {each.row_id for each in newest}
        return (*newest, *(each for each in self._older if each.row_id not in known))

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row an attempt."""
        overview = view.frame.backups
        if overview is None:
            return Missing("Reading …", "The store has not been read yet.")
        if self._older_of != view.entry.server_id:
            self._older, self._older_of, self._has_older = (), view.entry.server_id, True
        if _is_to_be_set_up(overview):
            return Missing("")
        return backup_rows(view, overview, self.history)

    def above(self, view: View, width: int) -> list[Line]:
        """The figures of the overview's pane, or how backups are set up."""
        overview = view.frame.backups
        if overview is None:
            return []
        if _is_to_be_set_up(overview):
            return set_up_lines(overview, width)
        lines = above_lines(view, overview, width)
        return [*lines, *(line(each) for each in not_configured(overview))]

    def beside(self, view: View) -> Iterable[Widget]:
        """Schedules and storage."""
        yield Vertical(
            FittedPane(_schedules, view, id="schedules-beside"),
            ScrollingPane(storage_lines, view, id="storage-beside"),
            classes="side",
        )

    def show(self, view: View) -> None:
        """Take a new view; as long as backups are to be set up there is no table."""
        overview = view.frame.backups
        self.set_class(overview is not None and _is_to_be_set_up(overview), "-to-set-up")
        super().show(view)

    def action_next_view(self) -> None:
        """The schedules."""
        to_next_view(self)

    @on(LiveTable.RowHighlighted)
    def highlighted(self, event: LiveTable.RowHighlighted) -> None:
        """Name the keys for what the cursor came to; at the end read older attempts."""
        self.show_keys()
        rows = self.listed.rows
        if rows and event.key == rows[-1].key and not self._wanted:
            self.read_older()

    def action_filter(self) -> None:
        """A filter looks at what is listed, so that more is read for it."""
        super().action_filter()
        self.read_older()

    def read_older(self) -> None:
        """Read the next page, where there is one."""
        overview = self.view.frame.backups
        if overview is None or not overview.history.older or not self._has_older:
            return
        if self.history and len(self.history) < MOST_ROWS:
            self._read_before(self.history[-1])

    @work(exclusive=True, group="older")
    async def _read_before(self, last: HistoryRow) -> None:
        server_id = self.view.entry.server_id
        try:
            desk = await self.desk()
            page = await desk.history(server_id, last, PAGE, self.view.reference)
        except PgvigilError as error:
            self.tell_failure(error)
            return
        if self._older_of == server_id:
            self._older = (*self._older, *page.rows)
            self._has_older = page.older
            self.show(self.view)

    def open_detail(self, key: Key) -> None:
        """One backup; of an attempt that left none, its job."""
        row = self._row(key)
        if row is None:
            return
        if row.entry is not None:
            self.app.push_screen(BackupScreen(self.following, row.entry.backup_id))
        elif (job_id := self._job_of(row)) is not None:
            self.app.push_screen(JobScreen(self.following, job_id))
        else:
            told = row.run.error if row.run is not None else ""
            self.notify(told or "Nothing more is known of this attempt.", markup=False)

    def _row(self, key: Key) -> HistoryRow | None:
        return next((each for each in self.history if each.row_id == key), None)

    def _job_of(self, row: HistoryRow) -> str | None:
        if row.run is not None and row.run.detached_job_id:
            return row.run.detached_job_id
        overview = self.view.frame.backups
        if row.outcome is Outcome.RUNNING and overview is not None and len(overview.jobs) == 1:
            return overview.jobs[0].job_id
        return None

    def subjects(self, view: View) -> frozenset[Subject]:
        """Those of the table; a backup where the cursor's attempt left one; a job that runs."""
        found = super().subjects(view)
        if Subject.ROW in found and self.chosen_backup() is not None:
            found |= {Subject.BACKUP}
        return found | {Subject.JOB} if view.frame.backups and view.frame.backups.jobs else found

    def chosen_backup(self) -> CatalogEntry | None:
        """The one under the cursor."""
        row = self._row(self.listed.cursor_key)
        return row.entry if row is not None else None

    def chosen_job(self) -> Job | None:
        """The one that runs; of several the one under the cursor."""
        overview = self.view.frame.backups
        jobs = overview.jobs if overview is not None else ()
        if len(jobs) <= 1:
            return jobs[0] if jobs else None
        row = self._row(self.listed.cursor_key)
        wanted = row.run.detached_job_id if row is not None and row.run is not None else ""
        return next((job for job in jobs if job.job_id == wanted), None)


def _is_to_be_set_up(overview: BackupOverview) -> bool:
    return not overview.is_configured and not overview.has_any


def _schedules(view: View, width: int, height: int) -> list[Line]:
    overview = view.frame.backups
    return schedules_lines(view, overview, width)[:height] if overview is not None else []
