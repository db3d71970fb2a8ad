"""A state folder in which jobs run, for tests: what is started there is gone in the end."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.config.schedule_settings import JobSettings, ScheduleSettings
from core.config.settings import EngineSettings, Settings, StoreSettings
from core.model.job import Job, JobKind, JobOrder, JobState
from core.schedule import jobs
from core.store.store import Store
from tests.servers.job_process import MODULE
from tests.servers.waiting import eventually

QUICK = JobSettings(
    report_seconds=0.05,
    lost_seconds=5,
    cancel_seconds=1,
    store_seconds=30,
    ending_seconds=30,
    rate_seconds=1,
)


@dataclass(frozen=True)
class Yard:
    """Where jobs of one test run; what they do is told by the arguments of their orders."""

    state: Path
    settings: Settings
    store: Store

    def start(self, do: str, schedule: str = "", **arguments: str) -> str:
        """Start a job; gives its id."""
        order = JobOrder(JobKind.BACKUP, "shop", "anna", {"do": do, **arguments}, schedule=schedule)
        return jobs.start(
            self.store, order, settings=self.settings, state_folder=self.state, module=MODULE
        )

    def get(self, job_id: str) -> Job:
        """A job as it stands."""
        job = self.store.jobs.get(job_id)
        assert job is not None
        return job

    def where(self, job_id: str, *states: JobState, within: float = 60) -> Job:
        """The job as soon as it is in one of these states."""
        eventually(lambda: self.get(job_id).state in states, within=within)
        return self.get(job_id)

    def ended(self, job_id: str, within: float = 60) -> Job:
        """The job as soon as it is over."""
        return self.where(job_id, *(state for state in JobState if state.is_over), within=within)

    def working(self, job_id: str) -> Job:
        """The job as soon as it is in the phase in which it waits."""
        eventually(lambda: self.get(job_id).progress.phase == "verify")
        return self.get(job_id)

    def clear_dead(self) -> tuple[Job, ...]:
        """What a watcher does about dead jobs."""
        return jobs.clear_dead(self.store, settings=self.settings, state_folder=self.state)

    def log(self) -> str:
        """What the jobs said."""
        return (self.state / "jobs.log").read_text()


@contextmanager
def yard(folder: Path, *schedules: ScheduleSettings) -> Iterator[Yard]:
    """A state folder with a store, whose jobs are gone in the end."""
    state = folder / "state"
    settings = Settings(
        store=StoreSettings(busy_seconds=0.5, wait_seconds=5),
        engine=EngineSettings(heartbeat_seconds=0.2, heartbeat_lost_seconds=5),
        jobs=QUICK,
        schedules=schedules,
    )
    store = Store.open(settings.store, state_folder=state, migrate=True)
    made = Yard(state, settings, store)
    try:
        yield made
    finally:
        for job in store.jobs.under_way():
            with contextlib.suppress(ProcessLookupError):
                os.kill(job.pid, signal.SIGKILL)
            eventually(made.clear_dead)
        store.close()
