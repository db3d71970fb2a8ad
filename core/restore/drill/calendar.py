"""Which drills were due in each week, month and quarter, and which were done: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from core.model.drill import DrillStatus
from core.model.drill_calendar import Cadence, DrillDay, Duty, Period, PeriodState

_PERIODS = {Cadence.WEEK: 13, Cadence.MONTH: 12, Cadence.QUARTER: 8, Cadence.YEAR: 4}
"""How many are told of, with the present one."""
_MONTHS = {Cadence.MONTH: 1, Cadence.QUARTER: 3, Cadence.YEAR: 12}
_BEST_FIRST = (
    ({DrillStatus.PASSED}, PeriodState.DONE),
    ({DrillStatus.MISSED}, PeriodState.MISSED),
    ({DrillStatus.FAILED, DrillStatus.INTERRUPTED}, PeriodState.FAILED),
)
"""What counts where several were done in one period."""


def calendar_of(
    days: Sequence[DrillDay], due: Mapping[str, Cadence], since: date | None, today: date
) -> tuple[Duty, ...]:
    """Each kind of drill that is due, with its periods.

    ``since`` is from when on something could have been drilled, as far as is known; ``None``: never
    yet. Nothing is held against a period that began before that.
    """
    return tuple(_duty(kind, every, days, since, today) for kind, every in due.items())


def first_day(every: Iterable[Cadence], today: date) -> date:
    """The first day that a calendar of today tells of."""
    return min((_starts(each, today)[0] for each in every), default=today)


def _duty(
    kind: str, every: Cadence, days: Sequence[DrillDay], since: date | None, today: date
) -> Duty:
    starts = _starts(every, today)
    ends = [*starts[1:], _next(every, starts[-1])]
    own = [each for each in days if each.kind == kind]
    periods = tuple(
        Period(start, end, _state(start, end, own, since, today))
        for start, end in zip(starts, ends, strict=True)
    )
    proven = [each.day for each in own if DrillStatus(each.status).is_proof]
    return Duty(kind, every, periods, max(proven, default=None))


def _state(
    start: date, end: date, days: Iterable[DrillDay], since: date | None, today: date
) -> PeriodState:
    found = {DrillStatus(each.status) for each in days if start <= each.day < end}
    for statuses, state in _BEST_FIRST:
        if found & statuses:
            return state
    if start <= today < end:
        return PeriodState.OPEN
    return PeriodState.NONE if since is not None and since <= start else PeriodState.UNKNOWN


def _starts(every: Cadence, today: date) -> list[date]:
    """The first days of the periods that are told of, oldest first."""
    starts = [_start(every, today)]
    while len(starts) < _PERIODS[every]:
        starts.append(_start(every, starts[-1] - timedelta(days=1)))
    return starts[::-1]


def _start(every: Cadence, day: date) -> date:
    """The first day of the period that a day lies in."""
    if every is Cadence.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[every]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _next(every: Cadence, start: date) -> date:
    """The first day behind the period that begins with ``start``."""
    if every is Cadence.WEEK:
        return start + timedelta(days=7)
    month = start.month + _MONTHS[every]
    return date(start.year + (month > 12), (month - 1) % 12 + 1, 1)
