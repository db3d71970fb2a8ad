"""Every figure that pgvigil takes with pg_monitor alone is what psql says at the same moment."""

from __future__ import annotations

import asyncio
import csv
import io
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import datetime

import psycopg
import pytest

from core.model.connections import BackendState, Connections
from core.model.databases import Databases
from core.model.server import ServerInfo
from core.model.snapshot import Subject
from core.model.statements import Statements
from core.postgres.embedded import EmbeddedServer
from core.postgres.session import Session
from tests.postgres.connecting import collector_of, read, run, session_with
from tests.servers.factory import ServerFactory

CLIENTS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


@pytest.fixture
def server(start_server: ServerFactory) -> Iterator[EmbeddedServer]:
    """A server at rest but for the sessions that stand in different states."""
    server = start_server(settings={"max_connections": 40, "autovacuum": "off"})
    run(
        server.dsn(),
        "CREATE EXTENSION pg_stat_statements",
        "CREATE ROLE watch LOGIN PASSWORD 'x' IN ROLE pg_monitor",
        "CREATE ROLE app LOGIN PASSWORD 'x'",
        "CREATE TABLE t AS SELECT generate_series(1, 1000) AS a",
    )
    app = server.dsn(user="app", password="x")
    states = {app: ["SELECT 1", "BEGIN; SELECT 2", "SELECT 3"], server.dsn(): ["BEGIN; SELECT 4"]}
    held = []
    for dsn, statements in states.items():
        for statement in statements:
            connection = psycopg.connect(dsn, autocommit=True, application_name="shop")
            connection.execute(statement.encode())
            held.append(connection)
    yield server
    for connection in held:
        connection.close()


@pytest.fixture
async def session(server: EmbeddedServer) -> AsyncIterator[Session]:
    """The session of the role that has pg_monitor and nothing else."""
    async with session_with(server.dsn(user="watch", password="x")) as session:
        yield session


def psql(server: EmbeddedServer, query: str) -> list[list[str]]:
    """What psql prints, asked by the role with pg_monitor."""
    dsn = server.dsn(user="watch", password="x")
    done = subprocess.run(
        [str(server.programs.path("psql")), "-X", "--csv", "--tuples-only", "-c", query, dsn],
        env=server.programs.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return list(csv.reader(io.StringIO(done.stdout)))


def wait_until_gone(server: EmbeddedServer, database: str) -> None:
    while psql(server, f"SELECT 1 FROM pg_stat_activity WHERE datname = '{database}'"):
        time.sleep(0.05)


async def test_connections(server: EmbeddedServer, session: Session) -> None:
    collector = await collector_of(session, Subject.CONNECTIONS)
    body = (await read(collector, session)).body
    assert isinstance(body, Connections)

    def counted(column: str) -> dict[str, int]:
        return {
            label: int(n)
            for label, n in psql(server, f"SELECT {column}, count(*) {CLIENTS} GROUP BY 1")
        }

    assert [[str(body.total)]] == psql(server, f"SELECT count(*) {CLIENTS}")
    for counts, column in (
        (body.by_state, "state"),
        (body.by_database, "datname"),
        (body.by_role, "usename"),
        (body.by_application, "application_name"),
        (body.by_client, "host(client_addr)"),
    ):
        assert {each.label: each.total for each in counts} == counted(column), column
    assert body.in_state(BackendState.IDLE_IN_TRANSACTION) == 2
    ((usable,),) = psql(
        server,
        "SELECT current_setting('max_connections')::int"
        " - current_setting('superuser_reserved_connections')::int"
        " - current_setting('reserved_connections')::int",
    )
    assert body.slots.usable == int(usable)
    ages = {
        int(pid): tuple(map(float, rest))
        for pid, *rest in psql(
            server,
            "SELECT pid, coalesce(extract(epoch FROM now() - xact_start), -1),"
            f" extract(epoch FROM now() - state_change) {CLIENTS}",
        )
    }
    for backend in body.backends:
        if not backend.is_pgvigil:
            transaction, state = ages[backend.pid]
            assert backend.transaction_seconds == (
                None if transaction < 0 else pytest.approx(transaction, abs=2)
            )
            assert backend.state_seconds == pytest.approx(state, abs=2)


async def test_the_server(server: EmbeddedServer, session: Session) -> None:
    body = (await read(await collector_of(session, Subject.SERVER), session)).body
    assert isinstance(body, ServerInfo)
    assert isinstance(body.started_at, datetime)

    asked = psql(
        server,
        "SELECT current_setting('server_version_num'), current_setting('server_version'),"
        " pg_is_in_recovery(), extract(epoch FROM pg_postmaster_start_time()),"
        " (SELECT system_identifier FROM pg_control_system()), current_database(), current_user",
    )
    assert asked == [
        [
            str(body.version_num),
            body.version,
            "t" if body.in_recovery else "f",
            f"{body.started_at.timestamp():.6f}",
            str(body.system_identifier),
            body.database,
            body.role,
        ]
    ]
    shown = dict(
        psql(
            server, "SELECT name, current_setting(name) FROM pg_settings WHERE name !~ '_timeout$'"
        )
    )
    for name, value in body.settings.items():
        if name in shown and name != "jit":
            assert value == shown[name], name


async def test_statements(server: EmbeddedServer, session: Session) -> None:
    collector = await collector_of(session, Subject.STATEMENTS)
    counters = (
        "SELECT queryid, calls, total_exec_time, rows, shared_blks_hit, wal_bytes,"
        " temp_blks_written, stddev_exec_time, max_exec_time FROM pg_stat_statements"
        " WHERE query LIKE '%/* shop */%'"
    )
    run(server.dsn(), "INSERT /* shop */ INTO t VALUES (0)")
    before = {row[0]: row for row in psql(server, counters)}
    await read(collector, session)
    run(
        server.dsn(),
        *["INSERT /* shop */ INTO t VALUES (1)"] * 3,
        "SELECT /* shop */ count(*) FROM t",
        "SELECT /* shop */ pg_sleep(0.05)",
    )
    body = (await read(collector, session)).body
    after = {row[0]: row for row in psql(server, counters)}
    assert isinstance(body, Statements)

    top = {str(each.key.query_id): each for each in body.top if "/* shop */" in each.text}
    assert top.keys() == after.keys()
    assert len(top) == 3
    for query_id, row in after.items():
        old = before.get(query_id, ["0"] * 9)
        differences = [float(new) - float(was) for new, was in zip(row[1:7], old[1:7], strict=True)]
        delta = top[query_id]
        assert differences == pytest.approx(
            [
                delta.calls,
                delta.total_ms,
                delta.rows,
                delta.shared_blocks_hit,
                delta.wal_bytes,
                delta.temp_blocks_written,
            ]
        )
        assert delta.max_ms_ever == pytest.approx(float(row[8]))
    assert [[str(body.tracked_max)]] == psql(server, "SHOW pg_stat_statements.max")
    assert isinstance(body.evictions, int)


async def test_databases(server: EmbeddedServer, session: Session) -> None:
    collector = await collector_of(session, Subject.DATABASES)
    name = "app_data"
    run(server.dsn(), f"CREATE DATABASE {name}")
    counters = (
        "SELECT xact_commit, xact_rollback, tup_inserted + tup_updated + tup_deleted, temp_files,"
        f" temp_bytes, deadlocks FROM pg_stat_database WHERE datname = '{name}'"
    )
    (before,) = psql(server, counters)
    await read(collector, session)
    with closing(psycopg.connect(server.dsn(name), autocommit=True)) as app:
        app.execute("SET work_mem = '64kB'")
        app.execute("CREATE TABLE t AS SELECT g FROM generate_series(1, 20000) AS g")
        app.execute("SELECT * FROM (SELECT g FROM t ORDER BY g DESC) AS s OFFSET 19999")
        with pytest.raises(psycopg.errors.DivisionByZero):
            app.execute("SELECT 1 / 0")
    # A session that is gone has handed all its counts in.
    await asyncio.to_thread(wait_until_gone, server, name)
    body = (await read(collector, session)).body
    (after,) = psql(server, counters)
    ((size,),) = psql(server, f"SELECT pg_database_size('{name}')")
    assert isinstance(body, Databases)
    (delta,) = (each for each in body.databases if each.name == name)

    differences = [int(new) - int(was) for new, was in zip(after, before, strict=True)]
    assert differences == [
        delta.commits,
        delta.rollbacks,
        delta.rows_changed,
        delta.temp_files,
        delta.temp_bytes,
        delta.deadlocks,
    ]
    assert delta.rollbacks == 1
    assert delta.temp_files >= 1
    assert delta.size_bytes == int(size)
