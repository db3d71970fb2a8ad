"""What the console follows: a store that opens late, frames as they come, a production server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import StoreError
from core.model.server import ServerEntry
from core.model.snapshot import Frame
from tests.tui import frames, playback
from tests.tui.conftest import Console, recorded
from tests.tui.screen_text import gone, seen, until
from tui import following
from tui.app import ConsoleApp
from tui.following import Following
from tui.panes.view import Mode

SIZE = (100, 30)
LOCKED = StoreError(
    "The store is locked.", why="another program holds it", remedy="End that program."
)


class Stream(playback.Playback):
    """A session whose frames a test sends one by one."""

    def __init__(self, first: Frame) -> None:
        super().__init__(first, recorded(frames.calm()))
        self.queue: asyncio.Queue[Frame] = asyncio.Queue()

    async def changes(self, server_id: str) -> AsyncIterator[Frame]:
        yield self.live
        while True:
            yield await self.queue.get()


async def test_a_store_that_can_not_be_opened_is_explained_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "RETRY_SECONDS", 0.2)
    opened = playback.opens(playback.Playback(frames.calm()), LOCKED, LOCKED)
    launch = playback.launch(tmp_path)
    app = ConsoleApp(launch, open_session=opened, now=lambda: frames.NOW)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "The store is locked.", "another program holds it", "End that program.")
        await seen(pilot, "14 of 97 slots")
        assert "The store is locked." not in await gone(pilot, "another program")


async def test_a_new_frame_changes_the_screen(console: Console) -> None:
    session = Stream(frames.calm())
    app = console(frames.calm(), session=session)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "14 of 97 slots")
        session.queue.put_nowait(frames.incident())
        await seen(pilot, "94 of 97 slots", "✖ CRITICAL")


async def test_a_paused_screen_takes_no_frame_until_it_goes_on(console: Console) -> None:
    session = Stream(frames.calm())
    app = console(frames.calm(), session=session)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "14 of 97 slots")
        await pilot.press("p")
        session.queue.put_nowait(frames.incident())
        await until(pilot, session.queue.empty)
        assert "94 of 97" not in await seen(pilot, "PAUSED")
        await pilot.press("p")
        await seen(pilot, "94 of 97 slots")


async def test_a_rewound_screen_stays_where_it_is_while_frames_come(console: Console) -> None:
    session = Stream(frames.incident())
    app = console(frames.incident(), session=session)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("left_square_bracket")
        await seen(pilot, "14 of 97 slots")
        session.queue.put_nowait(replace(frames.incident(), moment=frames.NOW))
        await until(pilot, session.queue.empty)
        assert app.view.mode is Mode.REWOUND
        await seen(pilot, "not live")


async def test_on_a_production_server_its_name_must_be_typed(tmp_path: Path) -> None:
    session = playback.Playback(frames.incident())

    opened = playback.opens(session)
    entry = ServerEntry("orders-prod", "orders-prod", "target", production=True)
    launch = replace(playback.launch(tmp_path), servers=(entry,))
    app = ConsoleApp(launch, open_session=opened, now=lambda: frames.NOW)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "PRODUCTION", "94 of 97 slots")
        await pilot.press("2")
        await seen(pilot, "blocked by", "4711")
        await pilot.press("x")
        await seen(pilot, "Type orders-prod and press enter")
        await pilot.press("y", "enter")
        await seen(pilot, "not the same")
        assert session.asked == []
        await pilot.press(*"orders-prod", "enter")
        await until(pilot, lambda: len(session.asked) == 1)


async def test_steps_that_are_asked_for_together_are_taken_together(tmp_path: Path) -> None:
    session = playback.Playback(frames.incident(), recorded(frames.calm()))

    opened = playback.opens(session)
    followed = Following(playback.launch(tmp_path), opened, lambda: frames.NOW, lambda: None)
    await followed.open()
    await asyncio.gather(*(followed.rewind(-1) for _ in range(5)))
    assert followed.view.frame.moment == frames.seconds_ago(10)
