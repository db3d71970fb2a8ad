"""Charts: exact figures at every span, before and after samples are rolled up."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from core.model.process import Lease
from core.model.series import Metric, Sample, Series
from core.store.moments import to_micros
from core.store.rollups import roll_up
from core.store.store import Store
from tests.contract.conftest import OpenStore
from tests.contract.examples import NOW, SERVER, hold, seconds, total

HOUR = timedelta(hours=1)
NOON = NOW.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(hours=12)


def chart(store: Store, start: datetime, end: datetime, buckets: int = 60) -> Series:
    return store.samples.series(SERVER, Metric.CONNECTIONS_TOTAL, start, end, buckets)


def figures(series: Series) -> list[tuple[datetime, float, float, float]]:
    """The points, with means rounded: the order of adding up may differ."""
    return [(point.at, point.low, round(point.mean, 9), point.high) for point in series.points]


def roll(store: Store, until: datetime) -> None:
    """Roll up as maintenance at ``until`` would."""
    server_ref = store._names.register_server(SERVER)
    roll_up(store._database, server_ref, to_micros(until))


def test_a_bucket_has_the_lowest_mean_and_highest_of_its_samples(store: Store) -> None:
    values = (3.0, 9.0, 6.0)
    samples = [total(NOON + seconds(n), value) for n, value in enumerate(values)]
    store.write_tick(hold(store), SERVER, samples=samples)

    (point,) = chart(store, NOON, NOON + seconds(600), buckets=60).points
    assert (point.at, point.low, point.mean, point.high) == (NOON, 3.0, 6.0, 9.0)


def test_buckets_begin_at_multiples_of_their_length_so_that_a_chart_moves_whole_buckets(
    store: Store,
) -> None:
    samples = [total(NOON + seconds(n), float(n % 97)) for n in range(0, 3600, 2)]
    store.write_tick(hold(store), SERVER, samples=samples)

    early = chart(store, NOON, NOON + HOUR, buckets=120)
    late = chart(store, NOON + seconds(7), NOON + HOUR + seconds(7), buckets=120)
    assert early.bucket_seconds == late.bucket_seconds == 30
    assert all(point.at.timestamp() % 30 == 0 for point in late.points)
    assert figures(late) == figures(early)


def test_buckets_without_a_sample_are_left_out(store: Store) -> None:
    samples = [total(NOON, 1.0), total(NOON + seconds(60), 2.0)]
    store.write_tick(hold(store), SERVER, samples=samples)

    assert [point.mean for point in chart(store, NOON, NOON + seconds(600)).points] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("span", "buckets"),
    [(HOUR, 120), (HOUR, 30), (HOUR * 8, 100), (HOUR * 30, 100), (HOUR * 30, 10)],
)
def test_a_chart_is_the_same_before_and_after_samples_are_rolled_up(
    open_store: OpenStore, span: timedelta, buckets: int
) -> None:
    dice = random.Random(3)
    store = open_store()
    samples = [
        total(NOON - span + seconds(n * 20.5), dice.uniform(0, 100))
        for n in range(int(span.total_seconds() / 20.5))
    ]
    store.write_tick(hold(store), SERVER, samples=samples)
    before = chart(store, NOON - span, NOON, buckets)

    for until in (NOON - span / 2 + seconds(17), NOON):
        roll(store, until)
        fresh = open_store(migrate=False)
        assert figures(chart(fresh, NOON - span, NOON, buckets)) == figures(before)


def test_rolling_up_again_changes_nothing(open_store: OpenStore) -> None:
    store = open_store()
    samples = [total(NOON + seconds(n), float(n)) for n in range(0, 8000, 7)]
    store.write_tick(hold(store), SERVER, samples=samples)
    for minutes in (10, 11, 11, 90, 133, 133):
        roll(store, NOON + timedelta(minutes=minutes))
    once = figures(chart(open_store(migrate=False), NOON, NOON + 3 * HOUR, 3))

    store.write_tick(hold_again(store), SERVER, samples=samples)
    roll(store, NOON + timedelta(minutes=133))
    assert figures(chart(open_store(migrate=False), NOON, NOON + 3 * HOUR, 3)) == once


def hold_again(store: Store) -> Lease:
    lease = store.leases.holder(f"server:{SERVER}")
    assert lease is not None
    return lease


def test_a_late_sample_is_counted_in_the_minute_and_hour_that_it_belongs_to(
    open_store: OpenStore,
) -> None:
    store = open_store()
    lease = hold(store)
    samples = [total(NOON + seconds(n * 60), 10.0) for n in range(180)]
    store.write_tick(lease, SERVER, samples=samples)
    roll(store, NOON + 3 * HOUR)

    store.write_tick(lease, SERVER, samples=[total(NOON + seconds(61), 1000.0)])
    roll(store, NOON + 3 * HOUR)

    fresh = open_store(migrate=False)
    by_minute = chart(fresh, NOON, NOON + 3 * HOUR, 180)
    assert [point.high for point in by_minute.points[:3]] == [10.0, 1000.0, 10.0]
    by_hour = chart(fresh, NOON, NOON + 3 * HOUR, 3)
    assert by_hour.points[0].high == 1000.0
    assert by_hour.points[0].mean == pytest.approx((60 * 10.0 + 1000.0) / 61)


def test_a_late_sample_is_seen_before_it_is_rolled_up(open_store: OpenStore) -> None:
    store = open_store()
    lease = hold(store)
    samples = [total(NOON + seconds(n * 60), 10.0) for n in range(180)]
    store.write_tick(lease, SERVER, samples=samples)
    roll(store, NOON + 3 * HOUR)
    store.write_tick(lease, SERVER, samples=[total(NOON + seconds(61), 1000.0)])

    by_hour = chart(open_store(migrate=False), NOON, NOON + 3 * HOUR, 3)
    assert [point.high for point in by_hour.points] == [1000.0, 10.0, 10.0]


def test_hours_are_whole_when_nobody_watched_for_a_while(open_store: OpenStore) -> None:
    store = open_store()
    lease = hold(store)
    store.write_tick(lease, SERVER, samples=[total(NOON + seconds(n), 1.0) for n in range(100)])
    roll(store, NOON + timedelta(minutes=40))
    later = NOON + 5 * HOUR
    store.write_tick(lease, SERVER, samples=[total(later + seconds(n), 2.0) for n in range(100)])
    roll(store, later + 2 * HOUR)

    points = chart(open_store(migrate=False), NOON, later + 2 * HOUR, 7).points
    assert [(point.at, point.mean) for point in points] == [(NOON, 1.0), (later, 2.0)]


def test_values_that_are_not_numbers_are_left_out(store: Store) -> None:
    samples = [total(NOON, float("nan")), total(NOON + seconds(1), float("inf"))]
    store.write_tick(hold(store), SERVER, samples=samples)

    assert chart(store, NOON, NOON + HOUR).points == ()


def test_a_chart_that_was_read_before_shows_what_came_since(store: Store, other: Store) -> None:
    lease = hold(store)
    now = datetime.now(UTC)
    start = now - HOUR
    store.write_tick(lease, SERVER, samples=[total(start + seconds(n), 5.0) for n in range(3000)])
    for tick in range(5):
        at = now + seconds(2 * tick)
        store.write_tick(lease, SERVER, samples=[total(at, 100.0 + tick)])
        moving = chart(other, start + seconds(2 * tick), at + seconds(1), 120)
        assert moving.points[-1].high == 100.0 + tick
        assert moving.points[1].mean == 5.0


def test_several_series_are_read_at_once(store: Store) -> None:
    samples = [total(NOON, 4.0), Sample(Metric.CONNECTIONS_ACTIVE, NOON, 2.0)]
    store.write_tick(hold(store), SERVER, samples=samples)
    wanted = (Metric.CONNECTIONS_TOTAL, Metric.CONNECTIONS_ACTIVE, Metric.DATABASES_DEADLOCKS)

    several = store.samples.several(SERVER, wanted, NOON, NOON + HOUR, 60)
    assert [[point.mean for point in several[metric].points] for metric in wanted] == [
        [4.0],
        [2.0],
        [],
    ]


def test_a_server_that_nobody_watched_has_an_empty_chart(store: Store) -> None:
    series = store.samples.series("nobody", Metric.CONNECTIONS_TOTAL, NOON, NOON + HOUR, 60)
    assert series.points == ()
    assert (series.start, series.end) == (NOON, NOON + HOUR)
