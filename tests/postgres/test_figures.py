"""Every figure that pgvigil takes with pg_monitor alone is what psql says at the same moment.

On each supported version of PostgreSQL.
"""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import pytest

from core.model.connections import BackendState, Connections
from core.model.databases import Databases
from core.model.server import ServerInfo
from core.model.snapshot import Subject
from core.model.statements import StatementDelta, Statements
from core.model.unknown import Unknown
from core.postgres.embedded import EmbeddedServer, Programs
from core.postgres.session import Session
from tests.postgres.connecting import (
    collector_of,
    held,
    read,
    rows,
    run,
    running,
    session_with,
    wait_until,
)
from tests.servers.databases import fresh_database, fresh_role
from tests.servers.waiting import eventually

ANYBODY = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
# A psql that asked before may not have left the list yet.
CLIENTS = f"{ANYBODY} AND application_name <> 'psql'"


@dataclass(frozen=True)
class Shop:
    """An empty database on a server at rest, with DSNs of three roles."""

    admin: str
    app: str
    watch: str
    name: str
    programs: Programs

    def psql(self, query: str) -> list[list[str]]:
        """What psql prints, asked by the role with pg_monitor and nothing else."""
        done = subprocess.run(
            [self.programs.path("psql"), "-X", "--csv", "--tuples-only", "-c", query, self.watch],
            env=self.programs.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return list(csv.reader(io.StringIO(done.stdout)))


@pytest.fixture
def shop(each_postgres: EmbeddedServer, programs: Programs) -> Iterator[Shop]:
    """On each version; the psql is always the embedded one."""
    server = each_postgres
    eventually(lambda: rows(server.dsn(), f"SELECT count(*) = 0 {ANYBODY}")[0][0])
    with (
        fresh_database(server) as name,
        fresh_role(server, member_of="pg_monitor") as (watch, watch_password),
        fresh_role(server) as (app, app_password),
    ):
        yield Shop(
            admin=server.dsn(name),
            app=server.dsn(name, user=app, password=app_password),
            watch=server.dsn(name, user=watch, password=watch_password),
            name=name,
            programs=programs,
        )


@pytest.fixture
async def session(shop: Shop) -> AsyncIterator[Session]:
    """The session of the role that has pg_monitor and nothing else."""
    async with session_with(shop.watch) as session:
        yield session


@pytest.fixture
def visitors(shop: Shop) -> Iterator[None]:
    """Sessions that stand in different states, one of them waiting for another."""
    lock = "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE"
    run(shop.admin, "CREATE TABLE t AS SELECT 1 AS a", "GRANT ALL ON t TO PUBLIC")
    with ExitStack() as stack:
        stack.enter_context(held(shop.app, "SELECT 1"))
        stack.enter_context(held(shop.app, "BEGIN; SELECT 2"))
        stack.enter_context(held(shop.app, "BEGIN", "SELECT 1 / 0"))
        stack.enter_context(held(shop.admin, lock))
        waiting = stack.enter_context(running(shop.app, lock))
        wait_until(shop.admin, waiting, "wait_event_type = 'Lock'")
        yield


async def test_connections(shop: Shop, visitors: None, session: Session) -> None:
    body = (await read(await collector_of(session, Subject.CONNECTIONS), session)).body
    assert isinstance(body, Connections)

    def counted(column: str) -> dict[str, int]:
        found = shop.psql(f"SELECT {column}, count(*) {CLIENTS} GROUP BY 1")
        return {label: int(n) for label, n in found}

    assert [[str(body.total)]] == shop.psql(f"SELECT count(*) {CLIENTS}")
    assert body.details is None
    for counts, column in (
        (body.by_state, "state"),
        (body.by_database, "datname"),
        (body.by_role, "usename"),
        (body.by_application, "application_name"),
        (body.by_client, "host(client_addr)"),
    ):
        assert {each.label: each.total for each in counts} == counted(column), column
    assert body.in_state(BackendState.IDLE_IN_TRANSACTION) == 2
    assert body.in_state(BackendState.IDLE_IN_TRANSACTION_ABORTED) == 1
    assert body.waiting_on_lock == 1
    ((usable,),) = shop.psql(
        "SELECT current_setting('max_connections')::int"
        " - current_setting('superuser_reserved_connections')::int"
        " - coalesce(current_setting('reserved_connections', true), '0')::int"
    )
    assert body.slots.usable == int(usable)


async def test_each_session(shop: Shop, visitors: None, session: Session) -> None:
    body = (await read(await collector_of(session, Subject.CONNECTIONS), session)).body
    assert isinstance(body, Connections)

    query_id = "query_id" if session.version_num >= 140_000 else "NULL"
    asked = {
        int(pid): rest
        for pid, *rest in shop.psql(
            "SELECT pid, state, coalesce(wait_event, ''), query,"
            f" {query_id}, array_to_string(pg_blocking_pids(pid), ' '),"
            " extract(epoch FROM now() - xact_start), extract(epoch FROM now() - state_change)"
            f" {CLIENTS}"
        )
    }
    others = [each for each in body.backends if not each.is_pgvigil]
    assert len(others) == 5
    for each in others:
        *texts, transaction, state = asked[each.pid]
        assert texts == [
            each.state.value,
            each.wait_event,
            each.query,
            "" if each.query_id is None else str(each.query_id),
            " ".join(map(str, each.blocked_by)),
        ]
        expected = pytest.approx(float(transaction), abs=2) if transaction else None
        assert each.transaction_seconds == expected
        assert each.state_seconds == pytest.approx(float(state), abs=2)


async def test_the_server(shop: Shop, session: Session) -> None:
    body = (await read(await collector_of(session, Subject.SERVER), session)).body
    assert isinstance(body, ServerInfo)
    assert isinstance(body.started_at, datetime)

    asked = shop.psql(
        "SELECT current_setting('server_version_num'), current_setting('server_version'),"
        " pg_is_in_recovery(), to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC',"
        " 'YYYY-MM-DD HH24:MI:SS.US'),"
        " (SELECT system_identifier FROM pg_control_system()), current_database(), current_user"
    )
    assert asked == [
        [
            str(body.version_num),
            body.version,
            "t" if body.in_recovery else "f",
            f"{body.started_at:%Y-%m-%d %H:%M:%S.%f}",
            str(body.system_identifier),
            body.database,
            body.role,
        ]
    ]
    shown = dict(
        shop.psql("SELECT name, current_setting(name) FROM pg_settings WHERE name !~ '_timeout$'")
    )
    assert {"shared_preload_libraries", "wal_level", "max_connections"} <= body.settings.keys()
    for name, value in body.settings.items():
        if name in shown and name != "jit":
            assert value == shown[name], name


async def test_statements(shop: Shop, session: Session) -> None:
    collector = await collector_of(session, Subject.STATEMENTS)
    insert = "INSERT /* shop */ INTO t VALUES (1)"
    run(
        shop.admin,
        "CREATE TABLE t (a int)",
        # More than a bulk write keeps in shared buffers: some of it has to be read again.
        "CREATE TABLE large AS SELECT repeat('x', 1000) FROM generate_series(1, 8000)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN (SELECT /* shop */ max(a) FROM t); END $$",
        insert,
    )
    before = statements_by_psql(shop, session.version_num)
    await read(collector, session)
    run(
        shop.admin,
        "SET work_mem = '64kB'",
        *[insert] * 3,
        "SELECT /* shop */ count(*) FROM large",
        "SELECT /* shop */ * FROM (SELECT * FROM large ORDER BY 1) AS s OFFSET 7999",
        "SELECT (SELECT /* shop */ max(a) FROM t)",
        "SELECT /* shop */ f()",
        *["SELECT /* shop */ pg_sleep(0.02) FROM t LIMIT 1"] * 2,
    )
    body = (await read(collector, session)).body
    after = statements_by_psql(shop, session.version_num)
    assert isinstance(body, Statements)

    found = {
        (str(each.key.query_id), "t" if each.key.toplevel else "f"): each
        for each in body.top
        if "/* shop */" in each.text and not each.text.startswith("CREATE")
    }
    assert found.keys() == after.keys()
    assert len(found) >= 6
    for key, counters in after.items():
        earlier = before.get(key, [0.0] * len(counters))
        happened = [now - then for now, then in zip(counters, earlier, strict=True)]
        assert figures(found[key]) == pytest.approx(happened[:-2]), found[key].text
        assert found[key].max_ms_ever == counters[-2]
        if key not in before and counters[0] > 1:
            assert found[key].stddev_ms == counters[-1]
    assert sum(each.shared_blocks_read for each in found.values()) > 0
    assert sum(each.read_ms for each in found.values()) > 0
    assert sum(each.temp_blocks_written for each in found.values()) > 0
    assert sum(each.plan_ms for each in found.values()) > 0


async def test_the_statistics_of_statements_themselves(shop: Shop, session: Session) -> None:
    collector = await collector_of(session, Subject.STATEMENTS)
    await read(collector, session)
    body = (await read(collector, session)).body
    assert isinstance(body, Statements)

    ((version, maximum),) = shop.psql(
        "SELECT extversion, current_setting('pg_stat_statements.max')"
        " FROM pg_extension WHERE extname = 'pg_stat_statements'"
    )
    assert (body.extension_version, body.tracked_max) == (version, int(maximum))
    assert body.block_size == 8192
    assert body.details is None
    if session.version_num < 140_000:
        assert isinstance(body.evictions, Unknown)
        assert isinstance(body.stats_reset, Unknown)
        return
    ((reset,),) = shop.psql(
        "SELECT to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        " FROM pg_stat_statements_info"
    )
    assert body.evictions == 0
    assert isinstance(body.stats_reset, datetime)
    assert f"{body.stats_reset:%Y-%m-%d %H:%M:%S.%f}" == reset


async def test_databases(shop: Shop, session: Session) -> None:
    collector = await collector_of(session, Subject.DATABASES)
    name = f"{shop.name}_data"
    counters = (
        "SELECT xact_commit, xact_rollback, tup_inserted + tup_updated + tup_deleted, temp_files,"
        f" temp_bytes, deadlocks FROM pg_stat_database WHERE datname = '{name}'"
    )
    run(shop.admin, f"CREATE DATABASE {name}")
    try:
        (before,) = shop.psql(counters)
        await read(collector, session)
        work_in_a_database(shop.admin.replace(shop.name, name))
        # What a session counted arrives some time after its end.
        eventually(lambda: shop.psql(counters)[0][1] != before[1])
        body = (await read(collector, session)).body
        (after,) = shop.psql(counters)
        ((size,),) = shop.psql(f"SELECT pg_database_size('{name}')")
    finally:
        run(shop.admin, f"DROP DATABASE {name}")
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
    assert delta.commits >= 3
    assert delta.rollbacks == 1
    assert delta.rows_changed >= 20_000
    assert delta.temp_files >= 1
    assert delta.size_bytes == int(size)


def work_in_a_database(dsn: str) -> None:
    """Commits, a temporary file and a rollback, in one session."""
    with closing(psycopg.connect(dsn, autocommit=True)) as app:
        app.execute("SET work_mem = '64kB'")
        app.execute("CREATE TABLE t AS SELECT g FROM generate_series(1, 20000) AS g")
        app.execute("SELECT * FROM (SELECT g FROM t ORDER BY g DESC) AS s OFFSET 19999")
        with pytest.raises(psycopg.errors.DivisionByZero):
            app.execute("SELECT 1 / 0")


def statements_by_psql(shop: Shop, version_num: int) -> dict[tuple[str, str], list[float]]:
    """The counters of the shop's statements in the order of ``figures``, the greatest, stddev."""
    toplevel = "toplevel" if version_num >= 140_000 else "true"
    blocks = "shared_blk" if version_num >= 170_000 else "blk"
    found = shop.psql(
        f"SELECT queryid, {toplevel}, calls, total_exec_time, rows, total_plan_time,"
        " shared_blks_hit, shared_blks_read, shared_blks_dirtied, shared_blks_written,"
        " temp_blks_read, temp_blks_written,"
        f" {blocks}_read_time, {blocks}_write_time, wal_bytes, max_exec_time, stddev_exec_time"
        " FROM pg_stat_statements WHERE query LIKE '%/* shop */%' AND query NOT LIKE 'CREATE%'"
        " AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return {(query_id, top): [*map(float, counters)] for query_id, top, *counters in found}


def figures(delta: StatementDelta) -> list[Any]:
    """What pgvigil counted of a statement."""
    return [
        delta.calls,
        delta.total_ms,
        delta.rows,
        delta.plan_ms,
        delta.shared_blocks_hit,
        delta.shared_blocks_read,
        delta.shared_blocks_dirtied,
        delta.shared_blocks_written,
        delta.temp_blocks_read,
        delta.temp_blocks_written,
        delta.read_ms,
        delta.write_ms,
        delta.wal_bytes,
    ]
