"""Restores told: plans and outcomes as lines for people, documents for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from core.errors import ExitCode
from core.model.restore import CheckState, RestorePlan, TargetKind
from core.model.restore_operation import RestoreOperation, RestoreStatus, Verdict
from tui import figures
from tui.text import one_line

_MARKS = {
    CheckState.OK: "ok  ",
    CheckState.WARNING: "warn",
    CheckState.UNKNOWN: "?   ",
    CheckState.STOP: "STOP",
}
_CODES = {RestoreStatus.COMPLETED: ExitCode.OK, RestoreStatus.CANCELLED: ExitCode.WARNING}


def plan_lines(plan: RestorePlan) -> Iterator[str]:
    """A plan for people: what, from where and why, the checks, the steps, the way back."""
    yield from map(one_line, _lines(plan))


def _lines(plan: RestorePlan) -> Iterator[str]:
    wish = plan.wish
    if plan.undoes:
        yield f"Undo restore {plan.undoes}: {wish.target_database} on {wish.target_server}"
        yield from _how(plan)
        return
    if wish.target is TargetKind.GLOBALS:
        yield f"Make what {wish.target_server} lacks of {wish.server_id}'s roles and tablespaces"
    else:
        yield f"Restore database {wish.database} of {wish.server_id}"
        yield f"  to      {wish.target_database} on {wish.target_server} ({wish.target.value})"
    taken = figures.moment(plan.snapshot_at, relative_to=datetime.now(UTC))
    yield f"  backup  {plan.backup_id}, taken {taken}, from {plan.repository}: {plan.why}"
    yield f"  what    {wish.what}"
    for each in plan.passed_over:
        where = f" in {each.repository}" if each.repository else ""
        yield f"  not     {each.backup_id}{where}: {each.why}"
    yield from _how(plan)


def _how(plan: RestorePlan) -> Iterator[str]:
    yield "Checks"
    for check in plan.checks:
        yield f"  {_MARKS[check.state]}  {check.name}: {check.what}"
        if check.state is not CheckState.OK and check.remedy:
            yield f"        do: {check.remedy}"
    yield "Steps"
    for number, step in enumerate(plan.steps, start=1):
        seconds = "" if step.seconds is None else f"  (about {figures.duration(step.seconds)})"
        yield f"  {number}  {step.what}{seconds}"
        for command in step.commands:
            yield f"       {command}"
    if not plan.undoes:
        yield _cost(plan)
    yield f"Destroyed: {'; '.join(plan.destroyed) or 'nothing'}"
    yield f"Undone by: {plan.undo}"
    if plan.stops:
        yield f"It can't be done before {len(plan.stops)} of the checks are mended."


def _cost(plan: RestorePlan) -> str:
    total = plan.seconds
    return (
        f"Fetched {figures.size(plan.fetch_bytes)}, unpacked here {figures.size(plan.staged_bytes)}"
        + (f", about {figures.duration(total)} in all" if total is not None else "")
    )


def operation_lines(operation: RestoreOperation, now: datetime) -> Iterator[str]:
    """One restore of a list, for people."""
    began = figures.moment(operation.created_at, relative_to=now)
    told = operation.verdict.value if operation.verdict else operation.status.value
    words = [
        operation.operation_id,
        told if operation.status is not RestoreStatus.UNDONE else f"{told}, undone",
        f"{operation.server_id}/{operation.database}",
        f"to {operation.target_server}/{operation.target_database}",
        began,
        f"by {operation.who}",
    ]
    if operation.completed_at is not None:
        words.append(figures.duration(operation.completed_at - operation.created_at))
    yield one_line("  ".join(words))
    if operation.problem:
        yield one_line(f"    why: {operation.problem}")
    if operation.problem and operation.remedy:
        yield one_line(f"    do:  {operation.remedy}")


def outcome_lines(operation: RestoreOperation, result: str) -> Iterator[str]:
    """A restore that is over, for people."""
    yield one_line(f"restore {operation.operation_id} {operation.status.value}: {result}")
    if operation.verdict is not None:
        yield one_line(f"  verdict: {operation.verdict.value}")
    if operation.seconds is not None:
        yield one_line(f"  took: {took(operation)}")
    for each in operation.differences:
        yield one_line(f"  different: {each}")
    for each in operation.unchecked:
        yield one_line(f"  unchecked: {each}")
    if operation.remedy:
        yield one_line(f"  do:  {operation.remedy}")
    if operation.kept is not None:
        yield one_line(f"  open:  psql '{operation.kept.dsn}'")
    if operation.undo:
        yield one_line(f"  undo: pgvigil restore undo {operation.operation_id}: {operation.undo}")


def took(operation: RestoreOperation) -> str:
    """How long it took, or takes by now, beside what its plan had expected."""
    told = "" if operation.seconds is None else figures.duration(operation.seconds)
    if operation.expected_seconds is None:
        return told
    expected = f"{figures.duration(operation.expected_seconds)} expected"
    return f"{told}, {expected}" if told else expected


def exit_code_of(operation: RestoreOperation) -> ExitCode:
    """What the shell is told of a restore."""
    if operation.verdict is Verdict.DIFFERENCES:
        return ExitCode.WARNING
    return _CODES.get(operation.status, ExitCode.CRITICAL)


def operation_document(operation: RestoreOperation) -> dict[str, Any]:
    """One restore for programs."""
    completed = operation.completed_at
    return {
        "restore": operation.operation_id,
        "server": operation.server_id,
        "database": operation.database,
        "backup_id": operation.backup_id,
        "repository": operation.repository,
        "what": operation.what,
        "target": operation.target.value,
        "target_server": operation.target_server,
        "target_database": operation.target_database,
        "who": operation.who,
        "status": operation.status.value,
        "created_at": operation.created_at.isoformat(),
        "completed_at": completed.isoformat() if completed else None,
        "verdict": operation.verdict.value if operation.verdict else None,
        "differences": list(operation.differences),
        "unchecked": list(operation.unchecked),
        "seconds": operation.seconds,
        "expected_seconds": operation.expected_seconds,
        "phases": [
            {"phase": each.name, "seconds": each.took, "expected_seconds": each.expected}
            for each in operation.phases
        ],
        "problem": operation.problem or None,
        "remedy": operation.remedy or None,
        "undo": operation.undo or None,
        "dsn": operation.kept.dsn if operation.kept else None,
    }
