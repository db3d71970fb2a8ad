"""The screens of backups as they were looked at and found good: in three sizes and each theme."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from syrupy.assertion import SnapshotAssertion

from core.model.snapshot import Frame
from tests.tui import backup_frames as backups
from tests.tui import frames
from tests.tui.conftest import Console
from tests.tui.pictures import SIZES, THEMES, steps, unlike


class Look(NamedTuple):
    """A frame, the keys that lead to a screen, and what is to be read there."""

    frame: Callable[[], Frame]
    keys: tuple[str, ...]
    text: str


def not_yet() -> Frame:
    """All is set up, and no backup was taken."""
    return backups.with_backups(frames.calm(), backups.not_yet())


LOOKS = {
    "overview": Look(backups.calm, (), "structure, 11 h ago"),
    "overview under way": Look(backups.under_way, (), "26 s left"),
    "overview failing": Look(backups.incident, (), "✖✖✖"),
    "overview not yet": Look(not_yet, (), "none yet"),
    "history": Look(backups.calm, ("5",), "2 of 2"),
    "history under way": Look(backups.under_way, ("5",), "▸ running"),
    "history failing": Look(backups.incident, ("5",), "✖ failed"),
    "history not yet": Look(not_yet, ("5",), "b takes one now"),
    "schedules": Look(backups.incident, ("5", "tab"), "▲ missed"),
    "storage": Look(backups.calm, ("5", "tab", "tab"), "⣀ all"),
    "backup": Look(backups.calm, ("5", "j", "enter"), "every byte was authenticated"),
    "job": Look(backups.under_way, ("5", "enter"), "00000003-0000001B-1"),
    "back up now": Look(backups.calm, ("5", "b"), "as the last one of its kind"),
    "stop": Look(backups.under_way, ("5", "c"), "asked to stop"),
    "keep": Look(backups.calm, ("5", "K"), "Type why"),
    "pause a schedule": Look(backups.calm, ("5", "tab", "z"), "does not fire"),
    "help": Look(backups.calm, ("5", "question_mark"), "Keys in backups"),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_screen(
    snapshot: SnapshotAssertion, console: Console, tmp_path: Path, name: str
) -> None:
    frame, keys, text = LOOKS[name]
    app = console(frame())
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await steps(keys, text)(pilot)
        looks = product(THEMES, SIZES)
        assert await unlike(snapshot, pilot, looks, tmp_path) == []
