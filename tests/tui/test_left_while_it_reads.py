"""A screen that is left while it reads: what was read comes when its table is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from core.model.backup_history import HistoryPage, HistoryRow
from core.model.restore_draft import RestoreDraft
from core.model.snapshot import Frame
from tests.tui import backup_frames, frames, playback, restore_frames
from tests.tui.pressing import in_area, place_of, table_of
from tests.tui.screen_text import still, until
from tui.actions import Place
from tui.app import ConsoleApp

SIZE = (110, 30)


class Hold:
    """Gives nothing that is asked for before it may; counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.until: Callable[[], bool] = lambda: True

    async def wait(self) -> None:
        self.asked += 1
        while True:
            if self.until():
                return
            await asyncio.sleep(0)


class Servers(playback.Playback):
    """Another server is read late."""

    def __init__(self, live: Frame, hold: Hold) -> None:
        super().__init__(live)
        self.others = {"billing": live}
        self._hold = hold

    async def latest(self, server_id: str) -> Frame:
        if server_id in self.others:
            await self._hold.wait()
        return await super().latest(server_id)


class Backups(playback.Desk):
    """Older attempts are read late."""

    def __init__(self, live: Frame, hold: Hold) -> None:
        super().__init__(live)
        self._hold = hold

    async def history(
        self, server_id: str, last: HistoryRow, count: int, until: datetime
    ) -> HistoryPage:
        await self._hold.wait()
        return await super().history(server_id, last, count, until)


class Restores(restore_frames.Restores):
    """What was begun is found late."""

    def __init__(self, live: Frame, hold: Hold) -> None:
        super().__init__(live)
        self._hold = hold

    async def drafts(self, server_id: str) -> tuple[RestoreDraft, ...]:
        await self._hold.wait()
        return await super().drafts(server_id)


def with_older_attempts() -> Frame:
    frame = backup_frames.calm()
    overview = frame.backups
    assert overview is not None
    return replace(frame, backups=replace(overview, history=replace(overview.history, older=True)))


@pytest.mark.parametrize(
    ("place", "keys", "leave"),
    [
        (Place.SERVERS, ("s",), "escape"),
        (Place.BACKUPS, ("5", "G"), "escape"),
        (Place.WIZARD_SYMPTOM, ("R",), "w"),
    ],
)
async def test_a_screen_that_is_left_while_it_reads_is_left_in_peace(
    tmp_path: Path, place: Place, keys: tuple[str, ...], leave: str
) -> None:
    hold = Hold()
    live = with_older_attempts()
    session = Servers(live, hold)
    session.backups, session.restores = Backups(live, hold), Restores(live, hold)
    launch = playback.launch(tmp_path, others=["billing"])
    app = ConsoleApp(launch, open_session=playback.opens(session), now=lambda: frames.NOW)
    async with in_area(app, "1", "live", size=SIZE) as pilot:
        await still(pilot)
        before = hold.asked
        let = asyncio.Event()
        hold.until = let.is_set
        await pilot.press(*keys)
        await until(pilot, lambda: place_of(app) is place and hold.asked > before)
        table = table_of(app)
        hold.until = lambda: not table.is_attached
        await pilot.press(leave)
        await until(pilot, lambda: place_of(app) is not place and not table.is_attached)
        await still(pilot)
