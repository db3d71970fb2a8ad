"""A server that stops, restarts, hangs or has no slot free: told, and recovered from."""

from __future__ import annotations

import asyncio

from core.model.connections import Connections
from core.model.health import Assessment, Health
from core.model.server import Link, LinkState
from core.model.snapshot import Frame
from tests.servers.factory import ServerFactory
from tests.servers.proxy import network_to
from tests.servers.slots import every_slot_taken, server_of_few_slots
from tests.servers.watching import Site, console, frame_where, is_full


def link_of(frame: Frame) -> Link | None:
    return frame.link.body if frame.link and isinstance(frame.link.body, Link) else None


def is_down(frame: Frame) -> bool:
    link = link_of(frame)
    return link is not None and link.state not in (LinkState.CONNECTED, LinkState.CONNECTING)


def is_up(frame: Frame) -> bool:
    link = link_of(frame)
    return link is not None and link.state is LinkState.CONNECTED and is_full(frame)


def health_of(frame: Frame) -> Health | None:
    body = frame.assessment.body if frame.assessment else None
    return body.health if isinstance(body, Assessment) else None


async def test_a_server_that_stops_is_told_and_followed_when_it_is_back(
    here: Site, start_server: ServerFactory
) -> None:
    server = start_server()
    async with console(here.launch(server.dsn())) as session:
        before = await frame_where(session, is_up)
        await asyncio.to_thread(server.stop)
        down = await frame_where(session, is_down)
        link = link_of(down)
        assert link is not None
        assert link.what
        assert link.why
        assert link.remedy
        assert link.next_attempt_at is not None
        assert health_of(down) is Health.CRITICAL
        assert down.connections is not None, "the last figures stay, with their age"
        later = await frame_where(session, lambda f: (link_of(f) or link).attempts > 2)
        assert (link_of(later) or link).since == link.since
        await asyncio.to_thread(server.start)
        back = await frame_where(session, is_up)
        assert before.server is not None
        await frame_where(session, lambda f: health_of(f) is Health.OK)
        assert back.link != before.link


async def test_a_restart_within_seconds_is_survived(
    here: Site, start_server: ServerFactory
) -> None:
    server = start_server()
    async with console(here.launch(server.dsn())) as session:
        before = await frame_where(session, is_up)
        await asyncio.to_thread(server.restart)
        await frame_where(session, lambda frame: is_up(frame) and frame.server != before.server)


async def test_a_server_that_hangs_is_given_up_and_taken_up_again(
    here: Site, database: str
) -> None:
    async with network_to(database) as (dsn, network), console(here.launch(dsn)) as session:
        await frame_where(session, is_up)
        network.drop_packets()
        down = await frame_where(session, is_down)
        link = link_of(down)
        assert link is not None
        assert link.state is LinkState.UNREACHABLE
        assert health_of(down) is Health.CRITICAL
        network.deliver()
        await frame_where(session, is_up)


async def test_a_held_connection_stays_when_every_slot_is_taken(
    here: Site, start_server: ServerFactory
) -> None:
    monitor = server_of_few_slots(start_server)
    async with console(here.launch(monitor)) as session:
        await frame_where(session, is_up)
        with every_slot_taken(monitor):
            frame = await frame_where(
                session,
                lambda f: (
                    f.connections is not None
                    and isinstance(f.connections.body, Connections)
                    and f.connections.body.usage >= 1
                ),
            )
            assert health_of(frame) is Health.CRITICAL
            link = link_of(frame)
            assert link is not None
            assert link.state is LinkState.CONNECTED


async def test_a_connection_that_can_not_be_had_for_want_of_a_slot_is_explained(
    here: Site, start_server: ServerFactory
) -> None:
    monitor = server_of_few_slots(start_server)
    with every_slot_taken(monitor) as taken:
        async with console(here.launch(monitor)) as session:
            frame = await frame_where(session, is_down)
            link = link_of(frame)
            assert link is not None
            assert link.state is LinkState.SLOTS_EXHAUSTED
            assert link.remedy
            for connection in taken:
                connection.close()
            await frame_where(session, is_up)
