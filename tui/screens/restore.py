"""One restore, attached to: it goes on whoever looks, and any console shows the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.widget import Widget

from core.api.restore_desk import RestoreDesk
from core.api.restore_detail import RestoreDetail
from core.errors import PgvigilError, RestoreError
from core.model.job import Job
from core.model.restore import RestorePlan, TargetKind
from core.model.restore_operation import RestoreOperation, RestoreStatus
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import Line, Role, Span, line
from tui.panes.parts import heading, missing_lines
from tui.panes.restore import restore_lines
from tui.panes.view import Missing, View
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.pane_view import ScrollingPane
from tui.screens.restore_questions import ROWS, restore_question, rows_question, undo_question
from tui.text import clean, one_line

SOON_SECONDS = 0.5
"""What is known so soon need not be waited for with words."""


class RestoreScreen(BackupActingScreen):
    """Follows one restore; reads it again with each view for as long as it runs."""

    PLACE = Place.RESTORE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.RESTORE))]

    def __init__(self, following: Following, operation_id: str) -> None:
        super().__init__(following)
        self.operation_id = operation_id
        self._detail: RestoreDetail | Missing | None = None
        self._read_for: object = None

    def body(self, view: View) -> Iterable[Widget]:
        """One pane that scrolls."""
        yield ScrollingPane(self._lines, view, id="restore")

    def show(self, view: View) -> None:
        """Take a new view, and look how far the restore is."""
        super().show(view)
        overview = view.frame.backups
        if self.is_mounted and (not self._is_over or overview is not self._read_for):
            self._read_for = overview
            self._read()

    @property
    def _is_over(self) -> bool:
        """Whether its job is over too, which goes on for a moment after its result is there."""
        detail, job = self._detail, self.chosen_job()
        has_result = isinstance(detail, RestoreDetail) and detail.operation.status.is_over
        return has_result and (job is None or job.state.is_over)

    async def restore_desk(self) -> RestoreDesk:
        """What is asked of restores."""
        session = await self.following.opened()
        return session.restores

    @work(exclusive=True, group="read")
    async def _read(self) -> None:
        before = self._detail
        try:
            found = await (await self.restore_desk()).detail(self.operation_id)
        except PgvigilError as error:
            self._detail = Missing(error.what, error.why, error.remedy, is_fault=True)
        else:
            self._detail = found or Missing("Nothing is known of this restore any more.")
        if self._detail != before:
            super().show(self.view)

    def _lines(self, view: View, width: int, _: int) -> list[Line]:
        head = heading(f"Restore {one_line(self.operation_id)}", width)
        if self._detail is None:
            return [head, line(Span("reading …", Role.MUTED))]
        if isinstance(self._detail, Missing):
            return [head, *missing_lines(self._detail, width)]
        return [head, *restore_lines(view, self._detail, width)]

    def subjects(self, _view: View) -> frozenset[Subject]:
        """The job while it runs; a restore that can be undone."""
        found: set[Subject] = set()
        job = self.chosen_job()
        if job is not None and not job.state.is_over:
            found.add(Subject.JOB)
        if isinstance(self._detail, RestoreDetail) and self._is_over:
            found |= {Subject.UNDO} if can_be_undone(self._detail.operation) else set()
        if isinstance(self._detail, RestoreDetail) and may_have_staged(self._detail.operation):
            found.add(Subject.STAGED)
        if self._waiting is not None:
            found.add(Subject.WAITING)
        return frozenset(found)

    def chosen_job(self) -> Job | None:
        """This one's."""
        detail = self._detail
        known = isinstance(detail, RestoreDetail) and detail.log is not None
        return (
            detail.log.job if known and isinstance(detail, RestoreDetail) and detail.log else None
        )

    @property
    def no_job(self) -> str:
        """Why there is nothing to stop."""
        return "This restore is over."

    def action_undo_restore(self) -> None:
        """Undo it, after the name was typed."""
        if not self.may_act():
            return
        detail = self._detail
        if not isinstance(detail, RestoreDetail) or not detail.operation.status.is_over:
            self.notify("It is under way: c stops it.", markup=False)
        elif not self._is_over:
            self.notify("It is just ending: then it can be undone.", markup=False)
        else:
            self._undo(detail.operation)

    @work(group="act", exclusive=True)
    async def _undo(self, operation: RestoreOperation) -> None:
        try:
            desk = await self.restore_desk()
            looking = asyncio.create_task(desk.plan_undo(operation))
            if not (await asyncio.wait({looking}, timeout=SOON_SECONDS))[0]:
                self.notify("Looking what undoing it would do …", markup=False)
            planned = await looking
            self.app.clear_notifications()  # it would stand on the question
            if await self.agreed(undo_question(operation, planned)) is None:
                return
            told = await desk.undo(operation)
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.notify(clean(f"Undone: {told}"), markup=False)
        self._read()

    @property
    def _waiting(self) -> RestoreDetail | None:
        """It, where it waits for a second person."""
        detail = self._detail
        known = isinstance(detail, RestoreDetail) and detail.plan is not None
        if not known or not isinstance(detail, RestoreDetail):
            return None
        return detail if detail.operation.status is RestoreStatus.WAITING else None

    def action_agree(self) -> None:
        """Agree to it, as the second person."""
        detail = self._waiting
        if detail is None or detail.plan is None:
            self.notify("Nothing waits here for a second person.", markup=False)
            return
        if not self.may_act():
            return

        async def agree(_: str) -> str:
            told = await (await self.restore_desk()).agree(detail.operation)
            self._read()
            return told

        asked = restore_question(detail.plan)
        self.ask_and_do(replace(asked, title=f"Agree to: {asked.title}"), agree)

    def action_detail(self) -> None:
        """Begin it, once a second person has agreed."""
        detail = self._waiting
        if detail is None or detail.plan is None:
            return
        if not detail.is_agreed:
            self.notify("Nobody has agreed yet: A does, by another account.", markup=False)
        elif self.may_act():
            self._begin(detail.plan)

    @work(group="act", exclusive=True)
    async def _begin(self, plan: RestorePlan) -> None:
        if await self.agreed(restore_question(plan)) is None:
            return
        try:
            restore_id = await (await self.restore_desk()).begin_agreed(plan)
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.app.switch_screen(RestoreScreen(self.following, restore_id))

    def action_merge_rows(self) -> None:
        """Merge what it staged, after the question which rows."""
        from tui.screens.restore_opening import open_wizard

        detail = self._detail
        if not self.may_act() or not isinstance(detail, RestoreDetail):
            return
        operation = detail.operation
        if not may_have_staged(operation):
            self.notify("Only a merge that was done can have staged rows.", markup=False)
            return

        async def merge(said: str) -> str:
            if (chosen := ROWS.get(said.casefold())) is None:
                raise RestoreError(f"{said} is none of {', '.join(ROWS)}", remedy="m asks again")
            open_wizard(self, rows_of=(operation, *chosen))
            return f"{said}: the plan shows how many, and the script."

        self.ask_and_do(rows_question(operation), merge)

    def action_restore(self) -> None:
        """The same once more, from its plan."""
        from tui.screens.restore_opening import open_wizard

        if not self.may_act():
            return
        detail = self._detail
        plan = detail.plan if isinstance(detail, RestoreDetail) else None
        open_wizard(self, plan=plan)


def can_be_undone(operation: RestoreOperation) -> bool:
    """Whether there may be something to undo: the servers tell exactly, when they are asked."""
    if operation.status is RestoreStatus.COMPLETED:
        return bool(operation.undo)
    return operation.status is RestoreStatus.INTERRUPTED


def may_have_staged(operation: RestoreOperation) -> bool:
    """Whether rows of tables that are there may stand beside them: the plan tells exactly."""
    is_done = operation.status is RestoreStatus.COMPLETED
    is_second = operation.what.startswith("rows that ")
    return is_done and operation.target is TargetKind.MERGE and not is_second
