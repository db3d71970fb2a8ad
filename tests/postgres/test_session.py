"""A held session: one round trip a question, honest cost, and it never wedges."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from core.errors import ServerError
from core.model.server import LinkState
from core.postgres.embedded import EmbeddedServer
from core.postgres.failure import QuestionError, SessionLostError
from tests.postgres.connecting import LIMITS, SHORT, raw_bytes_database, rows, run, session_with
from tests.servers.factory import ServerFactory
from tests.servers.proxy import network_to


async def test_a_question_is_one_message_to_the_server(database: str) -> None:
    async with network_to(database) as (dsn, network), session_with(dsn) as session:
        before = network.messages
        answer = await session.ask(b"SELECT 1; SELECT 2")

        assert answer.results == ([(1,)], [(2,)])
        assert network.messages - before == 1


async def test_the_cost_is_the_servers_time_and_not_the_networks(database: str) -> None:
    async with network_to(database) as (dsn, network), session_with(dsn) as session:
        network.delay = 0.2
        assert (await session.ask(b"SELECT 1")).server_ms < 200
        assert (await session.ask(b"SELECT pg_sleep(0.15)")).server_ms >= 150


async def test_no_prepared_statement_is_made(database: str) -> None:
    async with session_with(database) as session:
        for _ in range(8):
            await session.ask(b"SELECT %(n)s::int4", {"n": 1})

        assert (await session.ask(b"SELECT count(*) FROM pg_prepared_statements")).rows == [(0,)]


async def test_a_session_sets_its_limits_once_and_only_reads(database: str) -> None:
    async with session_with(database) as session:
        assert not session.via_pooler
        names = ("statement_timeout", "lock_timeout", "search_path", "transaction_read_only")
        sql = ", ".join(f"current_setting('{name}')" for name in names)

        (row,) = (await session.ask(f"SELECT {sql}".encode())).rows

        assert row == ("5s", "500ms", "pg_catalog, pg_temp", "on")
        with pytest.raises(QuestionError, match="refused a question"):
            await session.ask(b"CREATE TABLE public.t ()")


async def test_pgvigil_is_named_in_the_servers_list_of_sessions(database: str) -> None:
    async with session_with(database) as session:
        (row,) = (await session.ask(b"SELECT current_setting('application_name')")).rows

        assert row == ("pgvigil",)


async def test_a_refused_question_leaves_the_session_in_order(database: str) -> None:
    async with session_with(database) as session:
        with pytest.raises(QuestionError) as error:
            await session.ask(b"SELECT 1; SELECT * FROM public.nothing_here")

        assert error.value.sqlstate == "42P01"
        assert (await session.ask(b"SELECT 1")).rows == [(1,)]


async def test_a_question_that_takes_too_long_is_cancelled_by_the_server(database: str) -> None:
    async with session_with(database, SHORT) as session:
        with pytest.raises(QuestionError, match="cancelled") as error:
            await session.ask(b"SELECT pg_sleep(20)")

        assert error.value.sqlstate == "57014"
        assert error.value.server_ms >= 300
        assert (await session.ask(b"SELECT 1")).rows == [(1,)]


async def test_a_question_does_not_wait_long_for_a_lock(database: str) -> None:
    run(database, "CREATE TABLE public.locked ()")
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE public.locked")
        async with session_with(database, SHORT) as session:
            with pytest.raises(QuestionError, match="waited too long for a lock") as error:
                await session.ask(b"SELECT * FROM public.locked")

            assert error.value.sqlstate == "55P03"


async def test_a_server_that_answers_no_more_is_given_up(database: str) -> None:
    async with network_to(database) as (dsn, network), session_with(dsn, SHORT) as session:
        network.drop_packets()

        with pytest.raises(SessionLostError, match="gave no answer") as error:
            await session.ask(b"SELECT 1")

        assert error.value.state is LinkState.UNREACHABLE
        assert not session.alive
        with pytest.raises(SessionLostError):
            await session.ask(b"SELECT 1")


async def test_a_question_that_nobody_waits_for_ends_at_once(database: str) -> None:
    async with network_to(database) as (dsn, network), session_with(dsn, LIMITS) as session:
        network.drop_packets()
        task = asyncio.create_task(session.ask(b"SELECT 1"))
        await asyncio.sleep(0.05)
        task.cancel()

        async with asyncio.timeout(4):
            with pytest.raises(asyncio.CancelledError):
                await task
        assert not session.alive


async def test_a_connection_that_is_cut_is_lost(database: str) -> None:
    async with network_to(database) as (dsn, network), session_with(dsn) as session:
        network.cut()

        with pytest.raises(SessionLostError, match="broke off"):
            await session.ask(b"SELECT 1")


async def test_a_session_that_an_administrator_ends_is_lost(database: str) -> None:
    async with session_with(database) as session:
        ((pid,),) = (await session.ask(b"SELECT pg_backend_pid()")).rows
        rows(database, "SELECT pg_terminate_backend(%s, 5000)", pid)

        with pytest.raises(SessionLostError, match="was ended"):
            await session.ask(b"SELECT 1")
        assert not session.alive


async def test_questions_asked_at_once_are_put_one_after_the_other(database: str) -> None:
    async with session_with(database) as session:
        answers = await asyncio.gather(
            *(session.ask(b"SELECT %(n)s::int4", {"n": n}) for n in range(20))
        )

        assert [answer.rows[0][0] for answer in answers] == list(range(20))


async def test_text_in_an_invalid_encoding_is_shown_with_replacements(
    start_server: ServerFactory,
) -> None:
    server = start_server()
    with psycopg.connect(raw_bytes_database(server), client_encoding="SQL_ASCII") as other:
        other.execute(b'CREATE TABLE "caf\xe9" ()')
        other.commit()
        async with session_with(other.info.dsn + f" password={server.password}") as session:
            answer = await session.ask(b"SELECT relname FROM pg_class WHERE relname ~ '^caf'")
            assert answer.rows == [("caf\ufffd",)]
            (row,) = (await session.ask(b"SELECT 'a' || chr(233)")).rows
            assert row == ("a\ufffd",)


async def test_text_of_a_latin1_database_is_read_as_latin1(postgres: EmbeddedServer) -> None:
    run(
        postgres.dsn(),
        "CREATE DATABASE old ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    try:
        async with session_with(postgres.dsn("old")) as session:
            assert (await session.ask(b"SELECT 'caf' || chr(233)")).rows == [("café",)]
    finally:
        run(postgres.dsn(), "DROP DATABASE old")


async def test_through_a_pooler_settings_come_with_each_question(pooled: str) -> None:
    async with session_with(pooled) as session:
        assert session.via_pooler
        (row,) = (
            await session.ask(
                b"SELECT current_setting('statement_timeout'), current_setting('search_path'),"
                b" current_setting('transaction_read_only')"
            )
        ).rows
        assert row == ("5s", "pg_catalog, pg_temp", "on")


async def test_through_a_pooler_nothing_is_left_behind(pooled: str) -> None:
    show = (
        "SELECT pg_backend_pid(), current_setting('statement_timeout'),"
        " current_setting('search_path'), current_setting('default_transaction_read_only'),"
        " current_setting('jit'), (SELECT count(*) FROM pg_prepared_statements)"
    )
    async with session_with(pooled, SHORT) as session:
        ((pid,),) = (await session.ask(b"SELECT pg_backend_pid()")).rows
        with pytest.raises(ServerError):
            await session.ask(b"SELECT pg_sleep(20)")
        with pytest.raises(ServerError):
            await session.ask(b"SELECT 1/0")

        # The next client of the pool gets the same server session.
        ((other_pid, *left),) = rows(pooled, show)
        assert other_pid == pid
        assert left == ["0", '"$user", public', "off", "on", 0]
        assert (await session.ask(b"SELECT 1")).rows == [(1,)]
