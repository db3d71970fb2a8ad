"""A restore as its plan expects it, in the shape of a run that was: for the time that is left."""

from __future__ import annotations

from collections.abc import Iterator

from core.backup.fingerprint import FINGERPRINT
from core.errors import RestoreError
from core.model.job import JobOrder
from core.model.restore_operation import PhaseTime
from core.restore.estimate import expected_phases
from core.restore.job import PLAN
from core.restore.plan_file import read_plan
from core.restore.validate import VALIDATE
from core.store.job_rows import PhaseRecord


def expected_run(order: JobOrder) -> tuple[tuple[PhaseRecord, ...], ...]:
    """The phases of the order's plan; nothing where it does not know how long each takes."""
    try:
        phases = expected_phases(read_plan(order.arguments.get(PLAN, "").encode()))
    except RestoreError:
        return ()
    if not phases or any(each.expected is None for each in phases):
        return ()
    return (tuple(_records(phases)),)


def _records(phases: tuple[PhaseTime, ...]) -> Iterator[PhaseRecord]:
    for each in phases:
        yield PhaseRecord(each.name, each.expected or 0.0, 0)
        if each.name == VALIDATE:
            yield PhaseRecord(FINGERPRINT, 0.0, 0)  # a part of it, which tells its own rate
