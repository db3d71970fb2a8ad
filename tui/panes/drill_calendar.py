"""The calendar of drills: a line a kind with its weeks, months or quarters, and what is due."""

from __future__ import annotations

from datetime import UTC, date, timedelta

from core.model.drill import DrillStatus
from core.model.drill_calendar import Duty
from core.model.protection import BackupOverview
from core.model.schedule import ScheduleStatus
from tui.actions import Place, actions_at
from tui.lines import Line, Role, Span, crop, joined, line, pad, right, width_of
from tui.panes.drill_words import PERIODS, of_database
from tui.panes.parts import flow
from tui.panes.schedules import next_words
from tui.panes.view import Mode, View
from tui.text import one_line

KIND_WIDTH, EVERY_WIDTH, STRIP_WIDTH = 10, 9, 13
KEYS = {"restore": "d", "sabotage": "S", "guided": "g"}
"""The keys that begin a drill of each kind."""
SCHEDULED = frozenset({"restore", "sabotage"})
"""What can happen by itself."""
_BAD = {
    DrillStatus.FAILED: ("✖", "failed", Role.CRITICAL),
    DrillStatus.INTERRUPTED: ("▲", "was interrupted", Role.WARNING),
}
_SCHEDULES = {"restore": "drill"}
"""What the kind of a schedule is called that does it, where that is another word."""


def calendar_lines(
    view: View, overview: BackupOverview, width: int, most: int | None = None
) -> list[Line]:
    """What is due each week, month and quarter: what was done, what is late, what does it.

    ``most`` is how many lines each may take.
    """
    drills = overview.drills
    if drills is None:
        return []
    return [row for each in drills.calendar for row in _duty(view, overview, each, width)[:most]]


def legend_line(width: int) -> Line:
    """What the signs of the calendar mean."""
    parts = [line(sign, Span(f" {state.value}", Role.MUTED)) for state, sign in PERIODS.items()]
    return crop(joined(parts), width)


def _duty(view: View, overview: BackupOverview, duty: Duty, width: int) -> list[Line]:
    room = width - KIND_WIDTH - EVERY_WIDTH - STRIP_WIDTH - 2
    head = line(
        pad(line(Span(duty.kind, Role.TEXT)), KIND_WIDTH),
        pad(line(Span(duty.every.value, Role.LABEL)), EVERY_WIDTH),
        right(tuple(PERIODS[each.state] for each in duty.periods[-STRIP_WIDTH:]), STRIP_WIDTH),
    )
    lines = flow(_standing(view, overview, duty), max(1, room))
    left = [head, *[line(" " * width_of(head))] * (len(lines) - 1)]
    return [crop(line(a, "  ", b), width) for a, b in zip(left, lines, strict=True)]


def _standing(view: View, overview: BackupOverview, duty: Duty) -> list[Line]:
    """What is to be said of it: done or late or still to do, and what does it next."""
    today = view.reference.astimezone(UTC).date()
    late = duty.overdue_since
    found: list[Line] = []
    if late is not None:
        found.append(line(Span(f"▲ overdue since {_day(late, today)}", Role.WARNING)))
    elif duty.now.state.is_done and duty.done_on is not None:
        found.append(line(Span(f"done {_day(duty.done_on, today)}", Role.TEXT)))
    else:
        last = duty.now.end - timedelta(days=1)
        found.append(line(Span(f"due by {_day(last, today)}", Role.NOTICE)))
    if duty.kind in _running(overview):
        return [*found, line(Span("▸ under way", Role.ACCENT))]
    found += _last_words(overview, duty)
    return [*found, *_next(view, overview, duty)]


def _last_words(overview: BackupOverview, duty: Duty) -> list[Line]:
    """That the last one of a kind failed or was interrupted, also where an earlier one counts.

    Of several databases each has its own last one, which is told with its name.
    """
    last = overview.drills.last if overview.drills is not None else ()
    own = [each for each in last if each.kind.value == duty.kind]
    return [
        line(Span(f"{sign} the last one{of_database(each, own)} {came}", role))
        for status, (sign, came, role) in _BAD.items()
        for each in own
        if each.status is status
    ]


def _running(overview: BackupOverview) -> set[str]:
    """The kinds of drills that are under way."""
    listed = overview.drills.listed if overview.drills is not None else ()
    return {each.kind.value for each in listed if not each.status.is_over}


def _next(view: View, overview: BackupOverview, duty: Duty) -> list[Line]:
    """Which schedule does it next; where none does, which key; nothing of it in the past."""
    if view.mode is Mode.REWOUND:
        return []
    key = KEYS[duty.kind]
    if duty.kind not in SCHEDULED:
        is_wanted = not duty.now.state.is_done and _is_bound(key)
        return [_by_key(key, "begins one")] if is_wanted else []
    schedule = _schedule(overview, duty.kind)
    if schedule is None:
        kind = _SCHEDULES.get(duty.kind, duty.kind)
        return [
            _by_key(key, "does one now"),
            line(Span(f'no schedule: [[schedules]] kind = "{kind}"', Role.NOTICE)),
        ]
    coming = next_words(view, schedule)
    is_well = coming.role is Role.NUMBER
    name = "next" if is_well else f"schedule {one_line(schedule.name)}"
    planned = line(Span(f"{name} ", Role.LABEL), coming)
    return [planned, *([] if duty.overdue_since is None else [_by_key(key, "does one now")])]


def _is_bound(key: str) -> bool:
    return any(key in action.keys for action in actions_at(Place.DRILLS))


def _by_key(key: str, does: str) -> Line:
    return line(Span(key, Role.KEY), Span(f" {does}", Role.LABEL))


def _schedule(overview: BackupOverview, kind: str) -> ScheduleStatus | None:
    """The schedule that does such a drill next."""
    wanted = _SCHEDULES.get(kind, kind)
    found = [each for each in overview.schedules if each.kind == wanted]
    moments = [(each.due_at or each.next_at, each) for each in found]
    firing = [(at, each) for at, each in moments if at is not None]
    if firing:
        return min(firing, key=lambda each: (each[0], each[1].name))[1]
    return found[0] if found else None


def _day(day: date, today: date) -> str:
    """A day as people say it."""
    if day == today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    if day == today + timedelta(days=1):
        return "tomorrow"
    return f"{day:%Y-%m-%d}"
