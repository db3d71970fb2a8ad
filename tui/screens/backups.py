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
from core.model.backup_history import HistoryRow, Outcome
from core.model.job import Job
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import Line, line
from tui.panes.backup_set_up import not_configured, set_up_lines
from tui.panes.backup_storage import storage_lines
from tui.panes.backups import above_lines
from tui.panes.backups_table import BACKUP_COLUMNS, backup_rows
from tui.panes.schedules import schedules_lines
from tui.panes.view import Missing, View, unread
from tui.screens.attempts import MOST_ROWS, Attempts
from tui.screens.backup import BackupScreen
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.backup_views import to_next_view
from tui.screens.job import JobScreen
from tui.screens.pane_view import FittedPane, ScrollingPane
from tui.screens.table_area import TableArea
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Key, Row

PAGE, LARGE_PAGE = 100, 500
"""Older attempts that are read at once: when the cursor comes to the end, and when all are read."""


class BackupsScreen(TableArea, BackupActingScreen):
    """Every attempt and every backup, newest first; Enter opens one."""

    PLACE = Place.BACKUPS
    NAME = "Backups"
    EMPTY = "No backup was taken yet: b takes one now."
    COLUMNS = BACKUP_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.BACKUPS))]

    def __init__(self, following: Following) -> None:
        super().__init__(following)
        self._attempts = Attempts()
        self._rows_wanted = 0
        self._is_reading = False
        self._end: Key | None = None

    @property
    def history(self) -> tuple[HistoryRow, ...]:
        """The newest attempts of the view, and older ones that were read."""
        return self._attempts.rows

    @property
    def is_whole(self) -> bool:
        """Whether the oldest attempt is listed too."""
        return self._attempts.is_whole

    @property
    def none_holds(self) -> str:
        """What is said where no line holds the text of the filter: of how many that is so."""
        if self.is_whole:
            return super().none_holds
        newest = f"the newest {len(self.history)} attempts"
        if self._is_reading:
            return f"None of {newest} holds this text; older ones are being read …"
        return f"None of {newest} holds this text: pgvigil backup list has the others."

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row an attempt."""
        overview = view.frame.backups
        if overview is None:
            return unread(view)
        if overview.is_to_be_set_up:
            return Missing("")
        return backup_rows(view, overview, self.history)

    def above(self, view: View, width: int) -> list[Line]:
        """The figures of the overview's pane, or how backups are set up."""
        overview = view.frame.backups
        if overview is None:
            return []
        if overview.is_to_be_set_up:
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
        self.set_class(overview is not None and overview.is_to_be_set_up, "-to-set-up")
        is_other = self._attempts.take(view)
        super().show(view)
        if is_other and not self.is_left:
            self._rows_wanted = 0
            if self._wanted or self.listed.sorted_by:
                self.read_older(MOST_ROWS)

    def action_next_view(self) -> None:
        """The schedules."""
        to_next_view(self)

    @on(LiveTable.RowHighlighted)
    def highlighted(self, event: LiveTable.RowHighlighted) -> None:
        """At the end read older attempts."""
        rows = self.listed.rows
        if rows and event.key == rows[-1].key and not self._wanted:
            self.read_older(len(self.history) + PAGE)

    @on(LiveTable.SortChanged)
    def sorted_anew(self) -> None:
        """An order is one of all attempts, not of those that happen to be listed."""
        self.read_older(MOST_ROWS)

    def action_filter(self) -> None:
        """A filter looks through all attempts; how backups are set up has no lines for one."""
        if self.has_class("-to-set-up"):
            self.notify("There is nothing to filter yet.", markup=False)
            return
        super().action_filter()
        self.read_older(MOST_ROWS)

    def action_edge(self, edge: int) -> None:
        """The first row, or the very last: older attempts are read for it."""
        super().action_edge(edge)
        if edge > 0:
            self._end = self.listed.cursor_key
            self.read_older(MOST_ROWS)

    def read_older(self, rows: int) -> None:
        """Read on until so many are listed, or all."""
        self._rows_wanted = max(self._rows_wanted, rows)
        if not self._is_reading and self._attempts.last is not None:
            self._is_reading = True
            self._read_on()

    @work(group="older")
    async def _read_on(self) -> None:
        try:
            desk = await self.desk()
            while (last := self._attempts.last) and len(self.history) < self._rows_wanted:
                count = min(LARGE_PAGE, max(PAGE, self._rows_wanted - len(self.history)))
                server_id = self.view.entry.server_id
                page = await desk.history(server_id, last, count, self.view.reference)
                self._attempts.add(page, last)
                self.show(self.view)
        except PgvigilError as error:
            self.tell_failure(error)
        finally:
            self._is_reading = False
            self._rows_wanted = 0
        self.show(self.view)
        if self._end is not None and self._end == self.listed.cursor_key:
            self.listed.action_cursor_to_last()
        self._end = None

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
        """Those of the table, by what the cursor's attempt left; where backups go; a job."""
        if not self.is_mounted:
            return frozenset()
        found = super().subjects(view)
        row = self._row(self.listed.cursor_key) if Subject.ROW in found else None
        if row is None or not self._opens(row):
            found -= {Subject.DETAIL}
        of_backups = self.subjects_of_backups(view)
        return found | (of_backups if row is not None else of_backups - {Subject.BACKUP})

    def _opens(self, row: HistoryRow) -> bool:
        """Whether there is more to tell of an attempt."""
        told = row.run is not None and bool(row.run.error)
        return row.entry is not None or self._job_of(row) is not None or told

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


def _schedules(view: View, width: int, height: int) -> list[Line]:
    overview = view.frame.backups
    return schedules_lines(view, overview, width)[:height] if overview is not None else []
