"""The arithmetic of two readings of pg_stat_database."""

from datetime import UTC, datetime

from core.collect.databases import Counters, databases_from, samples_from_databases
from core.model.databases import DatabaseDelta, Databases
from core.model.series import Metric
from core.model.unknown import Unknown

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def counters(commits: int, *, at: float, reset: float | None = None, oid: int = 1) -> Counters:
    return Counters(oid, f"db{oid}", 1, commits, 0, 0, 0, 0, 0, 0, 0, 0, 0, reset, at)


def between(
    then: list[Counters], now: list[Counters], sizes: dict[int, int] | None = None
) -> Databases:
    earlier, later = ({each.database_id: each for each in side} for side in (then, now))
    return databases_from(earlier, later, dict(sizes or {}), NOW if sizes else None, NOW)


def only(body: Databases) -> DatabaseDelta:
    (delta,) = body.databases
    return delta


def test_an_interval_is_the_difference() -> None:
    body = between([counters(10, at=100)], [counters(25, at=105)])

    assert only(body).commits == 15
    assert body.seconds == 5


def test_after_a_reset_that_was_overtaken_only_what_came_since_counts() -> None:
    body = between([counters(10, at=100, reset=None)], [counters(25, at=105, reset=102)])

    assert only(body).commits == 25


def test_a_count_that_fell_starts_anew() -> None:
    assert only(between([counters(10, at=100)], [counters(3, at=105)])).commits == 3


def test_a_database_that_is_new_counts_whole() -> None:
    body = between([counters(10, at=100)], [counters(10, at=105), counters(7, at=105, oid=2)])

    assert [each.commits for each in body.databases] == [0, 7]


def test_a_size_that_was_not_read_is_unknown() -> None:
    assert isinstance(only(between([], [counters(1, at=1)])).size_bytes, Unknown)


def test_a_sum_of_sizes_is_told_only_when_all_are_known() -> None:
    two = [counters(1, at=1), counters(1, at=1, oid=2)]

    part = samples_from_databases(between(two, two, {1: 10}), NOW)
    whole = samples_from_databases(between(two, two, {1: 10, 2: 5}), NOW)

    assert Metric.DATABASES_SIZE_BYTES not in {sample.metric for sample in part}
    assert {sample.metric: sample.value for sample in whole}[Metric.DATABASES_SIZE_BYTES] == 15
