"""Readings of statements add up to minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.model.statements import StatementDelta, StatementKey, Statements
from core.store.minutes import MinuteSum
from core.store.statements import StatementMinute

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EMPTY = Statements(None, 5.0, 0.0, 0, (), 0, 5000, 0, NOON)


def delta(query_id: int, calls: int, total_ms: float) -> StatementDelta:
    return StatementDelta(
        StatementKey(1, 2, query_id), "app", "shop", "SELECT 1", calls, total_ms,
        total_ms / max(calls, 1), None, 0.0, calls * 2, 0.0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0,
    )  # fmt: skip


def reading(*top: StatementDelta) -> Statements:
    return replace(EMPTY, top=top)


def test_a_minute_comes_out_when_the_first_reading_of_the_next_goes_in() -> None:
    minutes = MinuteSum(most=10)
    assert minutes.add(NOON + timedelta(seconds=5), reading(delta(1, 2, 10.0))) == ()
    assert minutes.add(NOON + timedelta(seconds=59), reading(delta(1, 3, 20.0))) == ()

    complete = minutes.add(NOON + timedelta(seconds=61), reading(delta(1, 100, 1.0)))
    assert complete == (StatementMinute(NOON, StatementKey(1, 2, 1), 5, 30.0, 10),)


def test_an_interval_across_the_turn_of_a_minute_belongs_to_the_one_in_which_it_began() -> None:
    minutes = MinuteSum(most=10)
    since = NOON + timedelta(seconds=58)
    minutes.add(NOON + timedelta(seconds=63), replace(reading(delta(1, 1, 9.0)), since=since))

    complete = minutes.add(
        NOON + timedelta(seconds=68), replace(reading(), since=NOON + timedelta(seconds=63))
    )
    assert complete == (StatementMinute(NOON, StatementKey(1, 2, 1), 1, 9.0, 2),)


def test_only_the_costliest_statements_come_out_costliest_first() -> None:
    minutes = MinuteSum(most=2)
    minutes.add(NOON, reading(delta(1, 1, 5.0), delta(2, 1, 50.0), delta(3, 1, 20.0)))

    assert [minute.key.query_id for minute in minutes.flush()] == [2, 3]


def test_statements_that_were_not_called_are_left_out() -> None:
    minutes = MinuteSum(most=5)
    minutes.add(NOON, reading(delta(1, 0, 0.0)))

    assert minutes.flush() == ()


def test_what_was_flushed_is_not_counted_again() -> None:
    minutes = MinuteSum(most=5)
    minutes.add(NOON, reading(delta(1, 1, 5.0)))
    assert len(minutes.flush()) == 1
    assert minutes.flush() == ()

    minutes.add(NOON + timedelta(seconds=9), reading(delta(1, 4, 5.0)))
    assert [minute.calls for minute in minutes.flush()] == [4]


def test_before_the_first_reading_there_is_nothing() -> None:
    assert MinuteSum(most=5).flush() == ()
