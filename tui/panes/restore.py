"""One restore: how far it is, what came of it, in what it differs, how it is undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.api.restore_detail import RestoreDetail
from core.model.job import Job
from core.model.restore import Step
from core.model.restore_operation import RestoreOperation, RestoreStatus
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, line
from tui.panes.job import note_lines, progress_lines
from tui.panes.parts import facts_beside, heading, labelled, number
from tui.panes.restore_plan import MEANS, place_of, plan_pane_lines
from tui.panes.restores_table import outcome_of
from tui.panes.view import View
from tui.text import clean, one_line

_DONE = Span("•", Role.GOOD)
_NOW = Span("▸", Role.ACCENT)
_TO_COME = Span("·", Role.MUTED)
_FAILED = Span("✖", Role.CRITICAL)


def restore_lines(view: View, detail: RestoreDetail, width: int) -> list[Line]:
    """Facts, phases, verdict with differences, the way back, and the log."""
    operation, log = detail.operation, detail.log
    if operation.status is RestoreStatus.WAITING and detail.plan is not None:
        return [*_waiting(detail, width), EMPTY, *plan_pane_lines(view, detail.plan, width)]
    job = log.job if log is not None else None
    lines = [
        *labelled("what  ", clean(operation.what), width, Role.STRONG),
        *facts_beside(_facts(view, operation), width),
    ]
    if job is not None and not job.state.is_over:
        lines += [EMPTY, *progress_lines(view, job, width)]
    if detail.plan is not None:
        lines += [EMPTY, heading("Steps", width), *_steps(detail.plan.steps, operation, job, width)]
    lines += _outcome(operation, job, width)
    if log is not None:
        lines += [EMPTY, heading("Log", width), *note_lines(view, log, width)]
    return lines


def _waiting(detail: RestoreDetail, width: int) -> list[Line]:
    """What a plan waits for, and which key goes on."""
    told = (
        "a second person agreed: Enter begins it"
        if detail.is_agreed
        else "it begins once a second person has agreed: A, by another account"
    )
    return [
        line(outcome_of(detail.operation)),
        *labelled("asked by  ", clean(detail.operation.who), width),
        *labelled("do        ", told, width, Role.STRONG),
    ]


def _facts(view: View, each: RestoreOperation) -> list[tuple[str, Line]]:
    ended = each.completed_at or view.reference
    seconds = max(0.0, (ended - each.created_at).total_seconds())
    to = place_of(each)
    return [
        ("state", line(outcome_of(each))),
        ("of", line(Span(one_line(f"{each.database} of {each.server_id}"), Role.TEXT))),
        ("to", line(Span(one_line(to), Role.STRONG))),
        ("how", line(Span(MEANS[each.target], Role.TEXT))),
        ("backup", line(Span(one_line(each.backup_id), Role.TEXT))),
        ("from", line(Span(one_line(each.repository), Role.TEXT))),
        ("asked by", line(Span(one_line(each.who), Role.TEXT))),
        ("began", number(figures.moment(each.created_at, relative_to=view.now))),
        ("took" if each.completed_at else "runs for", number(figures.duration(seconds))),
        *_expected(each),
        ("restore", line(Span(one_line(each.operation_id), Role.MUTED))),
    ]


def _expected(each: RestoreOperation) -> Iterator[tuple[str, Line]]:
    """What its plan had expected, where earlier restores told."""
    if each.expected_seconds is not None:
        yield "expected", number(figures.duration(each.expected_seconds))


def _steps(
    steps: tuple[Step, ...], operation: RestoreOperation, job: Job | None, width: int
) -> list[Line]:
    """Each step of the plan with a sign: done, at it, to come, or where it failed."""
    at = _place(steps, job)
    took = {each.name: each.took for each in operation.phases if each.took}
    rows: list[Line] = []
    for place, step in enumerate(steps):
        sign = _sign(place, at, operation)
        seconds = _seconds(step, took)
        told = labelled("  ", clean(step.what) + seconds, max(1, width - 1))
        rows += [line(sign, told[0]), *(line(" ", rest) for rest in told[1:])] if told else []
    return rows


def _seconds(step: Step, took: Mapping[str, float]) -> str:
    """What a step took with the others of its phase, or should take."""
    if step.phase in took and step.seconds != 0.0:
        expected = f", {figures.duration(step.seconds)} expected" if step.seconds else ""
        return f"  took {figures.duration(took[step.phase])}{expected}"
    return f"  about {figures.duration(step.seconds)}" if step.seconds else ""


def _place(steps: tuple[Step, ...], job: Job | None) -> int:
    """The step that the job is at, or ended at; before the first: -1."""
    phase = job.progress.phase if job is not None else ""
    places = [place for place, step in enumerate(steps) if step.phase == phase]
    return places[-1] if places else -1


def _sign(place: int, at: int, operation: RestoreOperation) -> Span:
    if operation.status in {RestoreStatus.COMPLETED, RestoreStatus.UNDONE} or place < at:
        return _DONE
    if place > at:
        return _TO_COME
    return _FAILED if operation.status.is_over else _NOW


def _outcome(operation: RestoreOperation, job: Job | None, width: int) -> list[Line]:
    if not operation.status.is_over:
        return []
    lines = [EMPTY, heading("What came of it", width)]
    if job is not None and job.result:
        lines += labelled("result  ", clean(job.result), width, Role.STRONG)
    elif operation.problem:
        lines += labelled("why     ", clean(operation.problem), width, Role.CRITICAL)
    lines += labelled("do      ", clean(operation.remedy), width, Role.STRONG)
    for each in operation.differences:
        lines += labelled("differs ", clean(each), width, Role.WARNING)
    for each in operation.unchecked:
        lines += labelled("skipped ", clean(each), width, Role.NOTICE)
    if operation.undo and operation.status is not RestoreStatus.UNDONE:
        lines += labelled("undo    ", clean(f"u: {operation.undo}"), width)
    return lines
