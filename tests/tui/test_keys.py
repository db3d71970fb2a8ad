"""Every key does what the registry says of it."""

from __future__ import annotations

import pytest
from textual import events

from tests.tui import frames, playback
from tests.tui.conftest import Console
from tests.tui.pressing import SIZE, in_area, place_of, table_of
from tests.tui.screen_text import gone, seen, still, text_of, until
from tui.actions import ACTIONS, Place
from tui.screens.table_area import TableArea
from tui.widgets.columns import SortOrder
from tui.widgets.live_table import LiveTable


async def test_a_frame_that_comes_when_the_console_has_been_left_is_no_error(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27")
    app.following.live()


async def test_a_filter_that_nothing_holds_says_so(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4802") as pilot:
        await pilot.press("slash", *"zzz")
        await seen(pilot, "No line holds this text.")


async def test_question_mark_lists_the_keys_of_the_screen(console: Console) -> None:
    app = console(frames.calm())
    async with in_area(app, "2", "4300", size=(100, 50)) as pilot:
        await pilot.press("question_mark")
        await seen(pilot, "Keys in connections", "pg_terminate_backend")
        await pilot.press("escape")
        await gone(pilot, "Keys in connections")


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_finds_actions_by_name(console: Console, key: str) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press(key)
        await until(pilot, lambda: place_of(app) is None)
        await pilot.press(*"queries (3)")
        await seen(pilot, "open the queries area")
        await pilot.press("enter")
        await until(pilot, lambda: place_of(app) is Place.QUERIES)


async def test_y_copies_the_row_under_the_cursor(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4711") as pilot:
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard.startswith("4711\tidle in tx"))


async def test_y_says_so_where_there_is_nothing_to_copy(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4802") as pilot:
        await pilot.press("slash", *"zzz", "enter")
        await seen(pilot, "No line holds this text.")
        await pilot.press("y")
        await seen(pilot, "There is nothing here to copy.")
        assert not app.clipboard


async def test_e_writes_evidence_and_says_where(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press("e")
        await seen(pilot, "Evidence copied, and written to")
    (written,) = (app.launch.state_folder / "evidence").iterdir()
    assert written.name == "20260314T140327Z-orders-prod-overview.md"
    assert written.stat().st_mode & 0o777 == 0o600
    assert "94 of 97 slots" in written.read_text()
    assert app.clipboard == written.read_text()


async def test_t_changes_the_theme(console: Console) -> None:
    app = console(frames.calm())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        before = app.theme
        await pilot.press("t")
        await until(pilot, lambda: app.theme != before)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quit_leaves_and_closes_the_session(console: Console, key: str) -> None:
    session = playback.Playback(frames.calm())
    app = console(frames.calm(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press(key)
    assert session.closed


async def test_sort_keys_go_through_the_columns(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "3", "3.48 s") as pilot:
        table = table_of(app)
        await pilot.press("greater_than_sign", "greater_than_sign")
        await until(pilot, lambda: (table.sorted_by or ("",))[0] == "mean")
        await pilot.press("less_than_sign")
        await until(pilot, lambda: (table.sorted_by or ("",))[0] == "share")
        first = table.rows[0].key
        await pilot.press("r")
        await until(pilot, lambda: table.rows[-1].key == first)


def test_no_key_has_two_meanings_in_one_place() -> None:
    for place in Place:
        keys = [key for action in ACTIONS if place in action.places for key in action.keys]
        assert len(keys) == len(set(keys)), place


def test_every_action_has_a_label_and_a_help() -> None:
    for action in ACTIONS:
        assert action.label, action.name
        assert action.help, action.name


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("area", ["2", "3", "4", "7", "s"])
async def test_the_heading_names_what_a_table_is_sorted_by_at_every_step(
    console: Console, size: tuple[int, int], area: str
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=size, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press(area)
        await until(pilot, lambda: isinstance(app.screen, TableArea))
        table = table_of(app)
        for _ in table.columns:
            await pilot.press("greater_than_sign")
            told = await still(pilot)
            key, order = table.sorted_by or ("", SortOrder.ASCENDING)
            label = next(column.label for column in table.columns if column.key == key)
            assert label + ("↑" if order is SortOrder.ASCENDING else "↓") in told


@pytest.mark.parametrize("area", ["2", "3", "4", "7", "9"])
async def test_a_table_has_no_keys_but_those_of_the_registry(console: Console, area: str) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press(area)
        await until(pilot, lambda: isinstance(app.focused, LiveTable))
        bound = app.screen.active_bindings.values()
        assert {each.node for each in bound} <= {app, app.screen}


async def test_right_brings_in_columns_and_left_brings_them_back(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4711", size=(80, 24)) as pilot:
        assert "application" not in text_of(app)
        for _ in range(4):
            await pilot.press("right")
        await seen(pilot, "application")
        for _ in range(4):
            await pilot.press("left")
        await gone(pilot, "application")


async def test_what_was_told_does_not_cover_the_help(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(20, 5), notifications=True) as pilot:
        await seen(pilot, "CRITICAL")
        app.tell("Theme light")
        await seen(pilot, "Theme light")
        await pilot.press("question_mark")
        await seen(pilot, "Keys in")
        await gone(pilot, "Theme light")


async def test_a_key_right_behind_the_esc_of_the_palette_belongs_to_the_screen(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press("colon", *"pau")
        await seen(pilot, "pause (p)")
        app.post_message(events.Key("escape", None))
        app.post_message(events.Key("2", "2"))
        await until(pilot, lambda: place_of(app) is Place.CONNECTIONS)
