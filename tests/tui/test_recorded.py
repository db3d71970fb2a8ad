"""The console on a real store: figures, the past, pause, filter, details, requests, the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from core.model.process import Command, ProcessKind
from tests.tui import frames
from tests.tui.recording import LONG_TAIL, Recording, playing, record
from tests.tui.screen_text import seen, until
from tui.panes.view import Mode

SIZE = (100, 40)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A calm past and an incident now."""
    folder = tmp_path_factory.mktemp("recorded") / "state"
    record(folder, frames.incident())
    return folder


@pytest.fixture
def recording(recorded: Path, tmp_path: Path) -> Iterator[Recording]:
    with playing(recorded, tmp_path / "state") as made:
        yield made


async def rewound_to(pilot: Pilot[Any], seconds: int) -> None:
    app = pilot.app
    await until(pilot, lambda: app.view.frame.moment == frames.seconds_ago(seconds))  # type: ignore[attr-defined]


async def test_the_overview_shows_what_was_written_last_and_the_hour_before(
    recording: Recording,
) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27", "94 of 97 slots", "✖ CRITICAL", "3.48 s", "⣀ all")
        await seen(pilot, "13:05", "14:05")


async def test_brackets_step_through_what_was_recorded_and_zero_is_live_again(
    recording: Recording,
) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("left_square_bracket", "left_square_bracket")
        await seen(pilot, "14 of 97 slots", "2.0 s before now: not live")
        await pilot.press("left_square_bracket", "left_square_bracket", "right_square_bracket")
        await rewound_to(pilot, 4)
        await pilot.press("0")
        await seen(pilot, "94 of 97 slots")
        assert app.view.mode is Mode.LIVE


async def test_a_leap_beyond_the_first_recording_stops_there(recording: Recording) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("left_curly_bracket")
        await rewound_to(pilot, 58)
        await pilot.press("left_curly_bracket")
        await rewound_to(pilot, 80)
        await pilot.press("left_square_bracket")
        await seen(pilot, "Nothing was recorded before this moment.")


async def test_an_area_shows_the_moment_that_the_overview_was_rewound_to(
    recording: Recording,
) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("left_square_bracket", "left_square_bracket", "2")
        await seen(pilot, "14 of 97 slots", "not live", "4300")


async def test_a_new_tick_changes_the_screen(recording: Recording) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "94 of 97 slots")
        recording.tick(frames.calm())
        await seen(pilot, "14 of 97 slots", "live 14:03:29")


async def test_a_paused_screen_takes_no_tick_until_it_goes_on(recording: Recording) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("p")
        recording.tick(frames.calm())
        await until(pilot, lambda: app.following._newest.moment == recording.clock.moment)
        assert "94 of 97" in await seen(pilot, "PAUSED")
        await pilot.press("p")
        await seen(pilot, "14 of 97 slots")


async def test_a_rewound_screen_stays_where_it_is_while_ticks_come(recording: Recording) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("left_square_bracket", "left_square_bracket")
        await rewound_to(pilot, 2)
        recording.tick(frames.incident())
        await until(pilot, lambda: app.following._newest.moment == recording.clock.moment)
        assert "14 of 97" in await seen(pilot, "4.0 s before now: not live")


async def test_a_filter_shows_what_holds_its_text_and_escape_clears_it(
    recording: Recording,
) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("2", "slash", *"nightly", "enter")
        text = await seen(pilot, '1 of 94 hold "nightly"')
        assert "4711" in text
        assert "4802" not in text
        await pilot.press("slash", "escape")
        await seen(pilot, "4802")


async def test_a_statement_has_its_full_text_and_its_history_from_the_store(
    recording: Recording,
) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "3.48 s")
        await pilot.press("3", "enter")
        await seen(pilot, LONG_TAIL.strip(" /*").partition(" than")[0], "⣀ mean", "4.00 s┤")


async def test_what_the_watcher_did_is_told(recording: Recording) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("2", "x")
        await seen(pilot, "pg_terminate_backend(4711)")
        await pilot.press("y")
        asked = await recording.asked()
        assert asked.command is Command.TERMINATE_BACKEND
        assert asked.arguments["pid"] == "4711"
        recording.store.requests.finish(asked.request_id, "session 4711 has ended")
        await seen(pilot, "session 4711 has ended")


async def test_a_console_that_has_gone_leaves_no_heartbeat(recording: Recording) -> None:
    def consoles() -> int:
        alive = recording.store.processes.alive(ProcessKind.CONSOLE, lost_after_seconds=60)
        return len(alive)

    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "94 of 97 slots")
        await until(pilot, lambda: consoles() == 1)
        await pilot.press("q")
    assert consoles() == 0
