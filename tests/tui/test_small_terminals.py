"""In small terminals what matters stays in sight, and no word is cut."""

from __future__ import annotations

from tests.tui import frames
from tests.tui.conftest import Console
from tests.tui.pressing import opened
from tests.tui.screen_text import seen, still, text_of


async def test_what_acts_on_a_session_stands_in_the_footer_of_a_small_terminal(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, "2", "4711")
        await pilot.press("j")
        footer = (await seen(pilot, "c cancel query")).splitlines()[-1]
        assert "x end session" in footer
        assert "Esc back" in footer


async def test_a_statement_begins_with_its_text_in_a_small_terminal(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, "3", "3.48 s")
        await pilot.press("enter")
        told = (await seen(pilot, "⣀ mean", "95 % below", "WAL")).splitlines()
        title = next(n for n, row in enumerate(told) if row.startswith("Statement "))
        assert told[title + 1].startswith("SELECT ")


async def test_the_statements_of_a_database_are_in_sight_in_a_small_terminal(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, "4", "sizes from")
        await pilot.press("enter")
        told = (await seen(pilot, "⣀ commits/s", "Statements")).splitlines()
        titles = next(n for n, row in enumerate(told) if row.split()[:2] == ["time", "mean"])
        rows = [row for row in told[titles + 1 :] if " ms " in row or " s " in row]
        assert len(rows) >= 3


async def test_in_the_smallest_terminal_the_palette_shows_what_is_typed(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(20, 5), notifications=True) as pilot:
        await seen(pilot, "CRITICAL")
        await pilot.press("colon", *"pau")
        told = await seen(pilot, "pau", "pause (p)")
        assert told.splitlines()[0].strip() == "pau"


async def test_in_the_smallest_terminal_the_hint_of_the_filter_is_whole(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(20, 5), notifications=True) as pilot:
        await seen(pilot, "CRITICAL")
        await pilot.press("2")
        await still(pilot)
        await pilot.press("slash")
        await seen(pilot, "filter")
        assert "Enter" not in text_of(app)


async def test_in_the_smallest_terminal_the_help_cuts_no_word(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(20, 5), notifications=True) as pilot:
        await seen(pilot, "CRITICAL")
        await pilot.press("question_mark")
        told = await seen(pilot, "Keys in overview", "open the overview")
        assert "…" not in told
