"""Every screen as it was looked at and found good: in three sizes, in an incident in each theme.

In the dark theme every screen is held healthy too. One console changes its size and its theme
between the pictures of a screen.

``uv run pytest tests/tui/test_snapshots.py --snapshot-update`` takes them anew; look at each
picture that changed before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from core.errors import StoreError
from core.model.security import SecurityEvent, SecurityOverview
from core.model.snapshot import Frame
from tests.tui import backup_frames, frames, playback
from tests.tui.conftest import Console
from tests.tui.pictures import SIZES, THEMES, look, picture, steps, unlike
from tests.tui.screen_text import seen, still

STATES: dict[str, Callable[[], Frame]] = {"calm": frames.calm, "incident": frames.incident}

SCREENS: dict[str, tuple[tuple[str, ...], str]] = {
    "overview": ((), "slots"),
    "connections": (("2",), "blocked by"),
    "lock queues": (("2", "tab"), "Lock queues"),
    "breakdowns": (("2", "tab", "tab"), "by application"),
    "history": (("2", "tab", "tab", "tab"), "⣀ all"),
    "session": (("2", "enter"), "Session"),
    "queries": (("3",), "tracked"),
    "statement": (("3", "enter"), "⣀ mean"),
    "databases": (("4",), "sizes from"),
    "database": (("4", "enter"), "⣀ commits/s"),
    "backups": (("5",), "not set up"),
    "security": (("6",), "not watched"),
    "findings": (("7",), "severity"),
    "server": (("8",), "⣀ server time for pgvigil"),
    "servers": (("s",), " of 97"),
    "help": (("2", "question_mark"), "Keys in connections"),
    "palette": (("2", "colon"), "columns (l →)"),
    "preview": (("2", "x"), "pg_terminate_backend"),
    "rewound": (("left_square_bracket",), "before now: not live"),
    "rewound connections": (("2", "left_square_bracket"), "before now: not live"),
}
LOOKS = [("overview", "calm"), *((screen, "incident") for screen in SCREENS)]
"""What is held in each theme."""
AGAIN = {"palette": ("escape", "colon")}
"""What is pressed after the theme changed: the palette says which one it is when it opens."""

each_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")

SnapCompare = Callable[..., bool]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("screen", SCREENS)
async def test_screen(
    snapshot: SnapshotAssertion, console: Console, tmp_path: Path, screen: str, state: str
) -> None:
    keys, text = SCREENS[screen]
    themes = THEMES if (screen, state) in LOOKS else THEMES[:1]
    app = console(STATES[state]())
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await steps(keys, text)(pilot)
        looks = product(themes, SIZES)
        assert await unlike(snapshot, pilot, looks, tmp_path, AGAIN.get(screen, ())) == []


@pytest.mark.parametrize("screen", ["overview", "session", "history"])
@pytest.mark.parametrize(("size", "theme"), zip(SIZES, THEMES[1:], strict=False))
async def test_a_screen_is_the_same_however_its_size_and_theme_came_to_be(
    console: Console, screen: str, size: tuple[int, int], theme: str
) -> None:
    keys, text = SCREENS[screen]
    first_size = next(each for each in SIZES if each != size)
    started = console(frames.incident(), theme=f"pgvigil-{theme}")
    async with started.run_test(size=size, notifications=True) as pilot:
        await steps(keys, text)(pilot)
        at_once = picture(pilot)
    changed = console(frames.incident())
    async with changed.run_test(size=first_size, notifications=True) as pilot:
        await steps(keys, text)(pilot)
        await look(pilot, size, theme)
        assert picture(pilot) == at_once


@each_size
def test_link_down(snap_compare: SnapCompare, console: Console, size: tuple[int, int]) -> None:
    run = steps((), "does not answer")
    assert snap_compare(console(frames.link_down()), terminal_size=size, run_before=run)


@pytest.mark.parametrize("name", ["hidden", "without_statements", "slots_exhausted", "hostile"])
def test_a_bad_day(snap_compare: SnapCompare, console: Console, name: str) -> None:
    app = console(getattr(frames, name)())
    assert snap_compare(app, terminal_size=(80, 24), run_before=steps((), "Slow queries"))


@pytest.mark.parametrize("name", ["first_contact", "nothing"])
def test_a_first_moment(snap_compare: SnapCompare, console: Console, name: str) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        await seen(pilot, "no data yet")
        await still(pilot)

    app = console(getattr(frames, name)())
    assert snap_compare(app, terminal_size=(80, 24), run_before=run)


def test_paused(snap_compare: SnapCompare, console: Console) -> None:
    run = steps(("p",), "PAUSED")
    assert snap_compare(console(frames.calm()), terminal_size=(80, 24), run_before=run)


def broken(session: playback.Playback) -> playback.Playback:
    """A session whose store has become unreadable."""
    session.trouble = StoreError(
        "The store can't be read.",
        why="database disk image is malformed",
        remedy="Move /home/ops/.local/state/pgvigil/store.db away; a new one is made.",
    )
    return session


def test_the_findings_of_a_broken_store(snap_compare: SnapCompare, console: Console) -> None:
    session = broken(playback.Playback(frames.stale()))

    async def run(pilot: Pilot[Any]) -> None:
        await seen(pilot, "The store can't be read.", "malformed")
        await pilot.press("7")
        await seen(pilot, "▲ high", "The store can't be read.", "database disk image is malformed")
        await still(pilot)

    app = console(frames.stale(), session=session)
    assert snap_compare(app, terminal_size=(80, 24), run_before=run)


def test_a_broken_store(snap_compare: SnapCompare, console: Console) -> None:
    session = broken(playback.Playback(frames.stale()))

    async def run(pilot: Pilot[Any]) -> None:
        await seen(pilot, "The store can't be read.", "malformed")
        await still(pilot)

    app = console(frames.stale(), session=session)
    assert snap_compare(app, terminal_size=(80, 24), run_before=run)


def test_a_filter(snap_compare: SnapCompare, console: Console) -> None:
    run = steps(("2", "slash", *"nightly"), "1 of 94 hold")
    assert snap_compare(console(frames.incident()), terminal_size=(80, 24), run_before=run)


def test_marked_sessions(snap_compare: SnapCompare, console: Console) -> None:
    run = steps(("2", "space", "space"), "2 marked")
    assert snap_compare(console(frames.incident()), terminal_size=(80, 24), run_before=run)


def test_what_the_store_holds_of_backups_and_security(
    snap_compare: SnapCompare, console: Console
) -> None:
    event = SecurityEvent("failed_logins", frames.seconds_ago(90), "admin", "203.0.113.9", 85,
                          "12 failed logins in 15 min")  # fmt: skip
    frame = replace(
        backup_frames.calm(),
        security=SecurityOverview(True, (event,)),
    )
    ready = steps((), "12 failed logins")
    assert snap_compare(console(frame), terminal_size=(120, 40), run_before=ready)


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (50, 12), (60, 16)])
def test_small_terminals(
    snap_compare: SnapCompare, console: Console, size: tuple[int, int]
) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        await seen(pilot, "CRITICAL", "4 findings")
        await still(pilot)

    app = console(frames.incident())
    assert snap_compare(app, terminal_size=size, run_before=run)
