"""A table whose rows are work that jobs do: which of those that run a key would stop."""

from __future__ import annotations

from typing import ClassVar

from core.model.job import Job
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.table_area import TableArea


class RunningJobsScreen(TableArea, BackupActingScreen):
    """The table, with the jobs behind those rows that are under way."""

    WORK: ClassVar[str]
    """What a job of these does: a drill, a restore."""

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs that run."""
        raise NotImplementedError

    def chosen_job(self) -> Job | None:
        """The one under the cursor; where one alone runs, that one."""
        key = self.listed.cursor_key if self.is_mounted else None
        mine = next((each for each in self.running if each.job_id == key), None)
        return mine or (self.running[0] if len(self.running) == 1 else None)

    @property
    def no_job(self) -> str:
        """Why there is nothing to stop."""
        if not self.running:
            return f"No {self.WORK} runs."
        return "Put the cursor on the one that you mean."
