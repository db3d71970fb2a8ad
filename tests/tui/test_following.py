"""What the console follows: a store that opens late, frames as they come, a production server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from core.api.launch import Launch
from core.errors import StoreError
from core.model.server import ServerEntry
from core.model.snapshot import Frame
from tests.tui import frames, playback
from tests.tui.conftest import recorded
from tests.tui.screen_text import gone, seen, still, text_of, until
from tui import following
from tui.app import ConsoleApp
from tui.following import Following, OpenSession
from tui.panes.view import Mode

SIZE = (100, 30)
LOCKED = StoreError(
    "The store is locked.", why="another program holds it", remedy="End that program."
)


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


async def test_a_store_that_answers_late_is_not_taken_for_a_server_that_does(
    tmp_path: Path,
) -> None:
    session = playback.Stream(frames.nothing())
    answers = asyncio.Event()

    async def opened(_: Launch) -> playback.Playback:
        await answers.wait()
        return session

    launch = playback.launch(tmp_path)
    app = ConsoleApp(launch, open_session=cast("OpenSession", opened), now=lambda: frames.NOW)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "The store has not been read yet.")
        assert "The watcher connects" not in text_of(app)
        answers.set()
        await gone(pilot, "The store has not been read yet.")
        await seen(pilot, "The watcher connects")


async def test_steps_that_are_asked_for_together_are_taken_together(tmp_path: Path) -> None:
    session = playback.Playback(frames.incident(), recorded(frames.calm()))

    opened = playback.opens(session)
    followed = Following(playback.launch(tmp_path), opened, lambda: frames.NOW, lambda: None)
    await followed.open()
    await asyncio.gather(*(followed.rewind(-1) for _ in range(5)))
    assert followed.view.frame.moment == frames.seconds_ago(10)


@pytest.mark.parametrize("key", ["[", "R"])
async def test_what_is_asked_for_while_the_store_is_away_is_refused_and_not_done_later(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "RETRY_SECONDS", 0.1)
    is_back = asyncio.Event()
    failures = [LOCKED]

    async def opened(_: Launch) -> playback.Playback:
        if failures:
            raise failures.pop()
        await is_back.wait()
        return playback.Playback(frames.calm(), recorded(frames.incident()))

    launch = playback.launch(tmp_path)
    app = ConsoleApp(launch, open_session=cast("OpenSession", opened), now=lambda: frames.NOW)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "The store is locked.")
        assert "✖ The store is locked." not in text_of(app)
        await pilot.press({"[": "left_square_bracket"}.get(key, key))
        await seen(pilot, "✖ The store is locked.")
        is_back.set()
        await seen(pilot, "14 of 97 slots")
        await still(pilot)
        assert app.following.mode is Mode.LIVE
        assert len(app.screen_stack) == 1


async def test_trouble_grows_older_whatever_comes_in_meanwhile(tmp_path: Path) -> None:
    session, came = playback.Stream(frames.calm()), asyncio.Event()
    followed = Following(
        playback.launch(tmp_path), playback.opens(session), lambda: frames.NOW, came.set
    )
    await followed.open()
    following_it = asyncio.create_task(followed.follow())
    await came.wait()
    began = frames.calm().connections.at  # type: ignore[union-attr]
    session.trouble = LOCKED
    assert since_when(followed) == [began]
    came.clear()
    session.queue.put_nowait(newer := later_by(timedelta(seconds=20), frames.calm()))
    await came.wait()
    assert followed.view.frame is newer
    assert since_when(followed) == [began]
    session.trouble = None
    assert since_when(followed) == []
    session.trouble = LOCKED
    assert since_when(followed) == [began + timedelta(seconds=20)]
    following_it.cancel()


def since_when(followed: Following) -> list[datetime]:
    """Since when each finding stands."""
    return [each.since for each in followed.view.findings]


def later_by(time: timedelta, frame: Frame) -> Frame:
    """The same readings, taken so much later."""
    read = frame.connections
    assert read is not None
    return replace(frame, moment=frame.moment + time, connections=replace(read, at=read.at + time))


def over_a_narrow_link(folder: Path) -> Launch:
    launch = playback.launch(folder)
    console = replace(launch.settings.console, low_bandwidth=True)
    settings = replace(launch.settings, console=console)
    return replace(launch, settings=settings)


async def test_over_a_narrow_link_the_first_figures_are_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOW_BANDWIDTH_SECONDS", 600.0)
    session = playback.Stream(frames.nothing())
    launch = over_a_narrow_link(tmp_path)
    app = ConsoleApp(launch, open_session=playback.opens(session), now=lambda: frames.NOW)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "no data yet")
        session.queue.put_nowait(frames.calm())
        await seen(pilot, "14 of 97 slots")


async def test_over_a_narrow_link_frames_wait_for_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOW_BANDWIDTH_SECONDS", 600.0)
    session = playback.Stream(frames.calm())
    launch = over_a_narrow_link(tmp_path)
    app = ConsoleApp(launch, open_session=playback.opens(session), now=lambda: frames.NOW)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "14 of 97 slots")
        session.queue.put_nowait(frames.incident())
        await still(pilot)
        assert session.queue.qsize() == 1


def test_over_a_narrow_link_figures_are_not_old_before_the_next_ones_can_be_drawn(
    tmp_path: Path,
) -> None:
    later = frames.NOW + timedelta(seconds=12)
    followed = Following(
        over_a_narrow_link(tmp_path),
        playback.opens(playback.Playback(frames.calm())),
        lambda: later,
        lambda: None,
    )
    reading = frames.calm().connections
    assert reading is not None
    assert not followed.view.is_stale(reading)
    assert replace(followed.view, drawn_every=0.0).is_stale(reading)
