"""What happened in each database, and how large each is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from core.config.settings import CollectSettings
from core.model.databases import DatabaseDelta, Databases
from core.model.series import Metric
from core.model.snapshot import Subject
from core.model.unknown import Unknown
from core.postgres.embedded import EmbeddedServer
from tests.postgres.connecting import (
    SETTINGS,
    collector_of,
    read,
    rows,
    run,
    session_with,
    wait_until_gone,
)


def database_of(dsn: str) -> str:
    return dsn.rpartition("/")[2]


def delta_of(body: object, name: str) -> DatabaseDelta:
    assert isinstance(body, Databases)
    return next(each for each in body.databases if each.name == name)


async def test_the_first_reading_is_a_baseline(database: str) -> None:
    async with session_with(database) as session:
        reading = await read(await collector_of(session, Subject.DATABASES), session)

    assert isinstance(reading.body, Databases)
    assert reading.body.since is None
    assert delta_of(reading.body, database_of(database)).commits == 0
    assert reading.again_after == SETTINGS.first_interval_seconds


async def test_an_interval_counts_what_happened_in_it(database: str) -> None:
    elsewhere = database.replace(database_of(database), "postgres")
    async with session_with(elsewhere) as session:
        collector = await collector_of(session, Subject.DATABASES)
        await read(collector, session)
        with psycopg.connect(database) as other:
            pid = other.info.backend_pid
            other.execute("CREATE TABLE t AS SELECT generate_series(1, 100) AS a")
            other.commit()
            other.execute("SELECT 1")
            other.rollback()
        # A session that is gone has handed all its counts in.
        await asyncio.to_thread(wait_until_gone, elsewhere, pid)
        reading = await read(collector, session)
        delta = delta_of(reading.body, database_of(database))

    assert delta.commits >= 1
    assert delta.rollbacks == 1
    assert delta.rows_changed >= 100
    assert delta.blocks_hit > 0
    assert {sample.metric for sample in reading.samples} >= {
        Metric.DATABASES_COMMITS_PER_SECOND,
        Metric.DATABASES_ROLLBACKS_PER_SECOND,
        Metric.DATABASES_SIZE_BYTES,
    }


async def test_sizes_are_read_on_a_slow_tier(database: str) -> None:
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.DATABASES)
        start = datetime(2026, 1, 1, tzinfo=UTC)
        await collector.collect(session, start)
        second = (await collector.collect(session, start + timedelta(seconds=1))).body
        run(database, "CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)")
        soon = (await collector.collect(session, start + timedelta(seconds=100))).body
        later = (await collector.collect(session, start + timedelta(seconds=400))).body

    assert isinstance(second, Databases)
    assert second.sizes_taken_at == start + timedelta(seconds=1)
    name = database_of(database)
    small, same, grown = (delta_of(body, name).size_bytes for body in (second, soon, later))
    assert isinstance(small, int)
    assert isinstance(grown, int)
    assert same == small < grown
    assert grown == pytest.approx(
        rows(database, "SELECT pg_database_size(current_database())")[0][0], rel=0.02
    )


async def test_a_database_that_the_role_may_not_connect_to_has_no_size(
    postgres: EmbeddedServer,
) -> None:
    run(
        postgres.dsn(),
        'CREATE DATABASE "clo""sed"',
        'REVOKE CONNECT ON DATABASE "clo""sed" FROM PUBLIC',
        "CREATE ROLE weak2 LOGIN PASSWORD 'x'",
    )
    try:
        async with session_with(postgres.dsn(user="weak2", password="x")) as session:
            collector = await collector_of(session, Subject.DATABASES)
            await read(collector, session)
            body = (await read(collector, session)).body
    finally:
        run(postgres.dsn(), 'DROP DATABASE "clo""sed"', "DROP ROLE weak2")

    size = delta_of(body, 'clo"sed').size_bytes
    assert isinstance(size, Unknown)
    assert size.remedy.startswith("GRANT pg_monitor TO weak2")
    assert isinstance(delta_of(body, "postgres").size_bytes, int)


async def test_a_reset_of_a_databases_statistics_gives_no_negative_count(database: str) -> None:
    run(database, *["SELECT 1"] * 20)
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.DATABASES)
        await read(collector, session)
        run(database, "SELECT pg_stat_reset()")
        delta = delta_of((await read(collector, session)).body, database_of(database))

    assert delta.stats_reset is not None
    assert min(delta.commits, delta.rollbacks, delta.blocks_hit, delta.rows_returned) >= 0


async def test_a_new_database_appears_and_a_dropped_one_goes(postgres: EmbeddedServer) -> None:
    settings = CollectSettings(database_sizes_seconds=0.001)
    async with session_with(postgres.dsn()) as session:
        collector = await collector_of(session, Subject.DATABASES, settings)
        await read(collector, session)
        run(postgres.dsn(), 'CREATE DATABASE "new\nborn"')
        appeared = (await read(collector, session)).body
        run(postgres.dsn(), 'DROP DATABASE "new\nborn"')
        gone = (await read(collector, session)).body

    assert isinstance(delta_of(appeared, "new\nborn").size_bytes, int)
    assert isinstance(gone, Databases)
    assert all(each.name != "new\nborn" for each in gone.databases)
