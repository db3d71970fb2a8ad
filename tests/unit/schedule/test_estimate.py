"""How fast a job is, and how long it still takes."""

from __future__ import annotations

import pytest

from core.schedule.estimate import History, Meter
from core.store.job_rows import PhaseRecord

EARLIER = [
    [PhaseRecord("plan", 2, 0), PhaseRecord("dump", 100, 1000), PhaseRecord("verify", 30, 1000)],
    [PhaseRecord("plan", 4, 0), PhaseRecord("dump", 200, 1000), PhaseRecord("verify", 50, 1000)],
]


def meter(history: History = ()) -> Meter:
    return Meter(history, rate_seconds=10)


def test_the_rate_is_that_of_the_last_seconds() -> None:
    slow_then_fast = meter()
    slow_then_fast.phase("dump", 10_000, 0)
    for second in range(1, 101):
        slow_then_fast.advance(1 if second <= 80 else 100, second)
    assert slow_then_fast.progress(100).bytes_per_second == pytest.approx(100)


def test_a_job_that_stands_still_has_no_rate_after_a_while_and_no_end() -> None:
    stalled = meter()
    stalled.phase("dump", 1000, 0)
    stalled.advance(500, 1)
    assert stalled.progress(60).bytes_per_second == 0
    assert stalled.progress(60).seconds_left is None


def test_without_history_the_rest_of_the_phase_is_what_is_known() -> None:
    first = meter()
    first.phase("dump", 1000, 0)
    first.advance(250, 5)
    assert first.progress(5).seconds_left == pytest.approx(15)


def test_the_first_bytes_say_nothing_of_the_rest() -> None:
    first = meter()
    first.phase("dump", 1000, 0)
    first.advance(1, 1)
    assert first.progress(1).seconds_left is None
    assert first.progress(5).seconds_left is not None


def test_nothing_is_said_where_nothing_is_known() -> None:
    fresh = meter()
    assert fresh.progress(0).seconds_left is None
    fresh.phase("plan", None, 0)
    assert fresh.progress(3).seconds_left is None
    assert fresh.progress(3).bytes_per_second is None


def test_with_history_the_later_phases_count_too() -> None:
    second = meter(EARLIER)
    second.phase("dump", 1000, 0)
    second.advance(250, 5)
    assert second.progress(5).seconds_left == pytest.approx(15 + 40)


def test_a_phase_without_a_total_takes_as_long_as_it_did() -> None:
    second = meter(EARLIER)
    second.phase("plan", None, 0)
    assert second.progress(1).seconds_left == pytest.approx(2 + 150 + 40)
    assert second.progress(60).seconds_left == pytest.approx(150 + 40)


def test_what_is_over_is_kept_for_the_next_run() -> None:
    done = meter()
    done.phase("plan", None, 0)
    done.phase("dump", 1000, 2)
    done.advance(1000, 12)
    done.finish(12.5)
    assert done.over == (PhaseRecord("plan", 2, 0), PhaseRecord("dump", 10.5, 1000))
    assert done.progress(13).phase == ""
