"""Cancelling and terminating hit exactly the backend that was meant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer
from core.postgres.signals import Outcome, Signal, send_signal
from tests.postgres.connecting import rows, run, session_with, wait_until

WHEN = "SELECT backend_start FROM pg_stat_activity WHERE pid = %s"


@contextmanager
def victim(dsn: str, statement: str = "SELECT pg_sleep(60)") -> Iterator[int]:
    with closing(psycopg.connect(dsn, autocommit=True)) as connection:
        if statement:
            connection.pgconn.send_query(statement.encode())
            connection.pgconn.flush()
            pid = connection.info.backend_pid
            wait_until(dsn, pid, "state = 'active'")
        yield connection.info.backend_pid


def start_of(dsn: str, pid: int) -> datetime:
    ((start,),) = rows(dsn, WHEN, pid)
    assert isinstance(start, datetime)
    return start


def state_of(dsn: str, pid: int) -> str | None:
    found = rows(dsn, "SELECT state FROM pg_stat_activity WHERE pid = %s", pid)
    return found[0][0] if found else None


async def test_a_query_is_cancelled_and_its_session_lives(database: str) -> None:
    async with session_with(database) as session:
        with victim(database) as pid:
            result = await send_signal(session, Signal.CANCEL, pid, start_of(database, pid), 5)

            assert result.outcome is Outcome.DONE
            assert state_of(database, pid) == "idle"


async def test_a_session_is_ended_and_seen_to_be_gone(database: str) -> None:
    async with session_with(database) as session:
        with victim(database, "") as pid:
            result = await send_signal(session, Signal.TERMINATE, pid, start_of(database, pid), 5)

            assert result.outcome is Outcome.DONE
            assert state_of(database, pid) is None


async def test_a_recycled_pid_is_never_hit(database: str) -> None:
    async with session_with(database) as session:
        with victim(database) as pid:
            another = start_of(database, pid) - timedelta(microseconds=1)
            for signal in Signal:
                result = await send_signal(session, signal, pid, another, 1)
                assert result.outcome is Outcome.GONE

            assert state_of(database, pid) == "active"


async def test_a_session_that_is_gone_is_said_to_be(database: str) -> None:
    with victim(database, "") as pid:
        start = start_of(database, pid)
    async with session_with(database) as session:
        result = await send_signal(session, Signal.TERMINATE, pid, start, 1)

    assert result.outcome is Outcome.GONE


async def test_cancelling_an_idle_session_does_nothing(database: str) -> None:
    async with session_with(database) as session:
        with victim(database, "") as pid:
            result = await send_signal(session, Signal.CANCEL, pid, start_of(database, pid), 1)

    assert result.outcome is Outcome.IDLE


async def test_pgvigil_does_not_end_itself(database: str) -> None:
    async with session_with(database) as session:
        ((own,),) = (await session.ask(b"SELECT pg_backend_pid()")).rows
        result = await send_signal(session, Signal.TERMINATE, own, start_of(database, own), 1)

        assert result.outcome is Outcome.REFUSED
        assert session.alive


@contextmanager
def role(dsn: str, name: str, attributes: str = "") -> Iterator[None]:
    run(dsn, f"CREATE ROLE \"{name}\" LOGIN {attributes} PASSWORD 'x'")
    try:
        yield
    finally:
        run(dsn, f'DROP ROLE "{name}"')


@pytest.mark.parametrize("signal", Signal)
async def test_a_refusal_names_the_grant_that_is_missing_and_granted_it_is_done(
    postgres: EmbeddedServer, signal: Signal
) -> None:
    admin = postgres.dsn()
    with role(admin, "on call", "IN ROLE pg_monitor"), role(admin, "shop"):
        async with session_with(postgres.dsn(user="on call", password="x")) as session:
            with victim(postgres.dsn(user="shop", password="x")) as pid:
                start = start_of(admin, pid)
                refused = await send_signal(session, signal, pid, start, 1)
                lived = state_of(admin, pid)
                run(admin, refused.detail.partition("run: ")[2])
                granted = await send_signal(session, signal, pid, start, 5)

    assert refused.outcome is Outcome.REFUSED
    deed = "cancel its query" if signal is Signal.CANCEL else "end it"
    grant = 'GRANT pg_signal_backend TO "on call"'
    assert refused.detail.endswith(f"the role on call may not {deed}; run: {grant}")
    assert lived == "active"
    assert granted.outcome is Outcome.DONE


@pytest.mark.parametrize("signal", Signal)
async def test_of_a_superusers_session_no_grant_is_named_for_none_would_help(
    postgres: EmbeddedServer, signal: Signal
) -> None:
    admin = postgres.dsn()
    with role(admin, "on call", "IN ROLE pg_monitor, pg_signal_backend"):
        async with session_with(postgres.dsn(user="on call", password="x")) as session:
            with victim(admin) as pid:
                result = await send_signal(session, signal, pid, start_of(admin, pid), 1)
                assert state_of(admin, pid) == "active"

    assert result.outcome is Outcome.REFUSED
    assert "only a superuser can" in result.detail
    assert "GRANT" not in result.detail


async def test_a_role_that_may_not_see_a_session_may_not_signal_it(
    postgres: EmbeddedServer,
) -> None:
    run(postgres.dsn(), "CREATE ROLE killer LOGIN PASSWORD 'x' IN ROLE pg_signal_backend")
    try:
        async with session_with(postgres.dsn(user="killer", password="x")) as session:
            with victim(postgres.dsn()) as pid:
                start = start_of(postgres.dsn(), pid)
                result = await send_signal(session, Signal.TERMINATE, pid, start, 1)
    finally:
        run(postgres.dsn(), "DROP ROLE killer")

    assert result.outcome is Outcome.REFUSED
    assert result.detail.endswith("run: GRANT pg_monitor TO killer")


async def test_a_backend_that_does_not_obey_is_said_to_be_still_there(database: str) -> None:
    async with session_with(database) as session:
        with victim(database) as pid:
            start = start_of(database, pid)
            result = await send_signal(session, Signal.CANCEL, pid, start, 0)

    assert result.outcome in {Outcome.SENT, Outcome.DONE}
