"""What lies under a dialog, the help or the palette stays true, and so does the dialog."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from core.model.connections import Backend
from core.model.snapshot import Frame, Taken
from tests.tui import frames, playback
from tests.tui.conftest import Console
from tests.tui.pressing import in_area, opened
from tests.tui.screen_text import gone, seen, still, until

SIZE = (120, 40)
LATER = frames.NOW + timedelta(seconds=5)


def later(backends: tuple[Backend, ...], taken_seconds_before: int = 0) -> Frame:
    """The incident five seconds on, with these sessions."""
    incident = frames.incident()
    body = replace(frames.incident_connections(), backends=backends)
    taken = Taken(LATER - timedelta(seconds=taken_seconds_before), 2, body)
    return replace(incident, moment=LATER, connections=taken)


def all_but(pid: int) -> tuple[Backend, ...]:
    return tuple(each for each in frames.incident_connections().backends if each.pid != pid)


def with_root(**changes: Any) -> tuple[Backend, ...]:
    """The sessions, that at the root of the lock queue as it is five seconds on."""
    return tuple(
        replace(each, **changes) if each.pid == 4711 else each
        for each in frames.incident_connections().backends
    )


async def asked(pilot: Pilot[Any]) -> None:
    """Ask to end the session at the root of the lock queue."""
    await opened(pilot, "2", "4802")
    await pilot.press("x")
    await seen(pilot, "pg_terminate_backend(4711)", "idle in transaction for 7 min 11 s")


@pytest.mark.parametrize("key", ["x", "question_mark", "colon"])
async def test_the_screen_underneath_goes_on(console: Console, key: str) -> None:
    session = playback.Stream(frames.incident())
    app = console(frames.incident(), session=session)
    async with in_area(app, "2", "4802", size=SIZE) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: app.screen.is_modal)
        session.queue.put_nowait(later(with_root()))
        await seen(pilot, "live 14:03:32")
        assert app.screen.is_modal


@pytest.mark.parametrize("key", ["x", "question_mark", "colon"])
async def test_what_comes_while_something_opens_in_front_is_drawn_after_it(
    console: Console, key: str
) -> None:
    session = playback.Stream(frames.incident())
    app = console(frames.incident(), session=session)
    async with in_area(app, "2", "4802", size=SIZE) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: app.screen.is_modal)
        await still(pilot)
        with app.batch_update():  # as Textual does while it mounts what opens
            session.queue.put_nowait(later(with_root()))
            await until(pilot, lambda: app.view.frame.moment > frames.NOW)
            await still(pilot)
        await seen(pilot, "live 14:03:32")


async def test_the_preview_tells_of_the_session_as_it_is_now(console: Console) -> None:
    session = playback.Stream(frames.incident())
    app = console(frames.incident(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await asked(pilot)
        session.queue.put_nowait(later(with_root(state_seconds=436.0)))
        await seen(pilot, "idle in transaction for 7 min 16 s")
        await pilot.press("y")
        await until(pilot, lambda: bool(session.asked))
    ((_, arguments),) = session.asked
    assert arguments["pid"] == "4711"


async def test_the_preview_says_that_its_session_is_no_longer_listed(console: Console) -> None:
    session = playback.Stream(frames.incident())
    app = console(frames.incident(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await asked(pilot)
        session.queue.put_nowait(later(all_but(4711)))
        await seen(pilot, "no longer listed: where it has ended, nothing is done")


async def test_another_session_with_the_same_pid_is_not_taken_for_it(console: Console) -> None:
    session = playback.Stream(frames.incident())
    app = console(frames.incident(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await asked(pilot)
        session.queue.put_nowait(later(with_root(backend_start=frames.NOW, role="another")))
        await seen(pilot, "no longer listed: where it has ended, nothing is done")
        await gone(pilot, "4711): another")


async def test_the_preview_says_when_it_was_read_where_that_is_long_ago(console: Console) -> None:
    session = playback.Stream(frames.incident())
    app = console(frames.incident(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await asked(pilot)
        session.queue.put_nowait(later(with_root(), taken_seconds_before=45))
        await seen(pilot, "this was read 45 s ago; nothing newer is known")


async def test_in_a_terminal_that_shows_no_session_none_is_acted_on(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4802", size=SIZE) as pilot:
        await pilot.resize_terminal(49, 11)
        await seen(pilot, "make the terminal larger")
        await pilot.press("x")
        await seen(pilot, "Make the terminal larger to act.")
        assert not app.screen.is_modal
