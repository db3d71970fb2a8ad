"""The job that restores: the plan is made anew, compared with the one agreed to, and done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.backup.progress import JobReporter
from core.backup.proofs import note_proof
from core.backup.staged_runs import clear_dead, state_in
from core.backup.staging import folder_of_state, staged
from core.config.settings import Settings
from core.errors import CancelledError, PgvigilError, RestoreError, StoreError
from core.model.differences import differences_told
from core.model.job import Job, JobOrder
from core.model.restore import RestorePlan, RestoreWish, TargetKind
from core.model.restore_operation import PhaseTime, RestoreOperation, RestoreStatus, Verdict
from core.restore import audited, leftover
from core.restore.approval import APPROVED_BY, needs_approval, waits
from core.restore.doing import Doing, Done
from core.restore.drill.timed import TimedReporter
from core.restore.estimate import expected_phases, with_real
from core.restore.plan_file import read_plan
from core.restore.planner import plan
from core.restore.right import restoring_alone
from core.restore.scratch.kept import clear_dead as clear_dead_scratch
from core.restore.surroundings import PREPARE
from core.restore.survey import endpoint_of, surveyed
from core.restore.swap.kept import drop_expired
from core.restore.swap.repair import repair
from core.restore.target.create import connect_elsewhere
from core.restore.ways import way_of
from core.restore.world import require_newest, require_unchanged
from core.store.local import host_name
from core.store.store import Store

_DIFFERENCES_TOLD = 3

PLAN = "plan"
"""The argument of a job's order that holds the plan, as JSON."""


def run_restore_job(
    store: Store, settings: Settings, order: JobOrder, reporter: JobReporter
) -> str:
    """Restore as the order's plan says; one sentence of what came of it.

    Raises:
        RestoreError: the plan does not hold any more, or the target refused; nothing that was
            there is changed.
        BackupError: the backup can't be restored from.
        CancelledError: a person cancelled the job; what it made is gone.
        StoreError: the store can't be used.
    """
    agreed = read_plan(order.arguments.get(PLAN, "").encode())
    operation = operation_of(agreed, reporter.job_id, order.who, datetime.now(UTC))
    store.restore_operations.begin(operation)
    timed = _Timed(operation, TimedReporter(reporter))
    target = agreed.wish.target_server, agreed.wish.target_database
    with (
        _told(store, timed),
        _agreed_to(agreed, order, store, settings),
        restoring_alone(store, settings, *target, order.who),
    ):
        return _run(agreed, timed, store, settings)


def operation_of(
    agreed: RestorePlan, operation_id: str, who: str, at: datetime
) -> RestoreOperation:
    """A plan as the operation that it becomes."""
    wish = agreed.wish
    return RestoreOperation(
        operation_id=operation_id,
        server_id=wish.server_id,
        database=wish.database,
        backup_id=agreed.backup_id,
        repository=agreed.repository,
        what=wish.what,
        target=wish.target,
        target_server=wish.target_server,
        target_database=wish.target_database,
        who=who,
        status=RestoreStatus.RUNNING,
        created_at=at,
        undo=agreed.undo,
        phases=expected_phases(agreed),
        fetch_bytes=agreed.fetch_bytes,
        staged_bytes=agreed.staged_bytes,
    )


def note_death(store: Store, settings: Settings, job: Job, why: str, now: datetime) -> None:
    """Have the history tell of a restore whose process died, also before its first row.

    A live database that its swap had closed is opened again, a scratch server taken away.

    Raises:
        StoreError: the store can't be written to.
    """
    operations = store.restore_operations
    if operations.get(job.job_id) is None:
        with suppress(RestoreError):
            agreed = read_plan(job.order.arguments.get(PLAN, "").encode())
            operations.begin(operation_of(agreed, job.job_id, job.order.who, job.created_at))
    found = operations.get(job.job_id)
    settled = repair(store, settings, found) if found is not None else ""
    if found is not None and settled:
        audited.repaired(store, found, settled, f"pgvigil@{host_name()}")
    told = f"{why}; {settled}" if settled else why
    if operations.died(job.job_id, now, told) and found is not None:
        audited.ended(store, found, RestoreStatus.INTERRUPTED, what=told)
    if found is not None and found.target is TargetKind.SCRATCH:
        clear_dead_scratch(store, settings)


@contextmanager
def _agreed_to(
    agreed: RestorePlan, order: JobOrder, store: Store, settings: Settings
) -> Iterator[None]:
    """Within, what needs a second person's word has it: the order says whose."""
    if not order.arguments.get(APPROVED_BY) and needs_approval(agreed, settings, store):
        raise waits(agreed)
    yield


@dataclass(frozen=True, slots=True)
class _Timed:
    """A restore as it was begun, and what takes down how long its phases take."""

    operation: RestoreOperation
    reporter: TimedReporter

    def phases(self) -> tuple[PhaseTime, ...]:
        """How long each took that it came to; the one under way is over now."""
        self.reporter.end()
        over = [(each.name, each.seconds) for each in self.reporter.over]
        return with_real(self.operation.phases, over)


@contextmanager
def _told(store: Store, timed: _Timed) -> Iterator[None]:
    """What ends the work within early stands in the operation's row."""
    try:
        yield
    except CancelledError:
        _end(store, timed, RestoreStatus.CANCELLED, "cancelled; nothing of it is left")
        raise
    except PgvigilError as error:
        why = f"{error.what}: {error.why}" if error.why else error.what
        _end(store, timed, RestoreStatus.FAILED, why, error.remedy)
        raise


def _end(
    store: Store, timed: _Timed, status: RestoreStatus, problem: str, remedy: str = ""
) -> None:
    with suppress(StoreError):  # the job's own row tells it too
        store.restore_operations.finish(
            timed.operation.operation_id,
            datetime.now(UTC),
            status,
            problem=problem,
            remedy=remedy,
            verdict=Verdict.FAILED if status is RestoreStatus.FAILED else None,
            undo="",
            phases=timed.phases(),
        )
    verdict = Verdict.FAILED if status is RestoreStatus.FAILED else None
    audited.ended(store, timed.operation, status, verdict=verdict, what=problem)


def _run(agreed: RestorePlan, timed: _Timed, store: Store, settings: Settings) -> str:
    operation_id, reporter = timed.operation.operation_id, timed.reporter
    folder = folder_of_state(store)
    wish = replace(agreed.wish, backup_id=agreed.backup_id, repository=agreed.repository)
    reporter.phase(PREPARE)
    require_newest(agreed, store.catalog.entries(wish.server_id))
    _clear_server(store, settings, wish, timed.operation.who, reporter)
    with surveyed(wish, store, settings, state_folder=folder, reporter=reporter) as found:
        for sentence in clear_dead(found.staging, settings, state_in(store)):
            reporter.note(sentence)
        now = plan(wish, found.around, plan_id=agreed.plan_id, now=datetime.now(UTC))
        require_unchanged(agreed, now)
        with staged(found.staging, operation_id) as staging:
            done = way_of(wish.target)(
                Doing(
                    wish,
                    agreed.plan_id,
                    operation_id,
                    found,
                    staging.dump,
                    store,
                    settings,
                    reporter,
                )
            )
    return _done(agreed, timed, store, settings, done)


def _clear_server(
    store: Store, settings: Settings, wish: RestoreWish, who: str, reporter: JobReporter
) -> None:
    """Take away what dead restores left there, and what was put aside long ago; audited."""
    if wish.target is TargetKind.SCRATCH:
        for sentence in audited.cleared(
            store, who, host_name(), clear_dead_scratch(store, settings)
        ):
            reporter.note(sentence)
        return
    server = wish.target_server
    endpoint = endpoint_of(server, settings)
    with (
        endpoint.explaining(),
        closing(connect_elsewhere(endpoint, wish.target_database)) as connection,
    ):
        expired = drop_expired(
            store,
            connection,
            server,
            grace_days=settings.restore.grace_days,
            now=datetime.now(UTC),
        )
        for each in (leftover.clear_dead(store, connection), expired):
            for sentence in audited.cleared(store, who, server, each):
                reporter.note(sentence)


def _done(agreed: RestorePlan, timed: _Timed, store: Store, settings: Settings, done: Done) -> str:
    """What came of it, in the store and in a sentence; a proven one raises its copy's level."""
    now, operation_id = datetime.now(UTC), timed.operation.operation_id
    store.restore_operations.finish(
        operation_id,
        now,
        RestoreStatus.COMPLETED,
        verdict=done.verdict,
        differences=done.differences,
        undo=done.undo,
        target_oid=done.target_oid,
        aside=done.aside,
        kept=done.kept,
        unchecked=done.unchecked,
        writes=done.writes,
        phases=timed.phases(),
    )
    audited.exchanged(store, timed.operation, done)
    audited.ended(
        store,
        timed.operation,
        RestoreStatus.COMPLETED,
        verdict=done.verdict,
        what=done.what,
        differences=len(done.differences),
    )
    if done.aside is not None:
        store.restore_operations.open_again(operation_id)
    if done.proves_the_backup:
        backup_id, repository, reporter = agreed.backup_id, agreed.repository, timed.reporter
        note_proof(store.catalog, settings, backup_id, repository, now=now, reporter=reporter)
    if done.differences:
        listed = "; ".join(done.differences[:_DIFFERENCES_TOLD])
        return f"{done.what}, with {differences_told(done.differences)}: {listed}"
    return done.what
