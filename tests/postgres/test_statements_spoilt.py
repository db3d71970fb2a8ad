"""Resets, evictions and restarts between two readings give no wrong figure."""

from __future__ import annotations

from typing import Any

from core.model.snapshot import Subject
from tests.postgres.connecting import collector_of, read, rows, run, session_with
from tests.postgres.reading_statements import WORK, found, statements
from tests.servers.factory import ServerFactory
from tests.servers.pgbouncer import pgbouncer


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
