"""Client backends: counted, listed, their ages by the right clock, and who waits for whom."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import psycopg
from psycopg import sql

from core.config.settings import CollectSettings
from core.model.connections import Backend, BackendState, Connections
from core.model.series import Metric
from core.model.snapshot import Subject
from core.postgres.embedded import EmbeddedServer
from tests.postgres.connecting import (
    SETTINGS,
    collector_of,
    held,
    raw_bytes_database,
    read,
    rows,
    run,
    running,
    session_with,
    wait_until,
)
from tests.servers.factory import ServerFactory

WAITS = "wait_event_type = 'Lock'"


async def connections(dsn: str, settings: CollectSettings = SETTINGS) -> Connections:
    async with session_with(dsn) as session:
        collector = await collector_of(session, Subject.CONNECTIONS, settings)
        body = (await read(collector, session)).body
        assert isinstance(body, Connections)
        return body


def backend(body: Connections, pid: int) -> Backend:
    return next(each for each in body.backends if each.pid == pid)


async def test_pgvigils_own_session_is_marked_and_counts_as_idle(database: str) -> None:
    body = await connections(database)

    (own,) = (each for each in body.backends if each.is_pgvigil)
    assert own.application == "pgvigil"
    assert own.state is BackendState.IDLE
    assert own.query_seconds is None


async def test_each_state_is_told(database: str) -> None:
    run(database, "CREATE TABLE public.t ()")
    with (
        held(database, "SELECT 1") as idle,
        held(database, "BEGIN", "SELECT 1") as open_transaction,
        held(database, "BEGIN", "SELECT 1/0") as aborted,
        running(database, "SELECT pg_sleep(60)") as active,
    ):
        body = await connections(database)

    assert backend(body, idle).state is BackendState.IDLE
    assert backend(body, open_transaction).state is BackendState.IDLE_IN_TRANSACTION
    assert backend(body, aborted).state is BackendState.IDLE_IN_TRANSACTION_ABORTED
    assert backend(body, active).state is BackendState.ACTIVE
    assert body.in_state(BackendState.IDLE_IN_TRANSACTION_ABORTED) == 1


async def test_each_age_has_its_own_clock(database: str) -> None:
    with held(database, "BEGIN", "SELECT pg_sleep(0.3)") as waiting:
        await asyncio.sleep(0.3)
        with running(database, "SELECT pg_sleep(60)") as active:
            await asyncio.sleep(0.2)
            body = await connections(database)

    idle = backend(body, waiting)
    # The transaction began before the sleep; the idling after it.
    assert idle.query_seconds is None
    assert idle.transaction_seconds is not None
    assert idle.state_seconds is not None
    assert idle.transaction_seconds - idle.state_seconds >= 0.3
    assert idle.state_seconds >= 0.5
    assert body.longest_transaction_seconds == idle.transaction_seconds
    assert body.longest_idle_in_transaction_seconds == idle.state_seconds
    assert body.longest_query_seconds == backend(body, active).query_seconds
    assert body.longest_query_seconds is not None
    assert 0.2 <= body.longest_query_seconds < idle.state_seconds


async def test_who_waits_for_a_lock_names_who_holds_it(database: str) -> None:
    run(database, "CREATE TABLE public.t ()")
    lock = "LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE"
    with ExitStack() as stack:
        holder = stack.enter_context(held(database, "BEGIN", lock))
        first = stack.enter_context(running(database, f"BEGIN; {lock}"))
        wait_until(database, first, WAITS)
        second = stack.enter_context(running(database, f"BEGIN; {lock}"))
        wait_until(database, second, WAITS)
        body = await connections(database)

    assert backend(body, first).blocked_by == (holder,)
    assert first in backend(body, second).blocked_by
    assert backend(body, holder).blocked_by == ()
    assert body.waiting_on_lock == 2


async def test_when_the_list_is_cut_blockers_and_waiters_stay(database: str) -> None:
    run(database, "CREATE TABLE public.t ()")
    lock = "LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE"
    with ExitStack() as stack:
        holder = stack.enter_context(held(database, "BEGIN", lock))
        waiter = stack.enter_context(running(database, f"BEGIN; {lock}"))
        for _ in range(20):
            stack.enter_context(held(database, "SELECT 1"))
        wait_until(database, waiter, WAITS)
        body = await connections(database, CollectSettings(backends_listed=10))

    assert [each.pid for each in body.backends[:2]] == [holder, waiter]
    assert len(body.backends) == 10
    assert body.backends_left_out == body.total - 10 >= 13


async def test_names_and_texts_come_as_the_server_has_them(postgres: EmbeddedServer) -> None:
    hostile = 'a"b\n[bold]c\x1b[31m;--'
    name = sql.Identifier(hostile)
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            with psycopg.connect(
                host="127.0.0.1",
                port=postgres.port,
                user=hostile,
                dbname=hostile,
                password="x",
                application_name="it's\nme",
            ) as other:
                other.execute(f"SELECT {sql.quote(hostile)} AS /* [red] */ x".encode())
                body = await connections(postgres.dsn())
                found = backend(body, other.info.backend_pid)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
            admin.execute(sql.SQL("DROP ROLE {}").format(name))

    assert (found.database, found.role) == (hostile, hostile)
    assert hostile in found.query
    # The server itself makes an application's name harmless.
    assert found.application.startswith("it's")


async def test_a_long_query_text_is_cut_at_the_server(start_server: ServerFactory) -> None:
    server = start_server(settings={"track_activity_query_size": "1MB"})
    text = "SELECT '" + "é" * 500_000 + "'"
    with held(server.dsn(), text) as other:
        body = await connections(server.dsn(), CollectSettings(query_text_bytes=2001))
        found = backend(body, other)

    assert found.query.startswith("SELECT 'éé")
    assert found.query.endswith(" …")
    assert len(found.query.encode()) <= 2010


async def test_a_query_with_invalid_bytes_in_another_database_is_shown(
    start_server: ServerFactory,
) -> None:
    server = start_server(settings={"track_activity_query_size": "100kB"})
    raw = raw_bytes_database(server)
    with psycopg.connect(raw, client_encoding="SQL_ASCII", autocommit=True) as other:
        for text in (b"SELECT 'caf\xe9'", b"SELECT '" + b"\xe9" * 5000 + b"'"):
            other.execute(text)
            body = await connections(server.dsn())
            assert "\ufffd" in backend(body, other.info.backend_pid).query


async def test_a_secret_in_a_running_query_is_not_shown(database: str) -> None:
    with held(database, "SELECT 'postgresql://ann:hunter2@db1/x'") as other:
        body = await connections(database)

    assert "hunter2" not in backend(body, other).query


async def test_what_a_role_may_not_see_is_hidden_and_said(postgres: EmbeddedServer) -> None:
    run(postgres.dsn(), "CREATE ROLE \"we'ak\" LOGIN PASSWORD 'x'")
    try:
        with held(postgres.dsn(), "BEGIN", "SELECT 1") as other:
            body = await connections(postgres.dsn(user="we'ak", password="x"))
            total = rows(
                postgres.dsn(),
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                " AND pid <> pg_backend_pid()",
            )[0][0]
    finally:
        run(postgres.dsn(), 'DROP ROLE "we\'ak"')

    found = backend(body, other)
    assert (found.state, found.query) == (BackendState.HIDDEN, "")
    assert found.backend_start is None
    assert body.total >= total
    assert body.details is not None
    assert body.details.remedy == 'GRANT pg_monitor TO "we\'ak"'


async def test_a_member_of_pg_monitor_sees_everything(monitor_dsn: str) -> None:
    body = await connections(monitor_dsn)

    assert body.details is None
    assert body.in_state(BackendState.HIDDEN) == 0


async def test_usable_slots_leave_out_both_kinds_of_reserved_ones(
    start_server: ServerFactory,
) -> None:
    server = start_server(
        settings={
            "max_connections": 30,
            "superuser_reserved_connections": 4,
            "reserved_connections": 5,
        }
    )

    assert (await connections(server.dsn())).slots.usable == 21


async def test_samples_say_what_the_picture_says(database: str) -> None:
    async with session_with(database) as session:
        collector = await collector_of(session, Subject.CONNECTIONS)
        reading = await read(collector, session)

    assert isinstance(reading.body, Connections)
    values = {sample.metric: sample.value for sample in reading.samples}
    assert values[Metric.CONNECTIONS_TOTAL] == reading.body.total
    assert values[Metric.CONNECTIONS_USABLE] == reading.body.slots.usable
    assert values[Metric.CONNECTIONS_IDLE] == reading.body.in_state(BackendState.IDLE)
    assert reading.server_ms > 0
    assert reading.rows == reading.body.total
