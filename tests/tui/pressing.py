"""What tests of keys do and look at: the place in front, its table, an area once it is filled."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tests.tui.screen_text import seen
from tui.actions import Place
from tui.app import ConsoleApp
from tui.screens.area import AreaScreen
from tui.widgets.live_table import LiveTable

SIZE = (100, 30)


def place_of(app: ConsoleApp) -> Place | None:
    """The area in front; none where something else is."""
    return app.screen.PLACE if isinstance(app.screen, AreaScreen) else None


def table_of(app: ConsoleApp) -> LiveTable:
    """The table in front."""
    return app.screen.query_one("#table", LiveTable)


async def opened(pilot: Pilot[Any], key: str, *texts: str) -> str:
    """Open an area and wait until its figures are there."""
    await seen(pilot, "live 14:03:27")
    await pilot.press(key)
    return await seen(pilot, *texts)


@asynccontextmanager
async def in_area(
    app: ConsoleApp, key: str, *texts: str, size: tuple[int, int] = SIZE
) -> AsyncGenerator[Pilot[Any]]:
    """A console in the area that a key opens, once its figures are there."""
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, key, *texts)
        yield pilot


async def walk(pilot: Pilot[Any], *steps: tuple[str, str]) -> None:
    """Press one key after another; each time wait for the text that it brings to the screen."""
    for key, text in steps:
        await pilot.press(key)
        await seen(pilot, text)
