"""In each view of the connections the keys act on what that view shows, or on nothing."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from core.model.process import Command
from tests.tui import frames, playback
from tests.tui.conftest import Console
from tests.tui.pressing import SIZE, in_area, opened, place_of, table_of
from tests.tui.screen_text import gone, seen, still, text_of, until
from tui.actions import Place
from tui.app import ConsoleApp
from tui.screens.backend import BackendScreen
from tui.screens.connections import ConnectionsScreen

WIDE = (200, 50)
VIEWS = {
    "lock queues": (1, "Lock queues"),
    "breakdowns": (2, "by application"),
    "history": (3, "⣀ all"),
}
OF_THE_TABLE = ("/ filter", "> sort", "Space mark")
OF_A_SESSION = ("Enter detail", "c cancel query", "x end session")


async def at(pilot: Pilot[Any], view: str) -> str:
    """Open the connections and lead to a view of them."""
    await opened(pilot, "2", "slots")
    tabs, text = VIEWS[view]
    await pilot.press(*["tab"] * tabs)
    await seen(pilot, text)
    return await still(pilot)


def footer_of(app: ConsoleApp) -> str:
    return text_of(app).rstrip("\n").splitlines()[-1]


def pid_at_cursor(app: ConsoleApp) -> int | None:
    assert isinstance(app.screen, ConnectionsScreen)
    return app.screen.locks.pid


@pytest.mark.parametrize("size", [SIZE, WIDE])
async def test_the_root_of_the_longest_queue_is_what_keys_act_on_first(
    console: Console, size: tuple[int, int]
) -> None:
    session = playback.Playback(frames.incident())
    app = console(frames.incident(), session=session)
    async with in_area(app, "2", "slots", size=size) as pilot:
        await pilot.press("G", "tab", "x")
        await seen(pilot, "pg_terminate_backend(4711)")
        await pilot.press("y")
        await until(pilot, lambda: bool(session.asked))
    ((command, arguments),) = session.asked
    assert command is Command.TERMINATE_BACKEND
    assert arguments["pid"] == "4711"


async def test_in_the_lock_queues_the_cursor_goes_from_session_to_session(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, "lock queues")
        await pilot.press("j")
        await until(pilot, lambda: pid_at_cursor(app) == 4802)
        await pilot.press("c")
        await seen(pilot, "pg_cancel_backend(4802)")
        await pilot.press("n", "k")
        await until(pilot, lambda: pid_at_cursor(app) == 4711)
        await pilot.press("G", "pageup", "pagedown", "g")
        await until(pilot, lambda: pid_at_cursor(app) == 4711)


async def test_enter_in_the_lock_queues_opens_the_session_under_the_cursor(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, "lock queues")
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(app.screen, BackendScreen))
        await seen(pilot, "Session 4802")
        await pilot.press("escape")
        await seen(pilot, "Lock queues")


async def test_the_last_session_of_a_long_queue_comes_into_sight_with_the_cursor(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(80, 20), notifications=True) as pilot:
        await at(pilot, "lock queues")
        await pilot.press("G")
        await still(pilot)
        assert str(pid_at_cursor(app)) in text_of(app)
        assert "4711  idle in transaction" not in text_of(app)
        await pilot.press("g")
        await seen(pilot, "4711  idle in transaction", "Lock queues")


async def test_a_click_chooses_a_session_of_a_queue_and_another_opens_it(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "slots", size=(200, 60)) as pilot:
        pane = app.screen.query_one("#locks")
        row = next(
            y
            for y, text in enumerate(text_of(app).splitlines())
            if "└ 4802" in text[pane.region.x :]
        )
        await pilot.click("#locks", offset=(3, row - pane.region.y))
        await until(pilot, lambda: pid_at_cursor(app) == 4802)
        await still(pilot)
        await pilot.click("#locks", offset=(3, row - pane.region.y))
        await seen(pilot, "Session 4802")


@pytest.mark.parametrize("key", ["x", "c", "enter"])
async def test_without_a_lock_queue_there_is_nothing_to_act_on(console: Console, key: str) -> None:
    session = playback.Playback(frames.calm())
    app = console(frames.calm(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, "lock queues")
        await pilot.press(key)
        await seen(pilot, "No session is chosen.")
        assert place_of(app) is Place.CONNECTIONS


async def test_without_a_lock_queue_the_footer_names_only_what_works(console: Console) -> None:
    app = console(frames.calm())
    async with app.run_test(size=(120, 60)) as pilot:
        await at(pilot, "lock queues")
        footer = footer_of(app)
        assert "Tab view" in footer
        assert not any(told in footer for told in OF_A_SESSION)


@pytest.mark.parametrize("size", [SIZE, WIDE])
@pytest.mark.parametrize("view", ["breakdowns", "history"])
async def test_in_the_other_views_no_key_of_the_sessions_acts(
    console: Console, view: str, size: tuple[int, int]
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=size, notifications=True) as pilot:
        await at(pilot, view)
        before, sorted_by = table_of(app).cursor_key, table_of(app).sorted_by
        await pilot.press("j", "G", "x", "c", "enter", "space", "slash", "greater_than_sign", "r")
        await still(pilot)
        assert place_of(app) is Place.CONNECTIONS
        table = table_of(app)
        assert (table.cursor_key, table.marks, table.sorted_by) == (before, frozenset(), sorted_by)
        assert "filter; Enter keeps" not in text_of(app)


@pytest.mark.parametrize("view", VIEWS)
async def test_the_footer_and_the_help_name_what_works_in_the_view(
    console: Console, view: str
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await at(pilot, view)
        await pilot.press("j")  # in a lock queue to a session that runs a query
        await still(pilot)
        footer, acts = footer_of(app), view == "lock queues"
        assert "Tab view" in footer
        assert not any(told in footer for told in OF_THE_TABLE)
        assert all((told in footer) is acts for told in OF_A_SESSION)
        await pilot.press("question_mark")
        told = await seen(pilot, "lock queues, breakdowns, history")
        assert "show only lines that hold a text" not in told
        assert ("pg_terminate_backend" in told) is acts


async def test_a_filter_goes_out_of_sight_with_the_sessions_and_comes_back_with_them(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4711") as pilot:
        await pilot.press("slash", *"nightly", "enter")
        await seen(pilot, "1 of 94 hold")
        await pilot.press("tab")
        await gone(pilot, "1 of 94 hold")
        assert not app.screen.query_one("#filter").display
        await pilot.press("tab", "tab", "tab")
        await seen(pilot, "1 of 94 hold")


async def test_y_copies_what_the_view_shows(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await at(pilot, "lock queues")
        await pilot.press("j", "y")
        await until(pilot, lambda: app.clipboard.startswith("└ 4802"))
        await pilot.press("tab", "y")
        await until(pilot, lambda: "by application" in app.clipboard)
