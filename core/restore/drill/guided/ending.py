"""A guided drill's end: from what people did and what was restored, the record of the history."""

from __future__ import annotations

from dataclasses import replace

from core.config.settings import Settings
from core.errors import RestoreError
from core.model.drill import Drill, DrillKind, DrillPhase, DrillStatus
from core.model.guided_drill import Ending, GuidedDrill
from core.model.restore import RestorePlan, TargetKind
from core.model.restore_draft import Symptom
from core.model.restore_operation import RestoreOperation, RestoreStatus, Verdict
from core.restore.drill.objectives import objectives_of
from core.restore.drill.pick import recovery_point_seconds
from core.restore.drill.seal import sealed
from core.restore.job import PLAN
from core.restore.plan_file import read_plan
from core.store.store import Store

_EVERYTHING = "everything"
"""What of a backup was wanted, in a restore's words, where nothing was left out."""


def begun_record(drill: GuidedDrill, settings: Settings) -> Drill:
    """The record of a drill that has just begun."""
    return Drill(
        drill_id=drill.drill_id,
        kind=DrillKind.GUIDED,
        server_id=drill.server_id,
        who=drill.who,
        host=drill.host,
        status=DrillStatus.RUNNING,
        started_at=drill.started_at,
        objectives=objectives_of(settings.drill),
    )


def require_ready(drill: GuidedDrill, operation: RestoreOperation | None) -> None:
    """Nothing, where a verdict can be given.

    Raises:
        RestoreError: nothing was restored in it yet, or too little of the backup, or not all steps
            are done.
    """
    if operation is None:
        raise RestoreError(
            "There is nothing yet that a verdict could be given on",
            why="nothing was restored in this drill",
            remedy="restore first (Enter), or close the drill without a verdict (D)",
        )
    if not operation.status.is_over:
        raise RestoreError("The restore is under way", remedy="wait until it is over")
    if proves(operation) and (lacks := _lacks(drill, operation)):
        raise RestoreError(
            f"That proves too little for '{drill.symptom.value}'",
            why=f"restored was {operation.what}, and {lacks}",
            remedy="restore that (Enter), or close the drill without a verdict (D)",
        )
    if drill.open_steps and proves(operation):
        named = ", ".join(f"'{each.title}'" for each in drill.open_steps)
        raise RestoreError(
            "Not all steps are done",
            why=f"not ticked: {named}",
            remedy="do and tick them; of one that does not apply note why (n), and tick it",
        )


def _lacks(drill: GuidedDrill, operation: RestoreOperation) -> str:
    """What has to come back besides, after what is said to have happened; empty: nothing."""
    if drill.symptom is Symptom.SERVER_LOST and operation.what != _EVERYTHING:
        return "all of the database is lost with its server"
    return "its rows are wanted, too" if "without rows" in operation.what else ""


def proves(operation: RestoreOperation) -> bool:
    """Whether what was restored was compared, and found equal; undone since or not."""
    done = {RestoreStatus.COMPLETED, RestoreStatus.UNDONE}
    return operation.status in done and operation.verdict is Verdict.PROVEN


def settle(drill: GuidedDrill, store: Store, settings: Settings) -> Drill:
    """Write what came of a drill that is over into the history, sealed; gives that record.

    Raises:
        StoreError: the store failed.
    """
    record = store.drills.get(drill.drill_id) or begun_record(drill, settings)
    operation = store.restore_operations.get(drill.restores[-1]) if drill.restores else None
    record = replace(record, finished_at=drill.noted_at, guided=drill)
    if operation is not None:
        record = _restored(record, operation, store)
    record = _concluded(record, drill, operation)
    record = sealed(record, store)
    store.drills.save(record)
    return record


def _concluded(record: Drill, drill: GuidedDrill, operation: RestoreOperation | None) -> Drill:
    if drill.ending is Ending.CLOSED or operation is None:
        return replace(record, status=DrillStatus.CANCELLED, problem=drill.why)
    timed = replace(record, rto_seconds=drill.seconds)
    if proves(operation):
        return replace(timed, status=DrillStatus.MISSED if timed.missed else DrillStatus.PASSED)
    if operation.differences:
        return replace(timed, status=DrillStatus.FAILED, differences=operation.differences)
    problem = operation.problem or f"the restore was {operation.status.value}"
    return replace(record, status=DrillStatus.FAILED, problem=problem, remedy=operation.remedy)


def _restored(record: Drill, operation: RestoreOperation, store: Store) -> Drill:
    """It with what was restored, from where and how, as far as the store knows."""
    entries = store.catalog.entries(record.server_id)
    on = f"database {operation.target_database} on {operation.target_server}"
    record = replace(
        record,
        database=operation.database,
        backup_id=operation.backup_id,
        repository=operation.repository,
        what=operation.what,
        server="a scratch server" if operation.target is TargetKind.SCRATCH else on,
        unchecked=operation.unchecked,
        rpo_seconds=recovery_point_seconds(entries, operation.database, record.started_at),
    )
    job = store.jobs.get(operation.operation_id)
    if job is None:
        return record
    done = next(iter(store.jobs.earlier(job.order, 1)), ())
    phases = tuple(DrillPhase(each.name, each.seconds, each.done_bytes) for each in done)
    record = replace(record, phases=phases)
    try:
        plan = read_plan(job.order.arguments.get(PLAN, "").encode())
    except RestoreError:
        return record
    return _planned(record, plan, store)


def _planned(record: Drill, plan: RestorePlan, store: Store) -> Drill:
    chosen = {each.table for each in plan.wish.tables}
    manifest = store.catalog.manifest(plan.backup_id)
    had = [
        each
        for each in (manifest.fingerprint.tables if manifest is not None else ())
        if plan.wish.is_of_everything
        or (each.schema in plan.wish.schemas)
        or any((each.schema, each.name) == (one.schema, one.name) for one in chosen)
    ]
    return replace(
        record,
        snapshot_at=plan.snapshot_at,
        why=plan.why,
        passed_over=tuple(f"{each.backup_id}: {each.why}" for each in plan.passed_over),
        checks=plan.checks,
        sealed_bytes=plan.fetch_bytes,
        plain_bytes=plan.staged_bytes,
        tables=len(had),
        rows=sum(each.rows or 0 for each in had),
    )
