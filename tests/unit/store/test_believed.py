"""A clock that leaps is not believed at once."""

from __future__ import annotations

from core.store.believed import Belief, believe
from core.store.moments import DAY, HOUR, MINUTE

NOON = 20_000 * DAY


def after(looks: list[int], before: Belief | None = None) -> Belief:
    """What is believed after looks at these moments, one after the other."""
    for now in looks:
        before = believe(before, now)
    assert before is not None
    return before


def test_a_clock_that_goes_as_it_should_is_believed() -> None:
    looks = list(range(NOON, NOON + 3 * DAY, 5 * MINUTE))
    assert after(looks) == Belief(looks[-1])


def test_a_leap_is_not_believed_and_forgotten_when_the_clock_is_set_right() -> None:
    wrong = [NOON + 900 * DAY + minute * MINUTE for minute in range(0, 600, 5)]
    assert after(wrong, Belief(NOON)) == Belief(NOON, wrong[0])
    assert after([NOON + 10 * HOUR], after(wrong, Belief(NOON))).until == NOON
    assert after([NOON + 30 * MINUTE], after(wrong, Belief(NOON))) == Belief(NOON + 30 * MINUTE)


def test_a_leap_that_lasted_for_a_day_is_believed() -> None:
    leapt = NOON + 900 * DAY
    assert after([leapt, leapt + DAY - 1], Belief(NOON)).until == NOON
    assert after([leapt, leapt + DAY], Belief(NOON)) == Belief(leapt + DAY)


def test_who_looks_once_a_week_is_a_week_behind_at_most() -> None:
    weeks = [NOON + 7 * DAY * week for week in range(6)]
    behind = [weeks[count] - after(weeks[: count + 1]).until for count in range(6)]
    assert behind == [0, 7 * DAY, 0, 7 * DAY, 0, 7 * DAY]


def test_a_second_leap_is_doubted_anew() -> None:
    first = after([NOON + 900 * DAY], Belief(NOON))
    right = after([NOON + HOUR], first)
    assert after([NOON + 900 * DAY + 2 * DAY], right) == Belief(right.until, NOON + 902 * DAY)


def test_a_clock_that_goes_back_in_doubt_is_doubted_from_there() -> None:
    doubted = after([NOON + 900 * DAY], Belief(NOON))
    assert after([NOON + 9 * DAY], doubted) == Belief(NOON, NOON + 9 * DAY)


def test_a_clock_that_goes_back_is_believed() -> None:
    assert after([NOON - 900 * DAY], Belief(NOON)) == Belief(NOON - 900 * DAY)
