"""The machine's clock is set, an hour back or on, while a server is watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from core.api.console import ConsoleSession
from core.clock import SystemClock
from core.engine.order import Stay
from core.engine.watcher import Watcher
from core.model.health import Assessment, Health
from core.model.snapshot import Frame
from tests.servers.watching import Site, frame_where, is_full

HOUR = timedelta(hours=1)


class SetClock(SystemClock):
    """The machine's clock, set by ``off``; the seconds since its start go on as they do."""

    def __init__(self) -> None:
        self.off = timedelta()

    def now(self) -> datetime:
        return super().now() + self.off


@asynccontextmanager
async def watched(
    here: Site, dsn: str, clock: SetClock
) -> AsyncIterator[tuple[Watcher, ConsoleSession]]:
    """A watcher and a console that go by ``clock``."""
    launch = here.launch(dsn)
    watcher = Watcher(launch.order(Stay.FOREVER), clock=clock)
    running = asyncio.create_task(watcher.run())
    await asyncio.sleep(0.5)
    session = await ConsoleSession.open(launch, clock=clock)
    try:
        session.look_at(launch.servers[0].server_id)
        yield watcher, session
    finally:
        await session.close()
        watcher.stop()
        await running


def health_of(frame: Frame) -> Health | None:
    body = frame.assessment.body if frame.assessment else None
    return body.health if isinstance(body, Assessment) else None


@pytest.mark.parametrize("by", [-HOUR, HOUR], ids=["back", "on"])
async def test_live_stays_live(here: Site, database: str, by: timedelta) -> None:
    clock = SetClock()
    async with watched(here, database, clock) as (_, session):
        before = await frame_where(session, is_full)
        clock.off = by

        def is_of_the_new_time(frame: Frame) -> bool:
            parts = (frame.connections, frame.server, frame.databases, frame.statements)
            return abs(frame.moment - clock.now()) < timedelta(seconds=10) and all(
                part is not None and abs(part.at - clock.now()) < timedelta(seconds=10)
                for part in parts
            )

        frame = await frame_where(session, is_of_the_new_time)
        assert frame.connections != before.connections
        await frame_where(session, lambda frame: health_of(frame) is Health.OK)


async def test_what_was_recorded_before_can_still_be_stepped_back_to(
    here: Site, database: str
) -> None:
    clock = SetClock()
    async with watched(here, database, clock) as (_, session):
        [entry] = session.servers()
        before = await frame_where(session, is_full)
        clock.off = HOUR
        await frame_where(session, lambda frame: frame.moment > before.moment + HOUR / 2)
        earlier = await session.frame_at(entry.server_id, before.moment)
        assert earlier.connections == before.connections


async def test_data_from_a_time_to_come_is_not_called_healthy(here: Site, database: str) -> None:
    clock = SetClock()
    async with watched(here, database, clock) as (watcher, session):
        await frame_where(session, lambda frame: health_of(frame) is Health.OK)
        watcher.stop()
        clock.off = -HOUR
        frame = await frame_where(session, lambda frame: health_of(frame) is Health.UNKNOWN)
        assert frame.assessment is not None
        assert isinstance(frame.assessment.body, Assessment)
        assert "clock" in frame.assessment.body.findings[0].detail
