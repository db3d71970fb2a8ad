"""The screens of restores as they were looked at and found good: in three sizes and each theme."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from syrupy.assertion import SnapshotAssertion

from core.model.restore import Check
from tests.tui import playback, restore_frames
from tests.tui.conftest import Console
from tests.tui.pictures import SIZES, THEMES, steps, unlike


class Look(NamedTuple):
    """The keys that lead to a screen, and what is to be read there."""

    keys: tuple[str, ...]
    text: str
    checks: tuple[Check, ...] = restore_frames.CHECKS


TO_RESTORES = ("5", "tab", "tab", "tab")
LOOKS = {
    "restores": Look(TO_RESTORES, "being planned"),
    "under way": Look((*TO_RESTORES, "j", "enter"), "Load the rows"),
    "differences": Look((*TO_RESTORES, "j", "j", "enter"), "no such role"),
    "failed": Look((*TO_RESTORES, "G", "enter"), "could not extend file"),
    "undo": Look((*TO_RESTORES, "j", "j", "enter", "u"), "3 sessions"),
    "what happened": Look(("R",), "What happened?"),
    "which moment": Look(("R", "j", "enter"), "has what is gone"),
    "what": Look(("R", "j", "enter", "enter"), "is gone"),
    "where to": Look(("R", "j", "enter", "enter", "enter"), "into the live orders"),
    "checks": Look(("R", "j", "enter", "enter", "enter", "enter"), "Nothing stops it; 2"),
    "stopped": Look(
        ("R", "j", "enter", "enter", "enter", "enter"), "checks stop it", restore_frames.STOPPED
    ),
    "plan": Look(("R", "j", "enter", "enter", "enter", "enter", "enter"), "Read it."),
    "confirm": Look(
        ("R", "j", "enter", "enter", "enter", "enter", "enter", "enter"), "Type orders"
    ),
    "help": Look(("R", "question_mark"), "Keys in restore: what happened"),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_screen(
    snapshot: SnapshotAssertion, console: Console, tmp_path: Path, name: str
) -> None:
    keys, text, checks = LOOKS[name]
    frame = restore_frames.restored()
    session = playback.Playback(frame)
    session.restores = restore_frames.Restores(frame, checks)
    app = console(frame, session=session)
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await steps(keys, text)(pilot)
        looks = product(THEMES, SIZES)
        assert await unlike(snapshot, pilot, looks, tmp_path) == []
