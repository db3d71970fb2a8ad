"""Every screen as it was looked at and found good: in three sizes, in an incident in each theme.

In the dark theme every screen is held healthy too.

``uv run pytest tests/tui/test_snapshots.py --snapshot-update`` takes them anew; look at each
picture that changed before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from core.errors import StoreError
from core.model.protection import BackupOverview, BackupRun, SecurityEvent, SecurityOverview
from core.model.snapshot import Frame
from tests.tui import frames, playback
from tests.tui.conftest import Console
from tests.tui.screen_text import seen, still

SIZES = [(80, 24), (120, 40), (200, 50)]
STATES: dict[str, Callable[[], Frame]] = {"calm": frames.calm, "incident": frames.incident}
THEMES = ["light", "high-contrast", "colour-blind", "mono"]

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
    "palette": (("2", "colon"), "copy row (y)"),
    "preview": (("2", "x"), "pg_terminate_backend"),
    "rewound": (("left_square_bracket",), "before now: not live"),
    "rewound connections": (("2", "left_square_bracket"), "before now: not live"),
}
LOOKS = [("overview", "calm"), *((screen, "incident") for screen in SCREENS)]
"""What is held in each theme."""

each_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")

SnapCompare = Callable[..., bool]


def steps(keys: tuple[str, ...], *texts: str) -> Callable[[Pilot[Any]], Any]:
    """Press keys one by one once the figures are there, then wait for what they lead to."""

    async def run(pilot: Pilot[Any]) -> None:
        await seen(pilot, "orders-prod", "Slow queries", "┤")
        for key in keys:
            await pilot.press(key)
            await still(pilot)
        await seen(pilot, *texts)
        await still(pilot)

    return run


@each_size
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(
    snap_compare: SnapCompare, console: Console, screen: str, state: str, size: tuple[int, int]
) -> None:
    keys, text = SCREENS[screen]
    app = console(STATES[state]())
    assert snap_compare(app, terminal_size=size, run_before=steps(keys, text))


@each_size
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("screen", "state"), LOOKS, ids=lambda name: name)
def test_screen_in_another_theme(
    snap_compare: SnapCompare,
    console: Console,
    screen: str,
    state: str,
    theme: str,
    size: tuple[int, int],
) -> None:
    keys, text = SCREENS[screen]
    app = console(STATES[state](), theme=f"pgvigil-{theme}")
    assert snap_compare(app, terminal_size=size, run_before=steps(keys, text))


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


def test_a_broken_store(snap_compare: SnapCompare, console: Console) -> None:
    session = playback.Playback(frames.stale())
    session.trouble = StoreError(
        "The store can't be read.",
        why="database disk image is malformed",
        remedy="Move /home/ops/.local/state/pgvigil/store.db away; a new one is made.",
    )

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
    run = BackupRun("b1", "full", "completed", frames.seconds_ago(43_200),
                    frames.seconds_ago(43_000), 8_123_456_789, "sealed")  # fmt: skip
    failed = replace(run, status="failed", error="disk full", verification="", size_bytes=None)
    event = SecurityEvent("failed_logins", frames.seconds_ago(90), "admin", "203.0.113.9", 85,
                          "12 failed logins in 15 min")  # fmt: skip
    frame = replace(
        frames.calm(),
        backups=BackupOverview(True, run, (failed, run), frames.seconds_ago(-43_200), "full"),
        security=SecurityOverview(True, (event,)),
    )
    ready = steps((), "sealed", "12 failed logins")
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
