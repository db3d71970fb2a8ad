"""Sessions for tests, as a watcher would hold them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from core.collect.collector import Collector, Reading
from core.collect.registry import collectors
from core.config.settings import CollectSettings
from core.model.snapshot import Body, Subject
from core.model.unknown import Unknown
from core.postgres.capabilities import probe
from core.postgres.embedded import EmbeddedServer
from core.postgres.session import Limits, Session
from core.postgres.target import Target, settings_from_dsn

SETTINGS = CollectSettings()
LIMITS = Limits.from_settings(SETTINGS)
SHORT = replace(LIMITS, connect=2, statement=0.3, lock=0.2, network=0.4)


def target_of(dsn: str) -> Target:
    """The target that a DSN on the command line gives."""
    return Target.from_settings("test", settings_from_dsn(dsn))


@asynccontextmanager
async def session_with(dsn: str, limits: Limits = LIMITS) -> AsyncIterator[Session]:
    """A session that ends with the context."""
    session = await Session.connect(target_of(dsn), limits)
    try:
        yield session
    finally:
        await session.close()


async def collector_of(
    session: Session, subject: Subject, settings: CollectSettings = SETTINGS
) -> Collector:
    """The collector of one subject, as the registry makes it."""
    capabilities = await probe(session)
    return next(each for each in collectors(capabilities, settings) if each.subject is subject)


async def read(collector: Collector, session: Session) -> Reading:
    """One reading, now."""
    return await collector.collect(session, datetime.now(UTC))


async def ask_everything(dsn: str) -> dict[Subject, Body | Unknown]:
    """What each collector says the second time it is asked."""
    async with session_with(dsn) as session:
        bodies = {}
        for collector in collectors(await probe(session), SETTINGS):
            await read(collector, session)
            bodies[collector.subject] = (await read(collector, session)).body
        return bodies


def rows(dsn: str, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    """What plain SQL answers, on a connection of its own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query.encode(), parameters or None).fetchall()


def raw_bytes_database(server: EmbeddedServer) -> str:
    """The DSN of a new database that takes any bytes as text: its encoding is SQL_ASCII."""
    run(
        server.dsn(),
        "CREATE DATABASE raw_bytes ENCODING 'SQL_ASCII' TEMPLATE template0"
        " LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    return server.dsn("raw_bytes")


@contextmanager
def held(dsn: str, *statements: str) -> Iterator[int]:
    """The pid of a session that executed ``statements`` and stays where they left it."""
    with closing(psycopg.connect(dsn, autocommit=True)) as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error:
                continue
        yield connection.info.backend_pid


@contextmanager
def running(dsn: str, statement: str) -> Iterator[int]:
    """The pid of a session that executes ``statement`` all the while."""
    with closing(psycopg.connect(dsn, autocommit=True)) as connection:
        connection.pgconn.send_query(statement.encode())
        connection.pgconn.flush()
        wait_until(dsn, connection.info.backend_pid, "state = 'active'")
        try:
            yield connection.info.backend_pid
        finally:
            connection.cancel_safe()


def wait_until(dsn: str, pid: int, condition: str) -> None:
    """Wait until ``condition`` holds for the row of ``pid`` in pg_stat_activity."""
    query = f"SELECT 1 FROM pg_stat_activity WHERE pid = %s AND {condition}"
    for _ in range(1000):
        if rows(dsn, query, pid):
            return
        time.sleep(0.01)
    raise AssertionError(f"session {pid} never came to: {condition}")


def wait_until_gone(dsn: str, pid: int) -> None:
    """Wait until no session has the ``pid``."""
    while rows(dsn, "SELECT 1 FROM pg_stat_activity WHERE pid = %s", pid):
        time.sleep(0.01)


def run(dsn: str, *statements: str) -> None:
    """Execute statements on a connection of its own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
