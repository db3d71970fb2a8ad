"""The arithmetic of two readings of pg_stat_statements."""

import statistics
from typing import Any

import pytest

from core.collect.statement_counters import (
    Counters,
    changes,
    readings,
    statement_delta,
    stddev_within,
    vanished_share,
)


def entry(query_id: int = 1, times: list[float] | None = None, **counters: float) -> Counters:
    """An entry that was executed once for each of ``times``."""
    times = times or [1.0]
    values: dict[str, Any] = {
        "user_id": 10, "database_id": 5, "query_id": query_id, "toplevel": True,
        "calls": len(times), "total_ms": sum(times), "mean_ms": statistics.fmean(times),
        "stddev_ms": statistics.pstdev(times), "max_ms": max(times), "rows": 0, "plan_ms": 0.0,
        "shared_blocks_hit": 0, "shared_blocks_read": 0, "shared_blocks_dirtied": 0,
        "shared_blocks_written": 0, "temp_blocks_read": 0, "temp_blocks_written": 0,
        "read_ms": 0.0, "write_ms": 0.0, "wal_bytes": 0, "since": 0.0,
    }  # fmt: skip
    return Counters(**{**values, **counters})


def test_an_entry_that_was_not_executed_is_no_change() -> None:
    assert changes(readings([entry()]), readings([entry()])) == []


def test_an_executed_entry_is_the_difference_of_its_counters() -> None:
    (change,) = changes(
        readings([entry(times=[1, 2], rows=5, wal_bytes=100)]),
        readings([entry(times=[1, 2, 6], rows=9, wal_bytes=140)]),
    )
    delta = statement_delta(change, role="r", database="d", text="t", is_pgvigil=False)

    assert (delta.calls, delta.total_ms, delta.mean_ms) == (1, 6.0, 6.0)
    assert (delta.rows, delta.wal_bytes, delta.max_ms_ever) == (4, 40, 6)


def test_a_new_entry_counts_whole() -> None:
    (change,) = changes(readings([]), readings([entry(times=[4, 5])]))

    assert (change.calls, change.total_ms) == (2, 9)


def test_an_entry_whose_count_fell_was_made_anew_and_counts_whole() -> None:
    (change,) = changes(readings([entry(times=[9] * 10)]), readings([entry(times=[4, 5])]))

    assert (change.calls, change.total_ms) == (2, 9)


def test_an_entry_made_anew_that_overtook_its_old_count_is_known_by_its_start() -> None:
    (change,) = changes(
        readings([entry(times=[1], since=100.0)]), readings([entry(times=[1, 1], since=200.0)])
    )

    assert change.calls == 2


def test_nothing_is_negative_when_calls_rose_and_time_fell() -> None:
    (change,) = changes(readings([entry(times=[50])]), readings([entry(times=[1, 1])]))

    assert (change.calls, change.total_ms) == (2, 2)


def test_entries_differ_by_user_database_query_and_toplevel() -> None:
    rows = [entry(), entry(user_id=11), entry(database_id=6), entry(toplevel=False), entry(2)]

    assert len(readings(rows)) == 5


def test_hidden_entries_are_left_out() -> None:
    assert readings([(10, 5, None, True, 3)]) == {}


def test_the_share_of_vanished_entries() -> None:
    assert vanished_share(readings([entry(1), entry(2)]), readings([entry(2)])) == 0.5
    assert vanished_share({}, {}) == 0.0


@pytest.mark.parametrize(
    ("before", "within"),
    [
        ([1.0, 2.0, 3.0], [10.0, 20.0, 60.0]),
        ([5.0] * 1000, [5.0, 6.0]),
        ([0.01, 900.0], [3.0, 3.5, 3.1]),
    ],
)
def test_the_spread_within_an_interval_is_that_of_its_own_executions(
    before: list[float], within: list[float]
) -> None:
    spread = stddev_within(entry(times=before + within), entry(times=before))

    assert spread == pytest.approx(statistics.pstdev(within), rel=1e-6)


def test_the_spread_of_a_new_entry_is_its_own() -> None:
    assert stddev_within(entry(times=[1.0, 3.0]), None) == pytest.approx(1.0)


def test_one_execution_has_no_spread() -> None:
    assert stddev_within(entry(times=[1, 2, 3]), entry(times=[1, 2])) is None
    assert stddev_within(entry(times=[1]), None) is None


def test_a_spread_that_is_lost_in_rounding_is_not_told() -> None:
    before = [1.0, 1000.0] * 500

    assert stddev_within(entry(times=[*before, 500.5, 500.5]), entry(times=before)) is None
