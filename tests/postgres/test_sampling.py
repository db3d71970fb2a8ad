"""What the watcher makes of servers that let it see less, cost more or were misconfigured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.api.launch import open_launch
from core.model.connections import Connections
from core.model.cost import SelfCost
from core.model.databases import Databases
from core.model.health import Assessment, Health
from core.model.process import Command, RequestState
from core.model.server import Link, LinkState
from core.model.snapshot import Frame
from core.model.unknown import Unknown
from tests.servers.factory import ServerFactory
from tests.servers.watching import QUICK_ENGINE, Site, console, frame_where, is_full, site


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


def link_of(frame: Frame) -> Link | None:
    return frame.link.body if frame.link and isinstance(frame.link.body, Link) else None


async def test_without_the_extension_statements_are_unknown_and_the_rest_works(
    here: Site, start_server: ServerFactory
) -> None:
    server = start_server()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("DROP EXTENSION IF EXISTS pg_stat_statements")
    async with console(here.launch(server.dsn())) as session:
        frame = await frame_where(session, is_full)
        assert frame.statements is not None
        assert isinstance(frame.statements.body, Unknown)
        assert "CREATE EXTENSION" in frame.statements.body.remedy
        assert frame.connections is not None
        assert isinstance(frame.connections.body, Connections)
        assert frame.databases is not None
        assert isinstance(frame.databases.body, Databases)
        assert frame.assessment is not None
        assert isinstance(frame.assessment.body, Assessment)
        assert frame.assessment.body.health is Health.OK
        assert [f.fingerprint for f in frame.assessment.body.findings] == ["statements.unknown"]


async def test_a_server_that_costs_more_than_the_budget_is_asked_less_often(
    tmp_path: Path, database: str
) -> None:
    tight = QUICK_ENGINE.replace("_minute = 60000", "_minute = 0.1")
    with site(tmp_path, engine=tight) as here:
        async with console(here.launch(database)) as session:
            frame = await frame_where(
                session,
                lambda f: (
                    f.cost is not None
                    and isinstance(f.cost.body, SelfCost)
                    and f.cost.body.slowdown > 1
                ),
            )
            assert frame.cost is not None
            assert isinstance(frame.cost.body, SelfCost)
            assert frame.cost.body.server_ms > frame.cost.body.budget_ms
            slowed = await frame_where(
                session, lambda f: f.connections is not None and f.connections.pace_seconds > 0.5
            )
            assert slowed.assessment is not None
            assert isinstance(slowed.assessment.body, Assessment)
            assert "pgvigil.slowed" in [f.fingerprint for f in slowed.assessment.body.findings]


async def test_one_server_that_is_configured_wrongly_leaves_the_others_alone(
    here: Site, database: str
) -> None:
    here.config.write_text(
        f'{QUICK_ENGINE}\n[servers.broken]\nhost = "127.0.0.1"\npassword_env = "NOT_SET_ANYWHERE"\n'
    )
    launch = open_launch(["broken", database], here.config, state_folder=here.state)
    async with console(launch) as session:
        frame = await frame_where(
            session, lambda f: (link_of(f) or Link(LinkState.CONNECTING, f.moment)).what != ""
        )
        link = link_of(frame)
        assert link is not None
        assert link.state is LinkState.REFUSED
        assert "NOT_SET_ANYWHERE" in link.what
        other = launch.servers[1].server_id
        async for second in session.changes(other):
            if is_full(second):
                break


async def test_a_request_to_a_server_that_is_down_fails_with_the_reason(here: Site) -> None:
    launch = here.launch("postgresql://nobody@127.0.0.1:1/none")
    async with console(launch) as session:
        server_id = launch.servers[0].server_id
        await frame_where(session, lambda f: (link_of(f) or f.link) is not None)
        for command in (Command.REFRESH, Command.CANCEL_QUERY):
            asked = await session.ask(server_id, command, {"pid": "1"})
            assert asked.state is RequestState.FAILED
            assert "not connected" in asked.result
