"""What statements cost between two readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from core.config.settings import CollectSettings
from core.model.series import Metric
from core.model.snapshot import Subject
from core.model.unknown import Unknown
from tests.postgres.connecting import SETTINGS, collector_of, read, run, session_with
from tests.postgres.reading_statements import WORK, found, statements
from tests.servers.factory import ServerFactory


async def test_the_first_reading_is_a_baseline_and_asks_for_the_next_one_soon(
    database: str,
) -> None:
    async with session_with(database) as session:
        reading = await read(await collector_of(session, Subject.STATEMENTS), session)

    body = statements(reading)
    assert body.since is None
    assert body.rebaselined == "first reading of this connection"
    assert body.top == ()
    assert body.tracked > 0
    assert body.tracked_max == 5000
    assert isinstance(body.evictions, Unknown)
    assert reading.samples == ()
    assert reading.again_after == SETTINGS.first_interval_seconds


async def test_the_second_reading_says_what_ran_in_between(database: str) -> None:
    run(database, WORK, WORK)
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(database, WORK, WORK, WORK)
        reading = await read(collector, session)

    body = statements(reading)
    work = found(body, "the work")
    assert work.calls == 3
    assert work.rows == 3
    assert 60 <= work.total_ms < 600
    assert work.mean_ms == pytest.approx(work.total_ms / 3)
    assert work.stddev_ms is not None
    assert work.text == "SELECT pg_sleep($1), $2, $3, $4 /* the work */"
    assert reading.texts[work.key.query_id] == work.text
    assert work.database == database.rpartition("/")[2]
    assert work.role == "postgres"
    assert not work.is_pgvigil
    assert body.total_ms >= work.total_ms
    assert body.calls >= 3
    assert body.evictions == 0
    assert body.since is not None
    assert 0 < body.seconds < 60
    assert {sample.metric for sample in reading.samples} >= {
        Metric.STATEMENTS_CALLS_PER_SECOND,
        Metric.STATEMENTS_MEAN_MS,
    }


async def test_pgvigils_own_questions_are_marked(database: str) -> None:
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        body = statements(await read(collector, session))

    own = [each for each in body.top if each.is_pgvigil]
    assert own
    assert all("pgvigil" in each.text for each in own)


async def test_only_the_costliest_are_listed_and_all_are_summed(database: str) -> None:
    few = CollectSettings(statements_listed=10)
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS, few)
        await read(collector, session)
        run(database, *(f"SELECT {', '.join(['1'] * n)}" for n in range(1, 31)), WORK)
        body = statements(await read(collector, session))

    assert len(body.top) == 10
    # Where the processor is busy, what pgvigil itself asks may cost more.
    costliest = next(each for each in body.top if not each.is_pgvigil)
    assert "the work" in costliest.text
    assert [each.total_ms for each in body.top] == sorted(
        (each.total_ms for each in body.top), reverse=True
    )
    assert body.calls >= 31


async def test_statements_inside_functions_are_entries_of_their_own(
    start_server: ServerFactory,
) -> None:
    server = start_server(settings={"pg_stat_statements.track": "all"})
    run(
        server.dsn(),
        "CREATE EXTENSION pg_stat_statements",
        "CREATE TABLE t AS SELECT 1 AS a",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN (SELECT max(a) FROM t); END $$",
    )
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(server.dsn(), "SELECT f()", "SELECT (SELECT max(a) FROM t)")
        body = statements(await read(collector, session))

    assert {each.key.toplevel for each in body.top if "max(a)" in each.text} == {True, False}


async def test_the_interval_is_measured_by_the_servers_clock(database: str) -> None:
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        far_off = datetime(2001, 1, 1, tzinfo=UTC)
        await collector.collect(session, far_off)
        with psycopg.connect(database) as other:
            other.execute("SELECT pg_sleep(0.3)")
        reading = await collector.collect(session, far_off + timedelta(days=1))

    assert 0.3 <= statements(reading).seconds < 30
