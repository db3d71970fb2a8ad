"""What statements cost between two readings, on real servers with all that spoils a difference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from core.collect.collector import Reading
from core.config.settings import CollectSettings
from core.model.series import Metric
from core.model.snapshot import Subject
from core.model.statements import StatementDelta, Statements
from core.model.unknown import Unknown
from core.postgres.embedded import EmbeddedServer, Programs
from tests.postgres.connecting import (
    SETTINGS,
    collector_of,
    raw_bytes_database,
    read,
    rows,
    run,
    session_with,
)
from tests.servers.factory import ServerFactory
from tests.servers.pgbouncer import pgbouncer

# Of a shape of its own: a text serves whoever runs the same query, in any database of the server.
WORK = "SELECT pg_sleep(0.02), 1, 2, 3 /* the work */"


def statements(reading: Reading) -> Statements:
    assert isinstance(reading.body, Statements)
    return reading.body


def found(body: Statements, text: str) -> StatementDelta:
    (delta,) = (each for each in body.top if text in each.text)
    return delta


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


async def test_a_text_is_fetched_once(database: str) -> None:
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(database, WORK)
        first = await read(collector, session)
        run(database, WORK)
        second = await read(collector, session)

    key = found(statements(first), "the work").key
    assert key.query_id in first.texts
    assert key.query_id not in second.texts
    assert found(statements(second), "the work").calls == 1


async def test_fetching_texts_keeps_within_its_part_of_the_budget(database: str) -> None:
    stingy = CollectSettings(budget_ms_per_minute=0.001)
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS, stingy)
        await read(collector, session)
        run(database, WORK)
        await read(collector, session)
        run(database, "SELECT 1 AS late, pg_sleep(0.02)")
        reading = await read(collector, session)

    assert reading.texts == {}
    assert any(each.text == "" and each.calls == 1 for each in statements(reading).top)


async def test_only_the_costliest_are_listed_and_all_are_summed(database: str) -> None:
    few = CollectSettings(statements_listed=10)
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS, few)
        await read(collector, session)
        run(database, *(f"SELECT {', '.join(['1'] * n)}" for n in range(1, 31)), WORK)
        body = statements(await read(collector, session))

    assert len(body.top) == 10
    assert "the work" in body.top[0].text
    assert [each.total_ms for each in body.top] == sorted(
        (each.total_ms for each in body.top), reverse=True
    )
    assert body.calls >= 31


async def test_a_reset_of_the_statistics_is_a_new_baseline(start_server: ServerFactory) -> None:
    server = start_server()
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements")
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(server.dsn(), WORK, "SELECT pg_stat_statements_reset()", WORK)
        reading = await read(collector, session)
        assert statements(reading).rebaselined == "the statistics were reset"
        assert reading.again_after is not None
        run(server.dsn(), WORK)
        assert found(statements(await read(collector, session)), "the work").calls == 1


async def test_a_reset_of_one_statement_counts_what_ran_since(start_server: ServerFactory) -> None:
    server = start_server()
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements", *[WORK] * 5)
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(
            server.dsn(),
            "SELECT pg_stat_statements_reset(0, 0, queryid) FROM pg_stat_statements"
            " WHERE query LIKE '%the work%' AND query LIKE '%pg_sleep%' AND calls = 5",
            WORK,
            WORK,
        )
        body = statements(await read(collector, session))

    work = found(body, "the work")
    assert work.calls == 2
    assert work.total_ms >= 40


async def test_evictions_are_counted_and_give_no_wrong_figure(start_server: ServerFactory) -> None:
    server = start_server(settings={"pg_stat_statements.max": 100})
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements")
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(server.dsn(), *(f"SELECT {', '.join(['1'] * n)}" for n in range(1, 251)))
        body = statements(await read(collector, session))

    assert isinstance(body.evictions, int)
    assert body.evictions > 0
    assert body.tracked <= body.tracked_max == 100
    assert all(each.calls > 0 and each.total_ms >= 0 for each in body.top)


async def test_an_extension_that_is_made_later_is_found(postgres: EmbeddedServer) -> None:
    run(postgres.dsn(), 'CREATE DATABASE "later"')
    dsn = postgres.dsn("later")
    try:
        async with session_with(dsn) as session:
            collector = await collector_of(session, Subject.STATEMENTS)
            missing = (await read(collector, session)).body
            schema = '"my ""stats"'
            run(dsn, f"CREATE SCHEMA {schema}")
            run(dsn, f"CREATE EXTENSION pg_stat_statements SCHEMA {schema}")
            made = (await read(collector, session)).body
            run(dsn, "DROP EXTENSION pg_stat_statements", "CREATE EXTENSION pg_stat_statements")
            moved = (await read(collector, session)).body
            run(dsn, "DROP EXTENSION pg_stat_statements")
            dropped = (await read(collector, session)).body
    finally:
        run(postgres.dsn(), 'DROP DATABASE "later" WITH (FORCE)')

    assert missing == Unknown(
        "pg_stat_statements is loaded, but not created in the database later",
        "CREATE EXTENSION pg_stat_statements",
    )
    assert isinstance(made, Statements)
    assert isinstance(moved, Statements)
    assert dropped == missing


async def test_a_library_that_is_not_loaded_says_what_to_set(start_server: ServerFactory) -> None:
    server = start_server(settings={"shared_preload_libraries": "auto_explain"})
    async with session_with(server.dsn()) as session:
        body = (await read(await collector_of(session, Subject.STATEMENTS), session)).body

    assert isinstance(body, Unknown)
    assert "not loaded" in body.reason
    assert body.remedy == (
        "ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pg_stat_statements';"
        " restart PostgreSQL; then CREATE EXTENSION pg_stat_statements"
    )
    # It can be run as it stands.
    statement = body.remedy.partition(";")[0]
    run(server.dsn(), statement)
    server.restart()
    assert rows(server.dsn(), "SHOW shared_preload_libraries") == [
        ("auto_explain, pg_stat_statements",)
    ]


async def test_a_schema_that_the_role_may_not_use_is_named(postgres: EmbeddedServer) -> None:
    run(
        postgres.dsn(),
        "CREATE DATABASE guarded",
        "CREATE ROLE \"o'w\" LOGIN PASSWORD 'x' IN ROLE pg_monitor",
    )
    try:
        run(
            postgres.dsn("guarded"),
            "CREATE SCHEMA stats",
            "CREATE EXTENSION pg_stat_statements SCHEMA stats",
        )
        async with session_with(postgres.dsn("guarded", user="o'w", password="x")) as session:
            collector = await collector_of(session, Subject.STATEMENTS)
            body = (await read(collector, session)).body
            assert isinstance(body, Unknown)
            run(postgres.dsn("guarded"), body.remedy)
            assert isinstance((await read(collector, session)).body, Statements)
    finally:
        run(postgres.dsn(), "DROP DATABASE guarded WITH (FORCE)", 'DROP ROLE "o\'w"')


async def test_without_privilege_other_roles_statements_are_said_to_be_hidden(
    database: str, postgres: EmbeddedServer
) -> None:
    run(database, WORK, "CREATE ROLE weak LOGIN PASSWORD 'x'")
    try:
        dsn = postgres.dsn(database.rpartition("/")[2], user="weak", password="x")
        async with session_with(dsn) as session:
            body = statements(await read(await collector_of(session, Subject.STATEMENTS), session))
    finally:
        run(database, "DROP ROLE weak")

    assert body.details is not None
    assert body.details.remedy == "GRANT pg_monitor TO weak"


async def test_a_restart_behind_a_pooler_is_a_new_baseline(
    start_server: ServerFactory, account: Any, servers_folder: Any
) -> None:
    server = start_server()
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements")
    with pgbouncer(server, account, servers_folder) as dsn:
        async with session_with(dsn) as session:
            collector = await collector_of(session, Subject.STATEMENTS)
            await read(collector, session)
            server.restart()
            rows(dsn, "SELECT 1")
            body = statements(await read(collector, session))

    assert body.rebaselined == "the server was restarted"


async def test_secrets_in_texts_are_redacted(start_server: ServerFactory) -> None:
    server = start_server()
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements")
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(server.dsn(), "SELECT 1 /* password = hunter2 */")
        reading = await read(collector, session)

    assert any("password" in text for text in reading.texts.values())
    assert not any("hunter2" in text for text in reading.texts.values())
    assert "hunter2" not in repr(reading.body)


async def test_one_invalid_text_takes_away_the_texts_but_not_the_figures(
    start_server: ServerFactory,
) -> None:
    server = start_server()
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements")
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        raw = raw_bytes_database(server)
        with psycopg.connect(raw, client_encoding="SQL_ASCII", autocommit=True) as other:
            other.execute(b"SELECT 1 AS /* \xff\xfe */ caf\xe9")
            other.execute(WORK.encode())
            body = statements(await read(collector, session))

            assert body.details is not None
            assert "SQL_ASCII" in body.details.reason
            # The session still shows what it executed last; the other statement has no text.
            assert found(body, "the work").calls == 1
            assert any(each.text == "" for each in body.top)

            run(raw, "CREATE EXTENSION pg_stat_statements", body.details.remedy.partition(": ")[2])
            run(server.dsn(), "SELECT 2 AS after_the_mend, pg_sleep(0.01)")
            for _ in range(100):
                body = statements(await read(collector, session))
                if body.details is None and any("after" in each.text for each in body.top):
                    break
                run(server.dsn(), "SELECT 2 AS after_the_mend, pg_sleep(0.1)")
    assert body.details is None


async def test_a_text_of_a_megabyte_is_listed_short_and_kept_to_its_limit(database: str) -> None:
    body_text = "SELECT 1, now(), clock_timestamp() /* " + "é " * 400_000 + "*/"
    settings = CollectSettings(statement_text_bytes=100_000)
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS, settings)
        await read(collector, session)
        run(database, body_text)
        reading = await read(collector, session)

    delta = found(statements(reading), "é é")
    assert len(delta.text) == 1000
    text = reading.texts[delta.key.query_id]
    assert 100_000 <= len(text.encode()) <= 100_100
    assert text.endswith(f"cut; the text has {len(body_text.encode()) + 1} bytes */")


async def test_long_texts_are_fetched_a_few_at_a_time(database: str) -> None:
    settings = CollectSettings(statement_text_bytes=1000, budget_ms_per_minute=600_000)
    many = [f"SELECT {', '.join(['now()'] * n)} /* {'x' * 900} */" for n in range(1, 31)]
    texts: list[set[int]] = []
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.STATEMENTS, settings)
        await read(collector, session)
        for _ in range(5):
            run(database, *many)
            reading = await read(collector, session)
            texts.append({key for key, text in reading.texts.items() if "xxx" in text})

    assert 0 < len(texts[0]) < 15
    assert len(set().union(*texts)) == sum(map(len, texts)) == 30


async def test_postgresql_15_is_read_as_well(
    start_server: ServerFactory, debian_programs: Programs
) -> None:
    server = start_server(programs=debian_programs)
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements VERSION '1.8'")
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        await read(collector, session)
        run(server.dsn(), WORK)
        old = statements(await read(collector, session))
        run(server.dsn(), "SELECT pg_stat_statements_reset()")
        reset = statements(await read(collector, session))

        assert found(old, "the work").calls == 1
        assert isinstance(old.evictions, Unknown)
        assert isinstance(old.stats_reset, Unknown)
        assert old.extension_version == "1.8"
        assert "reset" in reset.rebaselined

        run(server.dsn(), "ALTER EXTENSION pg_stat_statements UPDATE")
        fresh = await collector_of(session, Subject.STATEMENTS)
        await read(fresh, session)
        run(server.dsn(), WORK)
        new = statements(await read(fresh, session))

    assert new.extension_version == "1.10"
    assert found(new, "the work").calls == 1
    assert new.evictions == 0


async def test_an_extension_too_old_is_told_to_be_updated(
    start_server: ServerFactory, debian_programs: Programs
) -> None:
    server = start_server(programs=debian_programs)
    run(server.dsn(), "CREATE EXTENSION pg_stat_statements VERSION '1.7'")
    async with session_with(server.dsn()) as session:
        collector = await collector_of(session, Subject.STATEMENTS)
        body = (await read(collector, session)).body
        assert isinstance(body, Unknown)
        assert "1.7" in body.reason
        run(server.dsn(), body.remedy)
        assert isinstance((await read(collector, session)).body, Statements)


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
