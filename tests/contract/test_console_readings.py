"""What a console reads of servers and databases that have no series of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.api.database_history import DatabaseHistory
from core.api.healths import Healths
from core.api.last_run import read_last_run
from core.model.databases import Databases
from core.model.health import Assessment, Health, Severity, SlowStatement
from core.model.process import Lease
from core.model.snapshot import Frame, Subject
from core.model.statements import StatementKey, StatementPoint
from core.model.unknown import Unknown
from core.store.statements import StatementMinute
from core.store.store import Store
from tests.contract.examples import NOW, SERVER, hold, seconds, taken
from tests.tui.frames import database, statement, statements_of
from tui.panes.view import body_of

SPARE_SECONDS = 6.0


def assess(store: Store, lease: Lease, at: datetime, health: Health) -> None:
    body = Assessment(health, ())
    store.write_tick(lease, SERVER, snapshots=[taken(at, Subject.ASSESSMENT, body, pace=2.0)])


def test_a_servers_health_is_that_of_its_newest_assessment(store: Store, other: Store) -> None:
    lease = hold(store)
    healths = Healths([SERVER, "nobody"])
    assess(store, lease, NOW, Health.OK)
    assert healths.read(other, NOW, SPARE_SECONDS) == {SERVER: Health.OK, "nobody": Health.UNKNOWN}
    assess(store, lease, NOW + seconds(2), Health.CRITICAL)
    assert healths.read(other, NOW + seconds(2), SPARE_SECONDS)[SERVER] is Health.CRITICAL
    assert healths.read(other, NOW + seconds(3), SPARE_SECONDS)[SERVER] is Health.CRITICAL


def test_an_assessment_that_nobody_renews_says_nothing_any_more(store: Store) -> None:
    lease = hold(store)
    healths = Healths([SERVER])
    assess(store, lease, NOW, Health.OK)
    assert healths.read(store, NOW + seconds(9), SPARE_SECONDS)[SERVER] is Health.OK
    assert healths.read(store, NOW + seconds(11), SPARE_SECONDS)[SERVER] is Health.UNKNOWN


def test_at_a_moment_a_server_is_as_it_was_assessed_then(store: Store) -> None:
    lease = hold(store)
    healths = Healths([SERVER])
    assess(store, lease, NOW, Health.CRITICAL)
    assess(store, lease, NOW + seconds(60), Health.OK)
    assert healths.read_past(store, NOW + seconds(3), SPARE_SECONDS)[SERVER] is Health.CRITICAL
    assert healths.read_past(store, NOW + seconds(30), SPARE_SECONDS)[SERVER] is Health.UNKNOWN
    assert healths.read_past(store, NOW - seconds(1), SPARE_SECONDS)[SERVER] is Health.UNKNOWN


def read_databases(
    store: Store, lease: Lease, at: datetime, commits: int, *, since: bool = True
) -> None:
    body = Databases(
        since=at - seconds(10) if since else None,
        seconds=10.0 if since else 0.0,
        databases=(
            database("orders", 16384, 1000 + commits, commits=commits, rollbacks=0),
            database("billing", 16385, Unknown("no CONNECT"), blocks_hit=0, blocks_read=0),
        ),
    )
    store.write_tick(lease, SERVER, snapshots=[taken(at, Subject.DATABASES, body)])


def test_a_database_has_the_history_that_was_recorded_of_it(store: Store) -> None:
    lease = hold(store)
    read_databases(store, lease, NOW, 0, since=False)
    for number in range(1, 4):
        read_databases(store, lease, NOW + seconds(10 * number), 100 * number)
    history = DatabaseHistory()
    points = history.read(store, SERVER, 16384, NOW - seconds(1), NOW + seconds(20))
    assert [(point.at, point.commits) for point in points] == [
        (NOW, None),
        (NOW + seconds(10), 10.0),
        (NOW + seconds(20), 20.0),
    ]
    assert points[1].size_bytes == 1100
    (newest,) = history.read(store, SERVER, 16384, NOW + seconds(25), NOW + seconds(40))
    assert newest.commits == 30.0


def test_what_a_reading_could_not_tell_of_a_database_is_not_in_its_history(store: Store) -> None:
    lease = hold(store)
    read_databases(store, lease, NOW, 100)
    (point,) = DatabaseHistory().read(store, SERVER, 16385, NOW - seconds(1), NOW)
    assert point.size_bytes is None
    assert point.cache_hit_rate is None
    assert DatabaseHistory().read(store, SERVER, 99, NOW - seconds(1), NOW) == ()


def test_a_history_goes_back_where_one_looks_further_back(store: Store) -> None:
    lease = hold(store)
    for number in range(4):
        read_databases(store, lease, NOW + seconds(10 * number), number)
    history = DatabaseHistory()
    late = history.read(store, SERVER, 16384, NOW + seconds(15), NOW + seconds(30))
    all_of_it = history.read(store, SERVER, 16384, NOW - seconds(1), NOW + seconds(30))
    assert len(late) == 2
    assert len(all_of_it) == 4
    assert replace(all_of_it[2]) == late[0]


KEY = StatementKey(10, 16384, 99)
MINUTE = NOW.replace(second=0, microsecond=0)


def read_statements(store: Store, lease: Lease, at: datetime, *query_ids: int) -> None:
    ran = [statement(each, "SELECT slow()", calls=1, mean_ms=2500.0) for each in query_ids]
    body = replace(statements_of(ran), since=at - seconds(5))
    store.write_tick(lease, SERVER, snapshots=[taken(at, Subject.STATEMENTS, body, pace=5)])


def last_run(store: Store, end: datetime) -> Frame | StatementPoint | None:
    return read_last_run(store, SERVER, KEY, end - seconds(3600), end)


def test_a_statement_ran_last_in_the_newest_interval_that_lists_it(store: Store) -> None:
    lease = hold(store)
    for at, query_ids in ((0, (99, 1)), (5, (99,)), (10, (1,)), (15, ())):
        read_statements(store, lease, NOW + seconds(at), *query_ids)
    for end, at in ((20, 5), (70, 5), (4, 0)):
        found = last_run(store, NOW + seconds(end))
        assert isinstance(found, Frame)
        assert found.moment == NOW + seconds(at)
        body = body_of(found.statements)
        assert body is not None
        assert body.find(KEY) is not None
    assert last_run(store, NOW - seconds(1)) is None


def test_an_interval_of_long_ago_is_found_by_its_minute(store: Store) -> None:
    lease = hold(store)
    at = MINUTE + seconds(62)
    minute = StatementMinute(MINUTE, KEY, 1, 2500.0, 3)
    read_statements(store, lease, at, 99)
    store.write_tick(lease, SERVER, statement_minutes=[minute])
    found = last_run(store, MINUTE + seconds(1800))
    assert isinstance(found, Frame)
    assert found.moment == at


def test_with_the_interval_comes_how_bad_it_was_found_then(store: Store) -> None:
    lease = hold(store)
    slow = (SlowStatement(KEY, Severity.WARNING, waited_ms=2400.0),)
    # A watcher judges what it has just read, so always a little later.
    for at, judged in ((-1.9, ()), (0.1, slow), (2.1, ()), (5.1, ())):
        body = Assessment(Health.OK, (), judged)
        found_then = taken(NOW + seconds(at), Subject.ASSESSMENT, body, pace=2)
        store.write_tick(lease, SERVER, snapshots=[found_then])
    read_statements(store, lease, NOW, 99)
    read_statements(store, lease, NOW + seconds(5), 1)
    found = last_run(store, NOW + seconds(20))
    assert isinstance(found, Frame)
    assessment = body_of(found.assessment)
    assert assessment is not None
    assert assessment.slow == slow


def test_of_an_interval_that_is_no_longer_kept_there_is_the_sum_of_its_minute(store: Store) -> None:
    minute = StatementMinute(MINUTE, KEY, 2, 5000.0, 6)
    store.write_tick(hold(store), SERVER, statement_minutes=[minute])
    found = last_run(store, MINUTE + seconds(1800))
    assert found == StatementPoint(MINUTE, 2, 5000.0, 2500.0, 6)
