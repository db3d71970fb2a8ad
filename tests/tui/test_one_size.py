"""A screen has the terminal's size, whatever else an event says of it."""

from __future__ import annotations

import pytest
from textual.events import Resize
from textual.geometry import Size

from tests.tui import frames
from tests.tui.conftest import Console
from tests.tui.pressing import in_area
from tests.tui.screen_text import still, until

SIZE = Size(80, 24)
OTHER = Size(80, 25)


@pytest.mark.parametrize("keys", [(), ("question_mark",), ("colon",), ("x",)])
async def test_another_size_than_the_terminals_is_not_taken(
    console: Console, keys: tuple[str, ...]
) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4711", size=SIZE) as pilot:
        await pilot.press("j", *keys)
        await until(pilot, lambda: app.screen.is_modal == bool(keys))
        app.screen.post_message(Resize(OTHER, OTHER))
        await still(pilot)
        assert app.screen.outer_size == SIZE
        await pilot.resize_terminal(*OTHER)
        await until(pilot, lambda: app.screen.outer_size == OTHER)
