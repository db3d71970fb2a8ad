"""What keys do to sessions: shown first, done after a yes, never in the past."""

from __future__ import annotations

from core.model.process import Command
from tests.tui import frames, playback
from tests.tui.conftest import Console, recorded
from tests.tui.pressing import in_area, place_of, walk
from tests.tui.screen_text import gone, seen, until
from tui.actions import Place


async def test_cancelling_shows_what_it_will_do_and_acts_only_on_a_yes(console: Console) -> None:
    session = playback.Playback(frames.incident(), recorded(frames.calm()))
    app = console(frames.incident(), session=session)
    async with in_area(app, "2", "4802") as pilot:
        await pilot.press("j", "c")
        await seen(pilot, "Cancel the running query on orders-prod", "pg_cancel_backend(4802)")
        await pilot.press("n")
        await gone(pilot, "pg_cancel_backend(4802)")
        assert session.asked == []
        await pilot.press("c")
        await seen(pilot, "pg_cancel_backend(4802)")
        await pilot.press("y")
        await until(pilot, lambda: bool(session.asked))
    (command, arguments) = session.asked[0]
    assert command is Command.CANCEL_QUERY
    assert arguments == {"pid": "4802", "backend_start": frames.seconds_ago(3600).isoformat()}


async def test_a_session_that_runs_no_query_is_not_asked_about(console: Console) -> None:
    session = playback.Playback(frames.incident())
    app = console(frames.incident(), session=session)
    async with in_area(app, "2", "4802") as pilot:
        await pilot.press("c")
        await seen(pilot, "No query runs there that could be cancelled")
    assert session.asked == []


async def test_marked_sessions_are_ended_together(console: Console) -> None:
    session = playback.Playback(frames.incident())
    app = console(frames.incident(), session=session)
    async with in_area(app, "2", "4802") as pilot:
        await pilot.press("space", "space", "x")
        await seen(pilot, "End the session of 2 sessions")
        await pilot.press("y")
        await until(pilot, lambda: len(session.asked) == 2)
    assert [arguments["pid"] for _, arguments in session.asked] == ["4711", "4802"]


async def test_what_came_of_an_action_is_told(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4711") as pilot:
        await walk(pilot, ("x", "pg_terminate_backend(4711)"), ("y", "done"))


async def test_nothing_can_be_acted_on_in_the_past(console: Console) -> None:
    session = playback.Playback(frames.incident(), recorded(frames.incident()))
    app = console(frames.incident(), session=session)
    async with in_area(app, "2", "4711") as pilot:
        await pilot.press("left_square_bracket")
        text = await seen(pilot, "not live")
        assert "end session" not in text
        await pilot.press("x")
        await seen(pilot, "Only what is live can be acted on")
        assert place_of(app) is Place.CONNECTIONS
    assert session.asked == []
