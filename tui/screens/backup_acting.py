"""A screen from which backups are taken, verified and kept, and jobs are stopped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from textual import work

from core.errors import PgvigilError
from core.model.backup import BackupKind, CatalogEntry
from core.model.job import Job
from tui.actions import Subject
from tui.panes.view import View
from tui.screens.asking import AskingScreen
from tui.screens.back_up_question import backup_question
from tui.screens.backup_questions import (
    cancel_question,
    protect_question,
    unprotect_question,
)
from tui.screens.verify_question import verify_question

if TYPE_CHECKING:
    from core.api.backup_desk import BackupDesk

Doing: TypeAlias = Callable[["BackupDesk"], Awaitable[str]]


class BackupActingScreen(AskingScreen):
    """Previews, asks, leaves the work to a job, and says what came of it."""

    def subjects_of_backups(self, view: View) -> frozenset[Subject]:
        """What keys would act on: where backups go, a backup, a job that runs."""
        found, overview = set(), view.frame.backups
        if overview is not None and overview.is_configured:
            found.add(Subject.SET_UP)
        if self.chosen_backup() is not None:
            found.add(Subject.BACKUP)
        job = self.chosen_job()
        if job is not None and not job.state.is_over:
            found.add(Subject.JOB)
        return frozenset(found)

    def chosen_backup(self) -> CatalogEntry | None:
        """The backup that a key would act on."""
        return None

    def chosen_job(self) -> Job | None:
        """The job that a key would stop: the one that runs, where it is one."""
        overview = self.view.frame.backups
        jobs = overview.jobs if overview is not None else ()
        return jobs[0] if len(jobs) == 1 else None

    async def desk(self) -> BackupDesk:
        """What is asked of backups."""
        session = await self.following.asked()
        return session.backups

    def action_back_up(self, kind: str) -> None:
        """Take a backup now."""
        if self.may_act():
            self._back_up(BackupKind(kind))

    @work(group="act")
    async def _back_up(self, kind: BackupKind) -> None:
        from tui.screens.job import JobScreen

        view = self.view  # Another server may be looked at before the plan is there.
        try:
            desk = await self.desk()
            plan = await desk.plan(view.entry.server_id, kind)
            if await self.agreed(backup_question(view, plan)) is None:
                return
            job_id = await desk.start(plan.order)
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.app.push_screen(JobScreen(self.following, job_id))

    def action_restore(self) -> None:
        """Bring something back: where a backup is looked at, that one."""
        from tui.screens.restore_opening import open_wizard

        if self.may_act():
            open_wizard(self, entry=self.restored_from())

    def restored_from(self) -> CatalogEntry | None:
        """The backup that a restore begins from; ``None`` where it begins with what happened."""
        return None

    def action_cancel_job(self) -> None:
        """Stop the running job."""
        job = self.chosen_job()
        if job is None or job.state.is_over:
            self.notify(self.no_job, markup=False)
        elif self.may_act():
            job_id = job.job_id
            self.ask_and_do(
                cancel_question(self.view, job), self._doing(lambda desk: desk.cancel(job_id))
            )

    @property
    def no_job(self) -> str:
        """Why there is no job to stop."""
        overview = self.view.frame.backups
        if overview is not None and len(overview.jobs) > 1:
            return "Several jobs run: open the one that you mean."
        return "No job runs."

    def action_verify_backup(self) -> None:
        """Verify the chosen backup."""
        if (entry := self._chosen_or_told()) is not None:
            self.ask_and_do(
                verify_question(self.view, entry), self._doing(lambda desk: desk.verify(entry))
            )

    def action_protect_backup(self) -> None:
        """Keep the chosen backup, with a reason."""
        if (entry := self._chosen_or_told()) is None:
            return

        async def keep(reason: str) -> str:
            return await (await self.desk()).protect(entry, reason)

        self.ask_and_do(protect_question(self.view, entry), keep)

    def action_unprotect_backup(self) -> None:
        """Keep the chosen backup no longer."""
        entry = self._chosen_or_told()
        if entry is not None and not entry.kept_because:
            self.notify("Nobody keeps it; K does.", markup=False)
        elif entry is not None:
            self.ask_and_do(
                unprotect_question(self.view, entry),
                self._doing(lambda desk: desk.unprotect(entry)),
            )

    def _chosen_or_told(self) -> CatalogEntry | None:
        if not self.may_act():
            return None
        entry = self.chosen_backup()
        if entry is None:
            self.notify("There is no backup under the cursor.", markup=False)
        return entry

    def _doing(self, do: Doing) -> Callable[[str], Awaitable[str]]:
        async def deed(_: str) -> str:
            return await do(await self.desk())

        return deed
