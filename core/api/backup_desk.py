"""What a console asks of backups beyond its frames, and what it has done: each of it recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from core.api.backup_detail import read_detail, read_log
from core.api.desk import Desk
from core.api.launch import Launch
from core.api.schedules import Schedules
from core.backup.protect import ProtectOutcome, protect, unprotect
from core.clock import Clock
from core.engine.store_thread import StoreThread
from core.errors import BackupError
from core.model.backup import BackupKind, CatalogEntry
from core.model.backup_detail import BackupDetail, BackupPlan
from core.model.backup_history import HistoryPage, HistoryRow
from core.model.job import CONFIRMED, JobKind, JobLog, JobOrder
from core.schedule.overview_past import history_before

if TYPE_CHECKING:
    from core.api.backup_care import HinderedPlan, RepositoryPlan
    from core.store.store import Store

StartJob = Callable[["Store", Launch, JobOrder], str]
"""Starts the process of a job that outlives this one; gives the job's id."""


def start_job(store: Store, launch: Launch, order: JobOrder) -> str:
    """Start a job as a process of its own, by the settings of this console.

    Raises:
        PgvigilError: it could not be started, or the store can't be written to.
    """
    from core.schedule.jobs import start

    return start(store, order, settings=launch.settings, state_folder=launch.state_folder)


class BackupDesk(Desk):
    """Backups, jobs and schedules of a console's servers."""

    def __init__(
        self,
        launch: Launch,
        store: StoreThread,
        clock: Clock,
        who: str,
        renew: Callable[[str], None],
        *,
        start: StartJob = start_job,
    ) -> None:
        super().__init__(launch, store, clock, who, renew)
        self._start = start

    async def history(
        self, server_id: str, last: HistoryRow, count: int, until: datetime
    ) -> HistoryPage:
        """The attempts before ``last``, as they stood at ``until``, newest first.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(
            lambda store: history_before(store, server_id, last, count, until)
        )

    async def detail(self, backup_id: str) -> BackupDetail | None:
        """One backup in full; ``None`` where the catalog has none of that id.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(lambda store: read_detail(store, backup_id))

    async def job_log(self, job_id: str) -> JobLog | None:
        """A job and what it said; ``None`` where there is none of that id.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(lambda store: read_log(store, job_id))

    async def plan(self, server_id: str, kind: BackupKind) -> BackupPlan:
        """What a backup of this kind would do if it were started now.

        Raises:
            ConfigError: the config does not say enough for one.
            StoreError: the store can't be read.
        """
        launch = self._launch
        order = JobOrder(JobKind.BACKUP, server_id, self.who, {"kind": kind.value})

        def plan(store: Store) -> BackupPlan:
            from core.api.backup_plan import plan_backup

            return plan_backup(store, launch, order)

        return await self._store.aside(plan)

    async def plan_of(self, server_id: str, schedule: str) -> BackupPlan | None:
        """What a schedule's backup would do now; ``None`` where it does something else.

        Raises:
            UnknownScheduleError: this console's config has no such schedule.
            ConfigError: what it orders can't be understood.
            StoreError: the store can't be read.
        """
        launch, who = self._launch, self.who

        def plan(store: Store) -> BackupPlan | None:
            from core.api.backup_plan import plan_backup

            order = self._schedules(store).order(schedule, server_id, who)
            return plan_backup(store, launch, order) if order.kind is JobKind.BACKUP else None

        return await self._store.aside(plan)

    async def prune_plans(
        self, server_id: str, schedule: str
    ) -> tuple[RepositoryPlan | HinderedPlan, ...]:
        """What a schedule's prune would do now, repository by repository: it looks into each.

        Raises:
            UnknownScheduleError: this console's config has no such schedule.
            BackupError: there is no repository, or what the schedule orders can't be understood.
            ConfigError: the config has no repository of such a name.
            StoreError: the store can't be used.
        """
        launch, who, now = self._launch, self.who, self._clock.now

        def plan(store: Store) -> tuple[RepositoryPlan | HinderedPlan, ...]:
            from core.api.backup_care import BackupCare
            from core.backup.opening import listed

            order = self._schedules(store).order(schedule, server_id, who)
            care = BackupCare(launch.settings, store, launch.state_folder, now=now)
            return tuple(care.plans([server_id], listed(order.arguments, "copies")))

        return await self._store.aside(plan)

    async def start(self, order: JobOrder) -> str:
        """Start a job as a process of its own; gives its id.

        Raises:
            PgvigilError: it could not be started.
        """
        launch, who = self._launch, self.who

        def begin(store: Store) -> str:
            job_id = self._start(store, launch, order)
            store.audit.append(who, f"start {order.kind.value}", order.server_id, {"job": job_id})
            return job_id

        job_id = await self._store.call(begin)
        self._renew(order.server_id)
        return job_id

    async def cancel(self, job_id: str) -> str:
        """Ask a job to stop; gives what to tell of it.

        Raises:
            BackupError: it is over already.
            StoreError: the store can't be written to.
        """
        who = self.who

        def ask(store: Store) -> str:
            if not store.jobs.ask_cancel(job_id):
                raise BackupError(
                    "There is nothing to stop: the job is over",
                    remedy="Enter in the history shows what came of it",
                )
            job = store.jobs.get(job_id)
            server_id = job.order.server_id if job is not None else ""
            store.audit.append(who, "cancel job", server_id, {"job": job_id})
            return server_id

        self._renew(await self._store.call(ask))
        return "The job was asked to stop; it clears up first."

    async def verify(self, entry: CatalogEntry) -> str:
        """Start the verification of a backup's copies; gives what to tell of it.

        Raises:
            PgvigilError: it could not be started.
        """
        order = JobOrder(
            JobKind.VERIFY, entry.server_id, self.who, {"backups": json.dumps([entry.backup_id])}
        )
        await self.start(order)
        return f"The verification of {entry.backup_id} has begun."

    async def protect(self, entry: CatalogEntry, reason: str) -> str:
        """Have retention keep a backup; gives what to tell of it.

        Raises:
            BackupError: it could be written into no repository.
            StoreError: the store can't be written to.
        """
        settings, who, now = self._launch.settings, self.who, self._clock.now
        outcome = await self._store.aside(
            lambda store: protect(store, settings, entry.backup_id, reason, who=who, now=now)
        )
        self._renew(entry.server_id)
        return f"{entry.backup_id} is kept: {reason}{_but_not_in(outcome)}"

    async def unprotect(self, entry: CatalogEntry) -> str:
        """Let retention decide about a backup again; gives what to tell of it.

        Raises:
            BackupError: it could be taken back in no repository.
            StoreError: the store can't be written to.
        """
        settings, who = self._launch.settings, self.who
        outcome = await self._store.aside(
            lambda store: unprotect(store, settings, entry.backup_id, who=who)
        )
        self._renew(entry.server_id)
        return f"{entry.backup_id} is kept no longer{_but_not_in(outcome)}"

    async def pause(self, server_id: str, schedule: str) -> str:
        """Let a schedule fire no more until it is resumed; gives what to tell of it.

        Raises:
            UnknownScheduleError: this console's config has no such schedule.
            StoreError: the store can't be written to.
        """
        changed = await self._store.call(
            lambda store: self._schedules(store).pause(schedule, server_id)
        )
        self._renew(server_id)
        return f"{schedule} is paused." if changed else f"{schedule} was paused already."

    async def resume(self, server_id: str, schedule: str) -> str:
        """Let a paused schedule fire again; gives what to tell of it.

        Raises: as :meth:`pause`.
        """
        changed = await self._store.call(
            lambda store: self._schedules(store).resume(schedule, server_id)
        )
        self._renew(server_id)
        return f"{schedule} fires again." if changed else f"{schedule} was not paused."

    async def run_now(self, server_id: str, schedule: str) -> str:
        """Run what a schedule does, now, as a person has seen it; gives what to tell of it.

        Raises:
            UnknownScheduleError: this console's config has no such schedule.
            BusyError: a job of its kind runs on the server already.
            PgvigilError: it could not be started.
        """
        await self._store.call(
            lambda store: self._schedules(store).run_now(
                schedule, server_id, arguments={CONFIRMED: "yes"}
            )
        )
        self._renew(server_id)
        return f"{schedule} has begun."

    def _schedules(self, store: Store) -> Schedules:
        launch = self._launch
        return Schedules(launch.settings, store, launch.state_folder, self._clock)


def _but_not_in(outcome: ProtectOutcome) -> str:
    return "".join(f"; but not in {name}: {why}" for name, why in outcome.problems)
