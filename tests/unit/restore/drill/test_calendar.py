"""The calendar of drills: what was due when, what was done, and what is late."""

from __future__ import annotations

from datetime import date

import pytest

from core.model.drill import DrillStatus
from core.model.drill_calendar import Cadence, DrillDay, Duty, PeriodState
from core.restore.drill.calendar import calendar_of, first_day

SATURDAY = date(2026, 11, 21)
LONG_AGO = date(2020, 1, 1)
STATES = PeriodState


def day(at: date, status: DrillStatus = DrillStatus.PASSED, kind: str = "restore") -> DrillDay:
    return DrillDay(at, kind, status.value)


def weekly(*days: DrillDay, since: date | None = LONG_AGO, today: date = SATURDAY) -> Duty:
    (duty,) = calendar_of(days, {"restore": Cadence.WEEK}, since, today)
    return duty


@pytest.mark.parametrize(
    ("every", "count", "first", "last"),
    [
        (Cadence.WEEK, 13, (2026, 8, 24), ((2026, 11, 16), (2026, 11, 23))),
        (Cadence.MONTH, 12, (2025, 12, 1), ((2026, 11, 1), (2026, 12, 1))),
        (Cadence.QUARTER, 8, (2025, 1, 1), ((2026, 10, 1), (2027, 1, 1))),
        (Cadence.YEAR, 4, (2023, 1, 1), ((2026, 1, 1), (2027, 1, 1))),
    ],
)
def test_periods_follow_each_other_up_to_the_present_one(
    every: Cadence, count: int, first: tuple[int, int, int], last: tuple[tuple[int, int, int], ...]
) -> None:
    (duty,) = calendar_of((), {"restore": every}, None, SATURDAY)
    assert len(duty.periods) == count
    assert duty.periods[0].start == date(*first) == first_day([every], SATURDAY)
    assert (duty.now.start, duty.now.end) == tuple(date(*each) for each in last)
    ends = [each.end for each in duty.periods]
    assert ends[:-1] == [each.start for each in duty.periods[1:]]


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ((), STATES.OPEN),
        ((DrillStatus.CANCELLED,), STATES.OPEN),
        ((DrillStatus.INTERRUPTED,), STATES.FAILED),
        ((DrillStatus.FAILED, DrillStatus.MISSED), STATES.MISSED),
        ((DrillStatus.FAILED, DrillStatus.MISSED, DrillStatus.PASSED), STATES.DONE),
    ],
)
def test_the_best_that_was_done_counts(
    statuses: tuple[DrillStatus, ...], state: PeriodState
) -> None:
    duty = weekly(*(day(date(2026, 11, 18), status) for status in statuses))
    assert duty.now.state is state


def test_a_drill_counts_in_the_week_that_it_ended_in_and_in_none_beside_it() -> None:
    duty = weekly(day(date(2026, 11, 9)), day(date(2026, 11, 16), kind="sabotage"))
    assert [each.state for each in duty.periods[-3:]] == [STATES.NONE, STATES.DONE, STATES.OPEN]
    assert duty.done_on == date(2026, 11, 9)


def test_late_is_what_was_not_done_in_a_whole_week_and_not_since() -> None:
    assert weekly(day(date(2026, 11, 9))).overdue_since is None
    assert weekly(day(date(2026, 11, 8))).overdue_since == date(2026, 11, 16)
    assert weekly(day(date(2026, 11, 1))).overdue_since == date(2026, 11, 9)
    made_up = weekly(day(date(2026, 11, 1)), day(date(2026, 11, 17)))
    assert made_up.overdue_since is None


def test_a_failed_drill_does_not_keep_it_from_being_late() -> None:
    failed = day(date(2026, 11, 17), DrillStatus.FAILED)
    assert weekly(day(date(2026, 11, 8)), failed).overdue_since == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("since", "late"),
    [(None, None), (date(2026, 11, 10), None), (date(2026, 11, 9), date(2026, 11, 16))],
)
def test_nothing_is_late_before_it_could_have_been_done(
    since: date | None, late: date | None
) -> None:
    assert weekly(since=since).overdue_since == late
