"""Schedules: what runs by itself, when next, and what came of the last time."""

from __future__ import annotations

from collections.abc import Iterable

from core.model.protection import BackupOverview
from core.model.schedule import PlannedRun, RunState, ScheduleStatus
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, joined, line, spread, width_of, wrap
from tui.panes.parts import facts, heading, labelled
from tui.panes.view import Mode, View
from tui.text import clean, one_line
from tui.widgets.columns import Align, Column
from tui.widgets.rows import Cell, Row

RUN_STATES = {
    RunState.PLANNED: Span("planned", Role.MUTED),
    RunState.STARTED: Span("▸ started", Role.ACCENT),
    RunState.DONE: Span("• done", Role.TEXT),
    RunState.FAILED: Span("✖ failed", Role.CRITICAL),
    RunState.LATE: Span("▸ late", Role.NOTICE),
    RunState.MISSED: Span("▲ missed", Role.WARNING),
    RunState.SKIPPED: Span("· skipped", Role.NOTICE),
    RunState.OVERLAPPING: Span("▲ overlapping", Role.WARNING),
}
"""What came of a planned moment: a sign and its word."""

SCHEDULE_COLUMNS = (
    Column("name", "schedule", 16, importance=10, least=8),
    Column("next", "next", 22, importance=9, least=8),
    Column("last", "last", 13, importance=8, least=8),
    Column("kind", "does", 11, importance=6, least=6),
    Column("sentence", "when", 20, importance=7, grow=3),
    Column("cron", "cron", 17, importance=4, least=9),
    Column("zone", "time zone", 12, importance=3, least=9),
    Column("why", "note", 12, Align.LEFT, importance=5, grow=2),
)


def schedule_rows(view: View, schedules: tuple[ScheduleStatus, ...]) -> list[Row]:
    """A row a schedule, the one that fires next first; what is paused last."""
    return [_row(view, each) for each in in_order(schedules)]


def in_order(schedules: Iterable[ScheduleStatus]) -> list[ScheduleStatus]:
    """What waits already, then what fires next; what never does comes last."""

    def moment(each: ScheduleStatus) -> tuple[bool, float, str]:
        at = each.due_at or each.next_at
        return at is None, at.timestamp() if at is not None else 0.0, each.name

    return sorted(schedules, key=moment)


def _row(view: View, each: ScheduleStatus) -> Row:
    last = each.last
    state = RUN_STATES[last.state] if last is not None else Span("never ran", Role.MUTED)
    upcoming = next_words(view, each)
    return Row(
        each.name,
        (
            Cell(one_line(each.name), Role.STRONG),
            Cell(upcoming.text, upcoming.role, each.due_at or each.next_at),
            Cell(state.text, state.role),
            Cell(one_line(each.kind), Role.TEXT),
            Cell(one_line(each.sentence), Role.TEXT),
            Cell(one_line(each.cron), Role.MUTED),
            Cell(one_line(each.time_zone), Role.MUTED),
            Cell(one_line(last.why) if last is not None else "", Role.NOTICE),
        ),
    )


def next_words(view: View, each: ScheduleStatus) -> Span:
    """When a schedule fires, or why it does not; since when a run is to begin that has not."""
    if view.mode is Mode.REWOUND:
        return Span("", Role.MUTED)
    if each.is_paused:
        return Span("paused", Role.NOTICE)
    if (since := each.waiting_since(view.reference)) is not None:
        at = figures.moment(since, relative_to=view.now)
        if each.is_late:
            return Span(f"▲ late since {at}", Role.WARNING)
        return Span(f"waiting since {at}", Role.NOTICE)
    if each.next_at is None:
        return Span("▲ never", Role.WARNING)
    return Span(figures.moment(each.next_at, relative_to=view.now), Role.NUMBER)


def schedules_lines(view: View, overview: BackupOverview, width: int) -> list[Line]:
    """Each schedule and its rule in words, for beside the history."""
    head = heading("Schedules", width)
    if not overview.schedules:
        return [head, line(Span("none is known yet", Role.MUTED))]
    rows = in_order(overview.schedules)
    return [head, *(row for each in rows for row in _brief(view, each, width))]


def _brief(view: View, each: ScheduleStatus, width: int) -> list[Line]:
    """One on one line where nothing is cut by that, else its rule below it."""
    name, coming = line(Span(one_line(each.name), Role.TEXT)), line(next_words(view, each))
    words = one_line(each.sentence)
    told = line(name, Span(f"  {words}", Role.LABEL))
    if width_of(told) + 2 + width_of(coming) <= width:
        return [spread(told, coming, width)]
    below = wrap(words, max(1, width - 2), Role.LABEL)
    return [spread(name, coming, width), *(line("  ", row) for row in below)]


def schedule_lines(
    view: View, overview: BackupOverview, schedule: ScheduleStatus, width: int
) -> list[Line]:
    """One schedule in full, and its last moments."""
    runs = [run for run in overview.runs if run.schedule == schedule.name]
    return [
        *facts(
            [
                ("does", line(Span(one_line(schedule.kind), Role.TEXT))),
                ("cron", line(Span(one_line(schedule.cron), Role.TEXT),
                              Span(f"  {one_line(schedule.time_zone)}", Role.LABEL))),
                ("next", line(next_words(view, schedule))),
            ],
            width,
        ),
        *wrap(clean(schedule.sentence), width, Role.TEXT),
        EMPTY,
        *(row for run in runs for row in run_lines(view, run, width)),
    ]  # fmt: skip


def run_lines(view: View, run: PlannedRun, width: int) -> list[Line]:
    """A planned moment: when, what came of it, and why it was not as planned."""
    at = figures.moment(run.planned_at, relative_to=view.now)
    told = joined([line(Span(at, Role.NUMBER)), line(RUN_STATES[run.state])])
    return [crop(told, width), *labelled("  ", clean(run.why), width, Role.LABEL)]
