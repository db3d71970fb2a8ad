"""A guided drill: its clock, whose it is, what was restored, the steps and the notes; pure."""

from __future__ import annotations

from dataclasses import dataclass

from core.api.guided_drills import GuidedLook
from core.model.drill import Drill, DrillStatus
from core.model.guided_drill import GuidedDrill, GuidedState, GuidedStep
from tui import figures
from tui.glyphs import FINE, Glyphs
from tui.lines import EMPTY, Line, Role, Span, crop, joined, line, pad, spread, width_of, wrap
from tui.panes.job import progress_lines
from tui.panes.large_digits import clock_text, large_lines
from tui.panes.parts import flow, heading, labelled
from tui.panes.restores_table import outcome_of
from tui.panes.view import View
from tui.text import clean, one_line

_DONE = Span("•", Role.GOOD)
_TO_COME = Span("·", Role.MUTED)
_CURSOR, _NO_CURSOR = Span("▸ ", Role.KEY), Span("  ", Role.TEXT)
_INDENT = 6
_ENDS = {
    DrillStatus.PASSED: Span("• passed", Role.GOOD),
    DrillStatus.MISSED: Span("▲ proven, an objective was missed", Role.WARNING),
    DrillStatus.FAILED: Span("✖ failed", Role.CRITICAL),
}
_CLOSED = Span("× closed without a verdict", Role.MUTED)
_LARGE_FROM = 34
_MIDDLING_FROM = 18


@dataclass(frozen=True, slots=True)
class Shown:
    """A drill as it was looked at last, with its clock as it is now, and the step of the cursor.

    ``trouble`` is why it could not be looked at again since.
    """

    look: GuidedLook
    seconds: float
    cursor: str
    is_mine: bool
    trouble: str = ""


def head_lines(
    view: View, shown: Shown, width: int, height: int, glyphs: Glyphs = FINE
) -> list[Line]:
    """The clock beside what it is about; ``height`` is the terminal's."""
    drill, record = shown.look.drill, shown.look.record
    rows = 5 if height >= _LARGE_FROM else 3 if height >= _MIDDLING_FROM else 1
    clock = large_lines(clock_text(shown.seconds), width // 2, rows, clock_role(shown), glyphs)
    title = heading(f"Guided drill: {one_line(drill.symptom.value)}", width, note=_state(shown))
    told = _facts(view, shown, record)
    room = max((width_of(each) for each in clock), default=0) + 3
    if rows == 1:
        return [title, *flow([clock[0], *told[:2]], width), *_trouble(shown, width)]
    beside = told + [EMPTY] * (len(clock) - len(told))
    clock += [EMPTY] * (len(beside) - len(clock))
    lines = [
        crop(line(pad(digits, room), fact), width)
        for digits, fact in zip(clock, beside, strict=True)
    ]
    return [title, *lines, *_progress(view, shown, width), *_trouble(shown, width)]


def clock_role(shown: Shown) -> Role:
    """Red once the objective is missed, still when it is over."""
    most = shown.look.record.objectives.rto_seconds
    if most and shown.seconds > most:
        return Role.CRITICAL
    return Role.MUTED if shown.look.drill.is_over else Role.STRONG


def _state(shown: Shown) -> Span:
    drill, record = shown.look.drill, shown.look.record
    if drill.is_over:
        return _ENDS.get(record.status, _CLOSED)
    if drill.state is GuidedState.PAUSED:
        return Span(f"▲ paused by {one_line(drill.pauses[-1].who)}: z goes on", Role.WARNING)
    if shown.look.is_abandoned:
        return Span("▲ nobody has touched it for long", Role.WARNING)
    return Span(f"{len(drill.steps) - len(drill.open_steps)} of {len(drill.steps)}", Role.NUMBER)


def _facts(view: View, shown: Shown, record: Drill) -> list[Line]:
    """Against which objective, in whose hands, what was restored; as many as the clock is high."""
    drill, most = shown.look.drill, record.objectives.rto_seconds
    paused = drill.paused_seconds
    if drill.state is GuidedState.PAUSED:
        paused += shown.seconds - drill.seconds
    told = [
        line(Span("at most ", Role.LABEL), Span(figures.duration(most), Role.NUMBER))
        if most
        else line(Span("no objective is set", Role.MUTED)),
        line(Span("paused ", Role.LABEL), Span(figures.duration(paused), Role.NUMBER))
        if drill.pauses
        else EMPTY,
    ]
    return [
        joined(told),
        _hands(view, shown),
        _restore(shown),
    ]


def _hands(view: View, shown: Shown) -> Line:
    drill = shown.look.drill
    began = figures.moment(drill.started_at, relative_to=view.now)
    if drill.is_over:
        return line(Span("ended by ", Role.LABEL), Span(one_line(drill.ended_by), Role.TEXT))
    whose = (
        line(Span("in your hands", Role.STRONG))
        if shown.is_mine
        else line(
            Span("in the hands of ", Role.LABEL),
            Span(one_line(drill.holder), Role.NOTICE),
            Span(": h takes it over", Role.LABEL),
        )
    )
    return joined([
        whose,
        line(Span("begun ", Role.LABEL), Span(began, Role.NUMBER)),
    ])  # fmt: skip


def _restore(shown: Shown) -> Line:
    look = shown.look
    if look.restore is not None:
        told = f"{look.restore.what} to {look.restore.target_database} on"
        words = one_line(f"{told} {look.restore.target_server}")
        return joined([line(outcome_of(look.restore)), line(Span(words, Role.TEXT))])
    if look.found is not None:
        told = one_line(f"a restore was begun meanwhile ({look.found.what}): l takes it in")
        return line(Span(told, Role.NOTICE))
    if look.drill.is_over:
        return line(Span("nothing was restored", Role.MUTED))
    return line(Span("nothing is restored yet: Enter", Role.MUTED))


def _progress(view: View, shown: Shown, width: int) -> list[Line]:
    job = shown.look.job
    return progress_lines(view, job, width) if job is not None and not job.state.is_over else []


def _trouble(shown: Shown, width: int) -> list[Line]:
    return wrap(f"✖ {clean(shown.trouble)}", width, Role.CRITICAL) if shown.trouble else []


def body_lines(
    view: View, shown: Shown, width: int
) -> tuple[list[Line], dict[str, tuple[int, int]]]:
    """The steps, that of the cursor in full, and the notes; and from where to where each step is.

    A step's lines are from the first number up to, and without, the second.
    """
    drill = shown.look.drill
    lines: list[Line] = []
    places: dict[str, tuple[int, int]] = {}
    for number, step in enumerate(drill.steps, start=1):
        begin = len(lines)
        lines.append(_step(view, drill, number, step, width, at_cursor=step.name == shown.cursor))
        if step.name == shown.cursor:
            lines += _in_full(step, width)
        places[step.name] = (begin, len(lines))
    return [*lines, *_outcome(shown, width), *_notes(drill, width)], places


def record_lines(view: View, drill: GuidedDrill, width: int) -> list[Line]:
    """The steps and notes of one that is over."""
    steps = [
        _step(view, drill, number, step, width, at_cursor=False)
        for number, step in enumerate(drill.steps, start=1)
    ]
    runbook = f"Steps of the runbook: {one_line(drill.symptom.value)}"
    return [EMPTY, heading(runbook, width), *steps, *_notes(drill, width)]


def _step(
    view: View, drill: GuidedDrill, number: int, step: GuidedStep, width: int, *, at_cursor: bool
) -> Line:
    tick = drill.tick_of(step.name)
    role = Role.STRONG if at_cursor else Role.MUTED if tick is not None else Role.TEXT
    left = line(
        _CURSOR if at_cursor else _NO_CURSOR,
        _TO_COME if tick is None else _DONE,
        Span(f" {number} ", Role.NUMBER),
        Span(one_line(step.title), role),
    )
    if tick is None:
        return crop(left, width)
    at = figures.moment(tick.at, relative_to=view.now)
    after = line(Span(clock_text(tick.seconds), Role.NUMBER))
    who = joined([line(Span(one_line(tick.who), Role.LABEL)), line(Span(at, Role.MUTED)), after])
    short = joined([line(Span(one_line(tick.who.partition("@")[0]), Role.LABEL)), after])
    room = width - width_of(left) - 2
    told = next((each for each in (who, short, after) if width_of(each) <= room), EMPTY)
    return spread(left, told, width) if told else crop(left, width)


def _in_full(step: GuidedStep, width: int) -> list[Line]:
    room = max(1, width - _INDENT)
    rows = wrap(clean(step.told), room, Role.TEXT)
    for label, commands, role in (
        ("type  ", step.commands, Role.ACCENT),
        ("on the day  ", step.on_the_day, Role.MUTED),
    ):
        for place, command in enumerate(commands):
            rows += labelled(label if place == 0 else " " * len(label), clean(command), room, role)
    if step.restores:
        rows += wrap("or Enter: the wizard asks, and restores in this drill", room, Role.LABEL)
    return [line(Span(" " * _INDENT), each) for each in rows]


def _outcome(shown: Shown, width: int) -> list[Line]:
    """What came of it, once it is over; and how the report is had."""
    drill, record = shown.look.drill, shown.look.record
    if not drill.is_over:
        return []
    lines = [EMPTY, heading("What came of it", width)]
    for name, measured, most in (
        ("RTO ", record.rto_seconds, record.objectives.rto_seconds),
        ("RPO ", record.rpo_seconds, record.objectives.rpo_seconds),
    ):
        if measured is not None:
            limit = f", at most {figures.duration(most)}" if most else ", no objective"
            missed = bool(most) and measured > most
            told = f"{figures.duration(measured)}{limit}"
            lines += labelled(name, told, width, Role.WARNING if missed else Role.NUMBER)
    lines += labelled("why     ", clean(record.problem), width, Role.CRITICAL)
    for each in record.differences:
        lines += labelled("differs ", clean(each), width, Role.WARNING)
    report = f"pgvigil drill report {drill.drill_id} --out drill.html"
    return [*lines, *labelled("report  ", report, width, Role.STRONG)]


def _notes(drill: GuidedDrill, width: int) -> list[Line]:
    """What was written down and handed over, the newest first."""
    told = [(each.seconds, each.who, each.text) for each in drill.notes]
    told += [
        (each.seconds, each.who, f"handed over from {each.before} to {each.after}")
        for each in drill.handovers
    ]
    for each in drill.pauses:
        until = "" if each.until is None else f" until {clock_text(each.until)}"
        told.append((each.seconds, each.who, f"paused{until}"))
    if not told:
        return []
    lines = [EMPTY, heading("Notes", width)]
    for seconds, who, text in sorted(told, key=lambda each: each[0], reverse=True):
        lines += labelled(f"{clock_text(seconds)}  ", clean(f"{who}: {text}"), width)
    return lines


def tiny_drill_lines(shown: Shown, width: int, height: int) -> list[Line]:
    """The clock and the step at hand, for a terminal that has room for nothing else."""
    drill = shown.look.drill
    step = drill.current
    clock = line(Span(clock_text(shown.seconds), clock_role(shown)))
    done = len(drill.steps) - len(drill.open_steps)
    lines = [joined([clock, line(Span(f"{done}/{len(drill.steps)}", Role.NUMBER))])]
    if drill.is_over or step is None:
        lines.append(line(_state(shown)))
    else:
        lines += wrap(one_line(step.title), width, Role.STRONG)
    return [crop(each, width) for each in lines][: max(1, height)]
