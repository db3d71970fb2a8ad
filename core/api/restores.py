"""Restores for the command line and the screens: planned, started, followed, listed, undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.api.jobs import Jobs
from core.api.opening import opened
from core.api.restore_approvals import take_approval
from core.api.restore_request import RestoreRequest, staged_wish, wish_of
from core.api.restore_undo import undo_planned, undo_restore
from core.api.who import me
from core.config.settings import Settings
from core.errors import ExitCode, RestoreError
from core.model.job import Job, JobKind, JobOrder, Progress
from core.model.restore import RestorePlan, RestoreWish
from core.model.restore_operation import RestoreOperation, RestoreStatus
from core.restore.approval import approval_check
from core.restore.plan_file import read_plan, write_plan
from core.restore.production import production_names
from core.store.store import Store

if TYPE_CHECKING:
    from core.restore.undo import Undo

__all__ = [
    "RestoreRequest",
    "Restores",
    "UnknownRestoreError",
    "open_restores",
    "read_plan",
    "write_plan",
]

_LOOKED_THROUGH = 1_000


class UnknownRestoreError(RestoreError):
    """No restore, or more than one, is meant by what was given."""

    exit_code = ExitCode.USAGE


class Restores:
    """The restores that one store knows, and the servers and repositories of one config."""

    def __init__(self, settings: Settings, store: Store, state_folder: Path) -> None:
        self._settings = settings
        self._store = store
        self._folder = state_folder

    def wish(self, request: RestoreRequest, *, now: datetime | None = None) -> RestoreWish:
        """What a request means.

        Raises:
            UnknownNameError: there is no such server or backup.
            UnknownRestoreError: there is no such restore whose staged rows are to be merged.
            RestoreError: it could mean more than one thing.
        """
        if request.apply:
            return staged_wish(request, self.find(request.apply), self._settings)
        return wish_of(request, self._store, self._settings, now=now)

    def plan(self, wish: RestoreWish) -> RestorePlan:
        """What a restore would do; nothing is touched.

        Raises:
            BackupError: no backup serves.
            RestoreError: the target can't be looked at.
            ConnectError: it can't be reached.
        """
        from core.backup.progress import SilentReporter
        from core.restore.planner import plan
        from core.restore.survey import surveyed
        from core.schedule.jobs import new_job_id

        now = datetime.now(UTC)
        with surveyed(
            wish, self._store, self._settings, state_folder=self._folder, reporter=SilentReporter()
        ) as found:
            made = plan(wish, found.around, plan_id=new_job_id(now), now=now)
        if not self._settings.restore.approve:
            return made
        names = production_names(made, self._settings, self._store)
        check = (approval_check(made, names),) if names else ()
        return replace(made, checks=(*made.checks, *check))

    def start(self, agreed: RestorePlan) -> str:
        """Start a job that does a plan, in a process that outlives this one; gives its id.

        Raises:
            ApprovalNeededError: it waits for a second person now, or does so already.
            RestoreError: the plan says itself that it can't be done.
            StoreError: the store can't be written to.
            PgvigilError: the process could not be started.
        """
        from core.restore.job import PLAN, operation_of
        from core.schedule.jobs import start

        if agreed.undoes:
            raise RestoreError(
                "That plan undoes a restore, and is not begun as one",
                why=f"it is of {agreed.undoes}",
                remedy=f"pgvigil restore undo {agreed.undoes}",
            )
        if stops := agreed.stops:
            raise RestoreError(
                "The restore can't be done as it is planned",
                why="; ".join(each.what for each in stops),
                remedy="; ".join(each.remedy for each in stops if each.remedy),
            )
        wish, document = agreed.wish, write_plan(agreed).decode()
        approved = take_approval(self._store, self._settings, agreed, document)
        order = JobOrder(JobKind.RESTORE, wish.server_id, me(), {PLAN: document} | approved)
        job_id = start(self._store, order, settings=self._settings, state_folder=self._folder)
        operation = operation_of(agreed, job_id, me(), datetime.now(UTC))
        self._store.restore_operations.announce(operation)
        told = {
            "backup": agreed.backup_id,
            "repository": agreed.repository,
            "plan": agreed.plan_id,
            **approved,
        }
        self._store.audit.append(me(), "restore", wish.where, told)
        return job_id

    def follow(self, job_id: str, show: Callable[[Progress], None]) -> Job:
        """Wait until a restore is over, showing how far it is; gives its job as it ended.

        Raises:
            UnknownJobError: there is no such job.
            StoreError: the store failed.
        """
        return Jobs(self._settings, self._store, self._folder).wait(job_id, show)

    def newest(self, count: int, servers: Sequence[str] = ()) -> tuple[RestoreOperation, ...]:
        """The newest restores, newest first; dead ones are found on the way.

        Raises:
            StoreError: the store failed.
        """
        Jobs(self._settings, self._store, self._folder).clear_dead()
        self._open_what_is_closed()
        return self._store.restore_operations.newest(count, servers)

    def find(self, given: str) -> RestoreOperation:
        """The restore whose id begins or ends with what was given; ``last``: the newest.

        Raises:
            UnknownRestoreError: there is none, or more than one.
            StoreError: the store failed.
        """
        listed = tuple(
            each
            for each in self.newest(_LOOKED_THROUGH)
            if each.status is not RestoreStatus.WAITING
        )
        if given == "last" and listed:
            return listed[0]
        ids = [each.operation_id for each in listed]
        meant = [
            each
            for each in listed
            if given and (each.operation_id.startswith(given) or each.operation_id.endswith(given))
        ]
        if given in ids:
            return listed[ids.index(given)]
        if len(meant) == 1:
            return meant[0]
        raise UnknownRestoreError(
            f"{'More than one' if meant else 'No'} restore is meant by {given!r}",
            why=f"{len(meant)} of the newest {len(listed)} have such an id",
            remedy="pgvigil restore list shows them",
        )

    def plan_undo(self, operation: RestoreOperation) -> Undo:
        """What undoing a restore would do.

        Raises:
            RestoreError: there is nothing to undo, or what is there is not what it made.
            ConnectError: the server can't be reached.
        """
        return undo_planned(operation, self._settings)

    def undo(self, operation: RestoreOperation) -> str:
        """Undo a restore; a sentence of what was done.

        Raises: as :meth:`plan_undo`.
        """
        return undo_restore(operation, self._store, self._settings)

    def _open_what_is_closed(self) -> None:
        """After a swap, or its undo, that died in the middle; costs nothing where none did."""
        listed = self._store.restore_operations.newest(_LOOKED_THROUGH)
        if any(each.closing is not None for each in listed):
            from core.restore.swap.repair import repair_all

            repair_all(self._store, self._settings, me())


@contextmanager
def open_restores(
    config: Path | None, state_folder: Path | None, *, settings: Settings | None = None
) -> Iterator[Restores]:
    """The restores of a config's store; it is made where there is none.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    with opened(config, state_folder, settings=settings) as its:
        yield Restores(its.settings, its.store, its.folder)
