"""What a watcher, a console and a doctor get from each supported version of PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from core.api.console import ConsoleSession
from core.errors import ExitCode
from core.model.capability import Capability, CapabilityReport, CapabilityStatus
from core.model.connections import Connections
from core.model.health import Assessment, Health
from core.model.server import Link, LinkState, ServerInfo
from core.model.snapshot import Frame, Subject
from core.model.statements import StatementDelta, Statements
from core.model.unknown import Unknown
from core.postgres.capability_report import examine
from core.postgres.embedded import EmbeddedServer, ServerAccount
from core.postgres.signals import Outcome, Signal, send_signal
from tests.postgres.connecting import (
    ask_everything,
    collector_of,
    held,
    raw_bytes_database,
    read,
    rows,
    run,
    running,
    session_with,
)
from tests.servers.databases import fresh_database, fresh_role
from tests.servers.factory import ServerFactory
from tests.servers.pgbouncer import pgbouncer
from tests.servers.watching import QUICK_ENGINE, console, frame_where, is_full, site
from tui.cli import main

NATIVE = {13: "1.8", 14: "1.9", 15: "1.10", 16: "1.10", 17: "1.11", 18: "1.12"}
"""The version of pg_stat_statements that comes with each."""


@pytest.fixture
def monitor(each_postgres: EmbeddedServer) -> Iterator[str]:
    """The DSN of a role with pg_monitor and nothing else, on an empty database."""
    with (
        fresh_database(each_postgres) as name,
        fresh_role(each_postgres, member_of="pg_monitor") as (role, password),
    ):
        yield each_postgres.dsn(name, user=role, password=password)


@pytest.fixture
def admin(each_postgres: EmbeddedServer, monitor: str) -> str:
    """The superuser's DSN of the database of ``monitor``."""
    return each_postgres.dsn(urlsplit(monitor).path[1:])


def capability(found: CapabilityReport, part: str) -> Capability:
    (one,) = (each for each in found.capabilities if part in each.name)
    return one


class TestEveryQuestionIsAnswered:
    async def test_to_pg_monitor(self, monitor: str, each_postgres: EmbeddedServer) -> None:
        major = each_postgres.programs.major
        bodies = await ask_everything(monitor)

        assert [subject for subject, body in bodies.items() if isinstance(body, Unknown)] == []
        server, statements = bodies[Subject.SERVER], bodies[Subject.STATEMENTS]
        assert isinstance(server, ServerInfo)
        assert server.major == major
        assert isinstance(statements, Statements)
        assert statements.extension_version == NATIVE[major]

    async def test_on_a_standby(
        self, each_postgres: EmbeddedServer, monitor: str, start_server: ServerFactory
    ) -> None:
        standby = start_server.standby(each_postgres)
        url = urlsplit(monitor)
        assert url.username
        assert url.password
        dsn = standby.dsn(url.path[1:], user=url.username, password=url.password)
        bodies = await ask_everything(dsn)

        assert [subject for subject, body in bodies.items() if isinstance(body, Unknown)] == []
        server = bodies[Subject.SERVER]
        assert isinstance(server, ServerInfo)
        assert server.in_recovery

    async def test_through_a_pooler(
        self,
        each_postgres: EmbeddedServer,
        admin: str,
        account: ServerAccount,
        servers_folder: Path,
    ) -> None:
        with pgbouncer(each_postgres, account, servers_folder) as dsn:
            bodies = await ask_everything(dsn.rpartition("/")[0] + urlsplit(admin).path)

        assert [subject for subject, body in bodies.items() if isinstance(body, Unknown)] == []
        server = bodies[Subject.SERVER]
        assert isinstance(server, ServerInfo)
        assert server.via_pooler


class TestTheDoctor:
    def test_misses_nothing_with_pg_monitor(
        self,
        monitor: str,
        each_postgres: EmbeddedServer,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert main(["doctor", "--json", monitor]) == ExitCode.OK
        told = json.loads(capsys.readouterr().out)

        (server,) = told["servers"]
        assert server["complete"]
        assert server["version"].startswith(f"{each_postgres.programs.major}.")

    async def test_names_grants_that_the_server_knows(self, each_postgres: EmbeddedServer) -> None:
        major = each_postgres.programs.major
        with fresh_database(each_postgres) as name, fresh_role(each_postgres) as (role, password):
            dsn = each_postgres.dsn(name, user=role, password=password)
            async with session_with(dsn) as session:
                before = await examine(session)
            for each in before.capabilities:
                for statement in each.remedy.split("; "):
                    if statement.startswith("GRANT"):
                        run(each_postgres.dsn(), statement)
            async with session_with(dsn) as session:
                after = await examine(session)

        present, partial = CapabilityStatus.PRESENT, CapabilityStatus.PARTIAL
        assert capability(before, "pg_monitor").status is CapabilityStatus.MISSING
        assert capability(after, "pg_monitor").status is present
        assert capability(after, "settings").status is present
        assert capability(after, "cancel").cost == "not those of superusers"
        query_ids = capability(after, "compute_query_id")
        assert (query_ids.status is present) is (major >= 14)
        slots = capability(after, "every slot")
        assert slots.status is partial
        assert ("reserved_connections" in slots.remedy) is (major >= 16)


class TestStatements:
    # Of a shape of its own: a text serves whoever runs the same query, in any database.
    WORK = "SELECT pg_sleep(0.02), 1, 2, 3 /* the work */"

    async def test_a_reset_is_a_new_baseline(self, monitor: str, admin: str) -> None:
        async with session_with(monitor) as session:
            collector = await collector_of(session, Subject.STATEMENTS)
            await read(collector, session)
            run(admin, self.WORK, "SELECT pg_stat_statements_reset()", self.WORK)
            body = (await read(collector, session)).body
            assert isinstance(body, Statements)
            assert "reset" in body.rebaselined
            run(admin, self.WORK)
            after = (await read(collector, session)).body

        assert isinstance(after, Statements)
        assert [each.calls for each in after.top if "the work" in each.text] == [1]

    async def test_one_invalid_text_takes_no_figure_away(
        self, monitor: str, admin: str, each_postgres: EmbeddedServer
    ) -> None:
        raw = raw_bytes_database(each_postgres)
        try:
            async with session_with(monitor) as session:
                collector = await collector_of(session, Subject.STATEMENTS)
                await read(collector, session)
                with psycopg.connect(raw, client_encoding="SQL_ASCII", autocommit=True) as other:
                    other.execute(b"SELECT 1 AS /* \xff\xfe */ caf\xe9")
                    other.execute(self.WORK.encode())
                    body = (await read(collector, session)).body
        finally:
            run(admin, "SELECT pg_stat_statements_reset()", "DROP DATABASE raw_bytes WITH (FORCE)")

        assert isinstance(body, Statements)
        assert body.details is not None
        assert "SQL_ASCII" in body.details.reason
        assert body.calls >= 2
        assert sum(each.total_ms >= 20 for each in body.top) == 1


class TestSignals:
    async def test_a_query_is_cancelled_and_a_session_is_ended(
        self, each_postgres: EmbeddedServer, admin: str
    ) -> None:
        with fresh_role(each_postgres, member_of="pg_signal_backend") as (role, password):
            run(each_postgres.dsn(), f"GRANT pg_monitor TO {role}")
            target = each_postgres.dsn(user=role, password=password)
            with fresh_role(each_postgres) as (app, app_password), ExitStack() as stack:
                dsn = each_postgres.dsn(user=app, password=app_password)
                busy = stack.enter_context(running(dsn, "SELECT pg_sleep(60)"))
                idle = stack.enter_context(held(dsn, "BEGIN"))
                async with session_with(target) as session:
                    cancelled = await send_signal(
                        session, Signal.CANCEL, busy, began(admin, busy), 5
                    )
                    ended = await send_signal(
                        session, Signal.TERMINATE, idle, began(admin, idle), 5
                    )

        assert cancelled.outcome is Outcome.DONE
        assert ended.outcome is Outcome.DONE

    async def test_a_refusal_names_what_is_missing(
        self, each_postgres: EmbeddedServer, admin: str
    ) -> None:
        with fresh_role(each_postgres, member_of="pg_monitor") as (role, password):
            target = each_postgres.dsn(user=role, password=password)
            with fresh_role(each_postgres) as (app, app_password), ExitStack() as stack:
                dsn = each_postgres.dsn(user=app, password=app_password)
                others = stack.enter_context(held(dsn, "BEGIN"))
                superusers = stack.enter_context(held(admin, "BEGIN"))
                async with session_with(target) as session:
                    refused, hopeless = [
                        await send_signal(session, Signal.TERMINATE, pid, began(admin, pid), 1)
                        for pid in (others, superusers)
                    ]

        assert refused.detail.endswith(f"run: GRANT pg_signal_backend TO {role}")
        assert "only a superuser can" in hopeless.detail


def began(dsn: str, pid: int) -> datetime:
    ((start,),) = rows(dsn, "SELECT backend_start FROM pg_stat_activity WHERE pid = %s", pid)
    assert isinstance(start, datetime)
    return start


class TestFromTheServerToTheScreen:
    async def test_a_watcher_samples_it_and_keeps_it_in_a_store_of_that_version(
        self, monitor: str, admin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = urlsplit(admin)
        assert url.password
        monkeypatch.setenv("STORE_PASSWORD", url.password)
        without = admin.replace(f":{url.password}@", "@")
        store = f'\n[store]\nurl = "{without}"\npassword_env = "STORE_PASSWORD"\n'
        with site(tmp_path, engine=QUICK_ENGINE + store) as here:
            async with console(here.launch(monitor)) as session:
                server_id = session.servers()[0].server_id
                first = await frame_where(session, is_full)
                run(admin, "CREATE TABLE t (a int)")
                frame, found = await frame_with_inserts(session, admin)
                text = await session.statement_text(server_id, found.key)
                earlier = await session.frame_at(server_id, first.moment)

        assert found.rows == 7 * found.calls
        assert text == "INSERT INTO t SELECT generate_series($1, $2)"
        assert frame.link is not None
        assert isinstance(frame.link.body, Link)
        assert frame.link.body.state is LinkState.CONNECTED
        for part in (frame.server, frame.connections, frame.statements, frame.databases):
            assert part is not None
            assert not isinstance(part.body, Unknown)
        assert earlier.connections is not None
        assert isinstance(earlier.connections.body, Connections)
        assert frame.assessment is not None
        assert isinstance(frame.assessment.body, Assessment)
        assert frame.assessment.body.health is Health.OK, frame.assessment.body.findings


async def frame_with_inserts(session: ConsoleSession, dsn: str) -> tuple[Frame, StatementDelta]:
    """The first frame that tells of inserted rows; a slow console passes over some."""

    async def insert() -> None:
        while True:
            await asyncio.to_thread(run, dsn, "INSERT INTO t SELECT generate_series(1, 7)")
            await asyncio.sleep(2)

    inserting = asyncio.create_task(insert())
    try:
        frame = await frame_where(session, lambda each: inserts(each) is not None)
    finally:
        inserting.cancel()
    found = inserts(frame)
    assert found is not None
    return frame, found


def inserts(frame: Frame) -> StatementDelta | None:
    """What the test's statement did in the newest interval, if it is listed there."""
    body = frame.statements.body if frame.statements else None
    if not isinstance(body, Statements):
        return None
    return next((each for each in body.top if each.text.startswith("INSERT INTO t ")), None)
