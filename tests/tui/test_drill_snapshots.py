"""The screens of drills as they were looked at and found good: one of them in each theme."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from syrupy.assertion import SnapshotAssertion

from core.model.snapshot import Frame
from tests.tui import drill_frames
from tests.tui.conftest import Console
from tests.tui.pictures import SIZES, THEMES, steps, unlike


class Look(NamedTuple):
    """A frame, the keys that lead to a screen, what is to be read there, and in which themes."""

    frame: Callable[[], Frame]
    keys: tuple[str, ...]
    text: str
    themes: list[str]


TO_DRILLS = ("5", "tab", "tab", "tab", "tab")
LOOKS = {
    "trouble": Look(drill_frames.trouble, TO_DRILLS, "▲ overdue since", THEMES),
    "under way": Look(drill_frames.under_way, TO_DRILLS, "2 min 17 s left", THEMES[:1]),
    "none done": Look(drill_frames.none_done, TO_DRILLS, "No drill was done yet", THEMES[:1]),
    "drill": Look(
        drill_frames.well, (*TO_DRILLS, "j", "enter"), "indexes and constraints", THEMES[:1]
    ),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_screen(
    snapshot: SnapshotAssertion, console: Console, tmp_path: Path, name: str
) -> None:
    frame, keys, text, themes = LOOKS[name]
    app = console(frame())
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await steps(keys, text)(pilot)
        looks = product(themes, SIZES)
        assert await unlike(snapshot, pilot, looks, tmp_path) == []
