"""Guided drills as they were looked at and found good, and what a bad day shows of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from core.api.guided_drills import GuidedLook
from core.errors import StoreError
from tests.tui import guided_frames, playback, restore_frames
from tests.tui.conftest import Console
from tests.tui.pictures import SIZES, THEMES, unlike
from tests.tui.pressing import in_area, walk
from tests.tui.screen_text import gone, seen
from tui.app import ConsoleApp

SMALLEST = (20, 5)
TO_RUNBOOKS = (("R", "What happened?"), ("G", "a drill"), ("enter", "A guided drill: you"))


def shows(console: Console, shown: GuidedLook) -> tuple[ConsoleApp, guided_frames.Guided]:
    """A console of that drill."""
    frame = restore_frames.restored()
    session = playback.Playback(frame)
    desk = guided_frames.Guided(shown)
    session.guided = desk
    return console(frame, session=session), desk


LOOKS = {
    "runbooks": (guided_frames.look(), "", THEMES[:1]),
    "under way": (guided_frames.look(), "on the day", THEMES),
    "over": (guided_frames.over(), "What came of it", THEMES[:1]),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_screen(
    snapshot: SnapshotAssertion, console: Console, tmp_path: Path, name: str
) -> None:
    shown, text, themes = LOOKS[name]
    app, _ = shows(console, shown)
    async with in_area(app, "5", "• good", size=SIZES[0]) as pilot:
        await walk(pilot, *TO_RUNBOOKS)
        await seen(pilot, "go on: a table was dropped")
        if text:
            await walk(pilot, ("enter", text))
        sizes = dict.fromkeys(themes, SIZES[:1]) | {THEMES[0]: [*SIZES, SMALLEST]}
        looks = [(each, size) for each, some in sizes.items() for size in some]
        assert await unlike(snapshot, pilot, looks, tmp_path) == []


async def test_a_store_that_is_away_is_said_and_the_steps_stay_in_sight(console: Console) -> None:
    app, desk = shows(console, guided_frames.look())
    async with in_area(app, "5", "• good", size=(100, 30)) as pilot:
        await walk(pilot, *TO_RUNBOOKS, ("enter", "on the day"))
        desk.trouble = StoreError("The store can't be read", why="it is away")
        await seen(pilot, "✖ The store can't be read", "on the day", "Leave the damaged")
        await walk(pilot, ("space", "it is away"))
        desk.trouble = None
        await gone(pilot, "✖ The store can't be read")
        await walk(pilot, ("space", "4 of 6"))
