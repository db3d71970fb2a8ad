"""One restore in full, as the store has it: its job's log, and the plan that it is done by."""

from __future__ import annotations

from dataclasses import dataclass

from core.api.backup_detail import read_log
from core.errors import RestoreError
from core.model.job import JobLog
from core.model.restore import RestorePlan
from core.model.restore_operation import RestoreOperation
from core.store.store import Store

_LOOKED_THROUGH = 200


@dataclass(frozen=True, slots=True)
class RestoreDetail:
    """A restore, what its job said, and the plan that it is done by, where that is known.

    Of one that waits for a second person ``is_agreed`` says whether there was one.
    """

    operation: RestoreOperation
    log: JobLog | None
    plan: RestorePlan | None
    is_agreed: bool = False


def read_restore(store: Store, operation_id: str) -> RestoreDetail | None:
    """One restore with its job and its plan; ``None`` where none has that id.

    Raises:
        StoreError: the store can't be read.
    """
    operation = store.restore_operations.get(operation_id)
    if operation is None:
        return _waiting(store, operation_id)
    log = read_log(store, operation_id)
    return RestoreDetail(operation, log, None if log is None else _plan_of(log))


def _waiting(store: Store, plan_id: str) -> RestoreDetail | None:
    """A plan that waits for a second person."""
    waits = store.restore_approvals.get(plan_id)
    listed = store.restore_operations.newest(_LOOKED_THROUGH)
    found = next((each for each in listed if each.operation_id == plan_id), None)
    if waits is None or found is None:
        return None
    return RestoreDetail(found, None, _read(waits.plan), waits.is_given)


def _plan_of(log: JobLog) -> RestorePlan | None:
    from core.restore.job import PLAN

    return _read(log.job.order.arguments.get(PLAN, ""))


def _read(plan: str) -> RestorePlan | None:
    from core.restore.plan_file import read_plan

    try:
        return read_plan(plan.encode())
    except RestoreError:
        return None
