from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from core.api.status import status
from core.model.connections import BackendState, Connections
from core.model.health import Assessment, Health
from core.model.process import Command, RequestState
from core.model.series import Metric
from core.model.server import Link, LinkState, ServerInfo
from core.model.snapshot import Frame
from core.model.statements import Statements
from core.postgres.embedded import EmbeddedServer
from core.store.store import Store
from tests.servers.watching import Site, console, frame_where, is_full, site, until


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


def link_of(frame: Frame) -> LinkState | None:
    return frame.link.body.state if frame.link and isinstance(frame.link.body, Link) else None


async def test_a_console_starts_a_watcher_and_sees_the_server(here: Site, database: str) -> None:
    async with console(here.launch(database)) as session:
        frame = await frame_where(session, is_full)
        assert link_of(frame) is LinkState.CONNECTED
        assert frame.server is not None
        assert isinstance(frame.server.body, ServerInfo)
        assert frame.server.body.major == 18
        assert frame.live
    assert len(here.watchers()) == 1


async def test_the_watcher_ends_when_the_last_console_has_gone(here: Site, database: str) -> None:
    async with console(here.launch(database)) as session:
        await frame_where(session, is_full)
        async with console(here.launch(database)) as second:
            await frame_where(second, is_full)
            assert len(here.watchers()) == 1
    until(lambda: not here.watchers())
    assert "nobody needs this watcher any more" in here.log()


async def test_the_count_of_connections_is_the_servers_own(here: Site, database: str) -> None:
    with psycopg.connect(database) as idle, psycopg.connect(database) as busy:
        busy.execute("SELECT 1")
        async with console(here.launch(database)) as session:
            frame = await frame_where(session, is_full)
            with psycopg.connect(database, autocommit=True) as asker:
                row = asker.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                ).fetchone()
        assert frame.connections is not None
        assert isinstance(frame.connections.body, Connections)
        assert row == (frame.connections.body.total,)
        assert frame.connections.body.in_state(BackendState.IDLE_IN_TRANSACTION) == 1
        assert idle.closed == busy.closed == 0


async def test_a_slow_statement_becomes_a_finding_with_its_full_text(
    here: Site, database: str
) -> None:
    async with console(here.launch(database)) as session:
        server_id = session.servers()[0].server_id
        await frame_where(session, is_full)
        with psycopg.connect(database, autocommit=True) as slow:
            slow.execute("SELECT pg_sleep(0.6), 'a statement of this test'")

        def is_found(frame: Frame) -> bool:
            body = frame.assessment.body if frame.assessment else None
            return isinstance(body, Assessment) and any(
                finding.fingerprint.startswith("statements.slow:") for finding in body.findings
            )

        frame = await frame_where(session, is_found)
        assert frame.assessment is not None
        assert isinstance(frame.assessment.body, Assessment)
        assert frame.assessment.body.health is Health.WARNING
        assert frame.statements is not None
        if isinstance(frame.statements.body, Statements):
            for delta in frame.statements.body.top:
                text = await session.statement_text(server_id, delta.key)
                assert isinstance(text, str)


async def test_attention_makes_the_pace_fast_and_its_end_slow(here: Site, database: str) -> None:
    def pace(frame: Frame) -> float:
        return frame.connections.pace_seconds if frame.connections else 0.0

    here.config.write_text(here.config.read_text().replace("unattended = 1 ", "unattended = 3 "))
    async with console(here.launch(database)) as watching:
        await frame_where(watching, lambda frame: pace(frame) == 0.5)
        # Another console keeps the watcher alive, but looks at no server.
        other = here.launch(database)
        from core.api.console import ConsoleSession

        session = await ConsoleSession.open(other)
        try:
            await watching.close()
            await frame_where(session, lambda frame: pace(frame) == 3)
        finally:
            await session.close()


class TestRequests:
    async def test_a_query_is_cancelled_and_the_audit_log_says_who_did_it(
        self, here: Site, database: str
    ) -> None:
        async with console(here.launch(database)) as session:
            server_id = session.servers()[0].server_id
            victim = await psycopg.AsyncConnection.connect(database, autocommit=True)
            async with victim:
                running = asyncio.create_task(victim.execute("SELECT pg_sleep(60)"))
                pid = victim.info.backend_pid

                def sees_it(frame: Frame) -> bool:
                    body = frame.connections.body if frame.connections else None
                    return isinstance(body, Connections) and any(
                        b.pid == pid and b.state is BackendState.ACTIVE for b in body.backends
                    )

                frame = await frame_where(session, sees_it)
                assert frame.connections is not None
                assert isinstance(frame.connections.body, Connections)
                [backend] = [b for b in frame.connections.body.backends if b.pid == pid]
                assert backend.backend_start is not None
                asked = await session.ask(
                    server_id,
                    Command.CANCEL_QUERY,
                    {"pid": str(pid), "backend_start": backend.backend_start.isoformat()},
                )
                assert asked.state is RequestState.DONE, asked.result
                with pytest.raises(psycopg.errors.QueryCanceled):
                    await running
        store = Store.open(
            here.launch(database).settings.store, state_folder=here.state, migrate=False
        )
        try:
            [entry] = store.audit.entries(10)
            assert entry.action == "cancel query"
            assert "pg_sleep" in entry.details["before"]
            assert entry.details["after"].startswith("done")
            assert store.audit.verify() is None
        finally:
            store.close()

    async def test_a_session_that_only_has_the_same_pid_is_left_alone(
        self, here: Site, database: str
    ) -> None:
        async with console(here.launch(database)) as session:
            server_id = session.servers()[0].server_id
            await frame_where(session, is_full)
            with psycopg.connect(database, autocommit=True) as other:
                asked = await session.ask(
                    server_id,
                    Command.TERMINATE_BACKEND,
                    {
                        "pid": str(other.info.backend_pid),
                        "backend_start": datetime(2020, 1, 1, tzinfo=UTC).isoformat(),
                    },
                )
                assert asked.state is RequestState.FAILED
                assert other.execute("SELECT 1").fetchone() == (1,)

    async def test_a_refresh_is_done_when_the_store_has_the_answer(
        self, here: Site, database: str
    ) -> None:
        async with console(here.launch(database)) as session:
            server_id = session.servers()[0].server_id
            before = await frame_where(session, is_full)
            asked = await session.ask(server_id, Command.REFRESH)
            after = await session.latest(server_id)
            assert asked.state is RequestState.DONE
            assert before.connections is not None
            assert after.connections is not None
            assert after.connections.at > before.connections.at


async def test_rewind_shows_what_was_and_series_what_led_there(here: Site, database: str) -> None:
    async with console(here.launch(database)) as session:
        server_id = session.servers()[0].server_id
        first = await frame_where(session, is_full)
        assert first.connections is not None
        at = first.connections.at
        await frame_where(session, lambda f: f.connections is not None and f.connections.at > at)
        newest = await session.step(server_id, None, -1)
        assert newest is not None
        earlier = await session.step(server_id, newest, -1)
        assert earlier is not None
        assert earlier < newest
        rewound = await session.frame_at(server_id, at)
        assert not rewound.live
        assert rewound.connections == first.connections
        assert first.backups is not None
        # Which keys are at hand is known of now alone.
        assert rewound.backups == replace(first.backups, absent_keys=())
        assert rewound.security == first.security
        now = datetime.now(UTC)
        series = await session.series(
            server_id,
            [Metric.CONNECTIONS_TOTAL],
            now - timedelta(minutes=1),
            now + timedelta(seconds=1),
            60,
        )
        assert series[Metric.CONNECTIONS_TOTAL].points


class TestStatus:
    def test_it_waits_until_everything_has_been_looked_at(self, here: Site, database: str) -> None:
        launch = here.launch(database)
        frame = status(launch, launch.servers[0].server_id, 20)
        assert is_full(frame)
        assert frame.assessment is not None
        assert isinstance(frame.assessment.body, Assessment)
        assert frame.assessment.body.health is Health.OK

    def test_a_server_that_is_not_there_is_critical(self, here: Site) -> None:
        launch = here.launch("postgresql://nobody@127.0.0.1:1/none")
        frame = status(launch, launch.servers[0].server_id, 20)
        assert frame.assessment is not None
        assert isinstance(frame.assessment.body, Assessment)
        assert frame.assessment.body.health is Health.CRITICAL
        assert link_of(frame) is LinkState.UNREACHABLE

    def test_no_answer_in_time_is_unknown_and_says_so(self, here: Site, database: str) -> None:
        launch = here.launch(database)
        frame = status(launch, launch.servers[0].server_id, 0.001)
        assert frame.assessment is not None
        assert isinstance(frame.assessment.body, Assessment)
        assert frame.assessment.body.health is Health.UNKNOWN
        assert frame.assessment.body.findings[0].title == "No fresh data within 0.001 s"


async def test_the_right_password_gets_in_beside_a_watcher_with_a_wrong_one(
    here: Site, postgres: EmbeddedServer
) -> None:
    wrong, right = postgres.dsn(password="wrong"), postgres.dsn()
    async with console(here.launch(wrong)) as mistaken:
        await frame_where(mistaken, lambda frame: link_of(frame) is LinkState.REFUSED)
        async with console(here.launch(right)) as session:
            await frame_where(session, lambda frame: link_of(frame) is LinkState.CONNECTED)
