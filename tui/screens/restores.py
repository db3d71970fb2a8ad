"""Restores: those that are being put together, those under way, and what came of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from core.model.job import Job, JobKind
from core.model.restore_draft import RestoreDraft
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.lines import Line, Role, Span, line
from tui.panes.job import progress_lines
from tui.panes.restored import last_proven_line
from tui.panes.restores_table import RESTORE_COLUMNS, restore_rows
from tui.panes.view import Missing, View, unread
from tui.screens.backup_views import to_next_view
from tui.screens.restore import RestoreScreen
from tui.screens.restore_opening import open_wizard
from tui.screens.running_jobs import RunningJobsScreen
from tui.widgets.rows import Key, Row


class RestoresScreen(RunningJobsScreen):
    """Enter opens a restore, or goes on with one that somebody began to put together."""

    PLACE = Place.RESTORES
    NAME = "Restores"
    WORK = "restore"
    EMPTY = "Nothing was restored yet: R begins, and shows a plan before anything is touched."
    COLUMNS = RESTORE_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.RESTORES))]

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row a draft, a row a restore."""
        overview = view.frame.backups
        if overview is None:
            return unread(view)
        return restore_rows(view, overview)

    def above(self, view: View, width: int) -> list[Line]:
        """What runs, and the last proof that a backup can be restored."""
        overview = view.frame.backups
        if overview is None:
            return []
        running = [row for job in self.running for row in progress_lines(view, job, width)]
        proven = line(Span("last proof  ", Role.LABEL), *last_proven_line(view, overview))
        return [*running, proven]

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs of its rows that are under way."""
        overview = self.view.frame.backups
        jobs = overview.jobs if overview is not None else ()
        return tuple(each for each in jobs if each.order.kind is JobKind.RESTORE)

    def _draft(self, key: Key | None) -> RestoreDraft | None:
        overview = self.view.frame.backups
        drafts = overview.drafts if overview is not None else ()
        return next((each for each in drafts if each.draft_id == key), None)

    def action_next_view(self) -> None:
        """The history of backups."""
        to_next_view(self)

    def open_detail(self, key: Key) -> None:
        """One restore; of a draft the question that it is at."""
        if (draft := self._draft(key)) is None:
            self.app.push_screen(RestoreScreen(self.following, str(key)))
        elif self.may_act():
            open_wizard(self, draft=draft)

    def action_discard(self) -> None:
        """Forget the draft under the cursor."""
        from tui.wizard.symptom import discard_question

        draft = self._draft(self.listed.cursor_key)
        if draft is None:
            self.notify("Only what is being planned can be put aside.", markup=False)
            return
        if not self.may_act():
            return

        async def forget(_: str) -> str:
            session = await self.following.asked()
            await session.restores.discard(draft)
            return "Its answers are forgotten."

        self.ask_and_do(discard_question(draft), forget)

    def action_restore(self) -> None:
        """Begin with what happened."""
        if self.may_act():
            open_wizard(self)

    def subjects(self, view: View) -> frozenset[Subject]:
        """Those of the table, a draft under the cursor, a restore that runs."""
        found = set(super().subjects(view))
        if self.is_mounted and self._draft(self.listed.cursor_key) is not None:
            found.add(Subject.DRAFT)
        if (job := self.chosen_job()) is not None and not job.state.is_over:
            found.add(Subject.JOB)
        return frozenset(found)
