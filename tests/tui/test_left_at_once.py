"""A screen that is left before it stands there: its widgets never come, and what it shows has no
place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tui import backup_frames, frames, playback, restore_frames
from tests.tui.pressing import in_area, place_of
from tests.tui.screen_text import still
from tui.app import ConsoleApp

TURNS = 500
"""Of the event loop, within which a key has opened a screen."""


@pytest.mark.parametrize(
    "opened",
    [
        *((digit,) for digit in "2345678"),
        *(("5", *("tab",) * views) for views in range(1, 5)),
        *((area, "enter") for area in "2345"),
        ("s",),
        ("R",),
        ("R", "enter"),
    ],
    ids=" ".join,
)
async def test_a_screen_that_is_left_before_it_stands_there_is_left_in_peace(
    tmp_path: Path, opened: tuple[str, ...]
) -> None:
    live = backup_frames.calm()
    session = playback.Playback(live)
    session.restores = restore_frames.Restores(live)
    launch = playback.launch(tmp_path, others=["billing"])
    app = ConsoleApp(launch, open_session=playback.opens(session), now=lambda: frames.NOW)
    async with in_area(app, "1", "live") as pilot:
        *before, last = opened
        await pilot.press(*before)
        await still(pilot)
        left = app.screen
        app.simulate_key(last)
        for _ in range(TURNS):
            if app.screen is not left:
                break
            await asyncio.sleep(0)
        assert app.screen is not left
        app.pop_screen()
        await still(pilot)
        assert place_of(app) is not None
