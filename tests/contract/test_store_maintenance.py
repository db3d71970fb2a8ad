"""The store stays small, and what is still wanted stays in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from core.model.job import JobKind, JobOrder, JobState
from core.model.schedule import PlannedRun, RunState
from core.model.series import Metric
from core.model.snapshot import Subject
from core.store.moments import to_micros
from core.store.statements import StatementMinute
from core.store.store import Store
from core.store.tables import job, keyframe, sample, snapshot, statement_minute
from tests.contract.conftest import OpenStore
from tests.contract.examples import NOW, SERVER, connections, hold, seconds, taken, total
from tests.contract.test_store_statements import KEY

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def moments(store: Store) -> list[datetime]:
    """Every moment that rewind can show, newest first."""
    found: list[datetime] = []
    at = store.snapshots.step(SERVER, None, -1)
    while at is not None:
        found.append(at)
        at = store.snapshots.step(SERVER, at, -1)
    return found


def record(store: Store, *moments: datetime) -> None:
    """A snapshot with a different body at each moment."""
    lease = store.leases.holder(f"server:{SERVER}") or hold(store)
    for number, at in enumerate(moments):
        body = connections(*(f"SELECT {number}, {row}" for row in range(20)))
        store.write_tick(lease, SERVER, snapshots=[taken(at, Subject.CONNECTIONS, body)])


def test_every_snapshot_of_the_last_hour_is_kept(store: Store) -> None:
    recent = [NOW - seconds(2 * number) for number in range(100)]
    record(store, *recent)
    store.maintain()

    assert moments(store) == recent


def test_of_older_snapshots_the_first_of_each_few_seconds_is_kept(open_store: OpenStore) -> None:
    store = open_store(snapshot_thinned_seconds=10)
    old = (NOW - 3 * HOUR).replace(second=0, microsecond=0)
    record(store, *(old + seconds(2 * number) for number in range(100)), NOW)
    store.maintain()
    store.maintain()

    assert moments(store)[::-1] == [*(old + seconds(10 * number) for number in range(20)), NOW]
    seen = store.snapshots.latest(SERVER, at=old + seconds(16))[Subject.CONNECTIONS]
    assert seen.taken_at == old + seconds(10)
    assert seen.body == connections(*(f"SELECT 5, {row}" for row in range(20)))


def test_snapshots_that_are_too_old_go(store: Store) -> None:
    record(store, NOW - 2 * DAY, NOW - 25 * HOUR, NOW - 23 * HOUR, NOW)
    store.maintain()

    assert moments(store) == [NOW, NOW - 23 * HOUR]


def test_the_newest_snapshot_of_each_subject_stays_however_old_it_is(store: Store) -> None:
    lease = hold(store)
    store.write_tick(lease, SERVER, snapshots=[taken(NOW - 10 * DAY), taken(NOW - 8 * DAY)])
    store.maintain()

    assert store.snapshots.latest(SERVER) == {Subject.LINK: taken(NOW - 8 * DAY)}


def test_the_oldest_snapshots_go_when_a_server_takes_too_many_bytes(
    open_store: OpenStore,
) -> None:
    store = open_store()
    recent = [NOW - seconds(60 * number) for number in range(50)]
    record(store, *recent[::-1])
    most = snapshot_bytes(store) // 2

    smaller = open_store(snapshot_bytes_per_server=most)
    smaller.maintain()

    left = moments(store)
    assert 3 < len(left) < 40
    assert left == recent[: len(left)]
    assert snapshot_bytes(store) <= most


def snapshot_bytes(store: Store) -> int:
    """What all snapshots and keyframes take."""
    with store._database.reading() as connection:
        return sum(
            int(connection.execute(select(func.sum(size))).scalar_one())
            for size in (snapshot.c.size, func.length(keyframe.c.payload))
        )


def test_a_keyframe_goes_with_the_last_snapshot_that_needs_it(store: Store) -> None:
    record(store, NOW - 50 * HOUR, NOW - 40 * HOUR, NOW - 5 * HOUR, NOW)
    store.maintain()

    with store._database.reading() as connection:
        kept = connection.execute(select(func.count()).select_from(keyframe)).scalar_one()
    assert kept == 2
    assert Subject.CONNECTIONS in store.snapshots.latest(SERVER, at=NOW - 5 * HOUR)


def test_raw_samples_go_after_a_day_and_their_minutes_stay(open_store: OpenStore) -> None:
    store = open_store()
    start = (NOW - 3 * DAY).replace(second=0, microsecond=0)
    samples = [total(start + seconds(n), float(n % 10)) for n in range(0, 600, 5)]
    store.write_tick(hold(store), SERVER, samples=samples)
    store.maintain()

    with store._database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(sample)).scalar_one() == 0
    for buckets in (10, 60):
        fresh = open_store(migrate=False)
        chart = fresh.samples.series(
            SERVER, Metric.CONNECTIONS_TOTAL, start, start + seconds(600), buckets
        )
        assert [(point.low, point.mean, point.high) for point in chart.points] == [(0, 2.5, 5)] * 10


def test_minutes_go_after_a_month_and_their_hours_stay(open_store: OpenStore) -> None:
    store = open_store()
    start = (NOW - 40 * DAY).replace(minute=0, second=0, microsecond=0)
    samples = [total(start + seconds(n), float(n % 100)) for n in range(0, 7200, 50)]
    store.write_tick(hold(store), SERVER, samples=samples)
    store.maintain()

    for buckets in (2, 120):
        fresh = open_store(migrate=False)
        chart = fresh.samples.series(
            SERVER, Metric.CONNECTIONS_TOTAL, start, start + 2 * HOUR, buckets
        )
        assert [(point.at, point.mean) for point in chart.points] == [
            (start, 25.0),
            (start + HOUR, 25.0),
        ]


def test_a_sample_from_before_what_is_kept_raw_changes_nothing(open_store: OpenStore) -> None:
    store = open_store()
    lease = hold(store)
    start = (NOW - 3 * DAY).replace(minute=0, second=0, microsecond=0)
    store.write_tick(lease, SERVER, samples=[total(start + seconds(n), 5.0) for n in range(90)])
    store.maintain()
    store.write_tick(lease, SERVER, samples=[total(start + seconds(30), 999.0)])
    store.maintain()

    fresh = open_store(migrate=False)
    chart = fresh.samples.series(SERVER, Metric.CONNECTIONS_TOTAL, start, start + HOUR, 60)
    assert [point.high for point in chart.points] == [5.0, 5.0]


def test_statement_minutes_and_texts_go_when_they_are_too_old(open_store: OpenStore) -> None:
    store = open_store(statement_days=2)
    lease = hold(store)
    minutes = [StatementMinute(at, KEY, 1, 2.0, 3) for at in (NOW - 5 * DAY, NOW - HOUR)]
    store.write_tick(lease, SERVER, statement_minutes=minutes)
    store.statements.put_texts(SERVER, {KEY.query_id: "SELECT 1"})
    store.maintain()

    history = store.statements.history(SERVER, KEY, NOW - 9 * DAY, NOW, 100)
    assert sum(point.calls for point in history) == 1
    assert store.statements.texts(SERVER, [KEY.query_id]) == {KEY.query_id: "SELECT 1"}


def clock_at(store: Store, monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Set the clock that the store goes by."""
    monkeypatch.setattr(store._database, "now", lambda _: to_micros(moment))


def ticks(store: Store, start: datetime) -> None:
    """Two ticks with all that is kept for some time."""
    lease = store.leases.holder(f"server:{SERVER}") or hold(store)
    for at in (start, start + seconds(30)):
        store.write_tick(
            lease,
            SERVER,
            snapshots=[taken(at)],
            samples=[total(at, 5.0)],
            statement_minutes=[StatementMinute(at, KEY, 1, 2.0, 3)],
        )


def recorded(store: Store) -> tuple[int, ...]:
    """How many snapshots, raw samples, and statement minutes there are."""
    with store._database.reading() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (snapshot, sample, statement_minute)
        )


@pytest.mark.parametrize("ahead", [2 * HOUR, 2 * DAY, 5000 * DAY], ids=str)
def test_a_clock_that_leaps_ahead_for_some_hours_costs_nothing_that_was_recorded(
    store: Store, monkeypatch: pytest.MonkeyPatch, ahead: timedelta
) -> None:
    ticks(store, NOW - 22.5 * HOUR)
    ticks(store, NOW)
    store.maintain()
    before = recorded(store)

    for hour in range(3):
        wrong = NOW + ahead + hour * HOUR
        clock_at(store, monkeypatch, wrong)
        ticks(store, wrong)
        store.maintain()
    clock_at(store, monkeypatch, NOW + seconds(600))
    store.maintain()

    kept = zip(recorded(store), before, strict=True)
    assert all(now >= then for now, then in kept)
    assert NOW - 22.5 * HOUR in moments(store)


def test_a_clock_that_stays_ahead_for_a_day_is_gone_by(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks(store, NOW)
    store.maintain()
    for hour in (0, 25):
        later = NOW + 30 * DAY + hour * HOUR
        clock_at(store, monkeypatch, later)
        ticks(store, later)
        store.maintain()

    assert moments(store)[-1] >= NOW + 30 * DAY


def test_what_a_host_with_a_clock_far_behind_writes_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_at(store, monkeypatch, NOW + 900 * DAY)
    ticks(store, NOW)
    store.maintain()

    assert recorded(store)[:2] == (2, 2)


def test_old_jobs_and_planned_runs_go_but_not_what_is_under_way(store: Store) -> None:
    lease = store.leases.acquire("scheduler", "watcher", 60)
    assert lease is not None
    for number, days in enumerate((10, 400, 500)):
        at = datetime.now(UTC) - days * DAY
        run = PlannedRun("nightly", SERVER, at, RunState.STARTED, at, f"j{number}")
        store.runs.start(lease, run, JobOrder(JobKind.BACKUP, SERVER, "anna"))
        store.jobs.note(f"j{number}", "a note")
        with store._database.writing() as connection:
            created = {"created_at": to_micros(at)}
            connection.execute(update(job).where(job.c.job_id == f"j{number}").values(created))
    for job_id in ("j0", "j1"):
        store.jobs.finish(job_id, JobState.DONE, "")
    store.maintain()

    assert [each.job_id for each in store.jobs.newest(9)] == ["j0", "j2"]
    assert [each.job_id for each in store.runs.newest([SERVER], 9)] == ["j0"]
    assert store.jobs.notes("j1") == ()
    assert len(store.jobs.notes("j2")) == 1


def test_only_one_process_does_it_at_a_time(store: Store, other: Store) -> None:
    record(store, NOW - 50 * HOUR, NOW)
    busy = other.leases.acquire("maintenance", "other", 60)
    assert busy is not None
    store.maintain()
    assert len(moments(store)) == 2

    other.leases.release(busy)
    store.maintain()
    assert len(moments(store)) == 1
