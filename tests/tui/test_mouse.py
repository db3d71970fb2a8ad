"""The mouse can do what keys do: panes, tables, details, the footer."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widget import Widget

from tests.tui import frames
from tests.tui.conftest import Console
from tests.tui.pressing import in_area, place_of, table_of
from tests.tui.screen_text import gone, seen, text_of, until
from tui.actions import Place
from tui.panes.view import Mode

SIZE = (100, 30)
LARGE = (120, 40)


@pytest.mark.parametrize(
    ("pane", "place"),
    [
        ("connections", Place.CONNECTIONS),
        ("connections-chart", Place.CONNECTIONS),
        ("queries", Place.QUERIES),
        ("databases", Place.DATABASES),
        ("findings", Place.FINDINGS),
        ("backups", Place.BACKUPS),
        ("security", Place.SECURITY),
    ],
)
async def test_a_click_on_a_pane_opens_its_area(console: Console, pane: str, place: Place) -> None:
    app = console(frames.incident())
    async with app.run_test(size=LARGE) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.click(f"#{pane}", offset=(3, 1))
        await until(pilot, lambda: place_of(app) is place)


async def click_footer(pilot: Pilot[Any], word: str) -> None:
    line = text_of(pilot.app).splitlines()[-1]
    await pilot.click("#footer", offset=(line.index(word), 0))


async def test_a_click_on_the_footer_is_the_key_that_stands_there(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27")
        await click_footer(pilot, "pause")
        await until(pilot, lambda: app.view.mode is Mode.PAUSED)
        await click_footer(pilot, "0 live")
        await until(pilot, lambda: app.view.mode is Mode.LIVE)
        await click_footer(pilot, "rewind")
        await until(pilot, lambda: app.view.mode is Mode.REWOUND)


async def test_a_row_is_chosen_by_a_click_and_opened_by_another(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4802") as pilot:
        await pilot.click("#table", offset=(20, 2))
        await until(pilot, lambda: table_of(app).cursor_key == 4802)
        await pilot.click("#table", offset=(20, 2))
        await seen(pilot, "Session 4802")
        await click_footer(pilot, "Esc back")
        await until(pilot, lambda: place_of(app) is Place.CONNECTIONS)


async def test_a_click_on_a_label_sorts(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4802") as pilot:
        await pilot.click("#table", offset=(7, 0))
        await seen(pilot, "pid↑")
        await pilot.click("#table", offset=(7, 0))
        await seen(pilot, "pid↓")


def wheel(widget: Widget, down: int) -> None:
    for _ in range(down):
        widget.post_message(
            events.MouseScrollDown(widget, 5, 5, 0, 1, 0, False, False, False, 5, 5)
        )


async def test_the_wheel_scrolls_a_table_and_the_heading_says_where(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4802") as pilot:
        await seen(pilot, before := table_of(app).out_of_sight)
        assert before.startswith("1-")
        wheel(table_of(app), 3)
        await gone(pilot, before)
        await seen(pilot, table_of(app).out_of_sight)


async def test_the_wheel_scrolls_a_detail(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "8", "target", size=(100, 24)) as pilot:
        wheel(app.screen.query_one("#server"), 10)
        await gone(pilot, "target")
