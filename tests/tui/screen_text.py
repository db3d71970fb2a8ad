"""What stands on a screen, as text; waiting for what is to come there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from textual._context import visible_screen_stack
from textual.app import App
from textual.pilot import Pilot

from tests.tui.quiet import quiet

PATIENCE_SECONDS = 60.0
STEP_SECONDS = 0.02


def text_of(app: App[Any]) -> str:
    """The screen's characters, a line a row."""
    # Without this, what lies under a dialog is drawn, and kept, as blank.
    visible_screen_stack.set(app._background_screens)
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text.rstrip() for strip in strips)


def unwrapped(text: str) -> str:
    """A screen's text without spaces, line ends and frames: a path stands whole however long."""
    return re.sub(r"[\s│]+", "", text)


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> str:
    """Wait until something is so; gives the screen's text then, fails with it where it never is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if is_so():
                    return text_of(pilot.app)
                if not pilot.app.is_running:
                    break
                await asyncio.sleep(STEP_SECONDS)
    pilot.app.exit()  # else an app that is run for its picture never ends
    pytest.fail(f"it never came to be; on the screen was\n{text_of(pilot.app)}")


async def seen(pilot: Pilot[Any], *texts: str) -> str:
    """Wait until all texts are on the screen; gives the screen's text."""

    def is_so() -> bool:
        shown = text_of(pilot.app)
        return all(text in shown for text in texts)

    return await until(pilot, is_so)


async def gone(pilot: Pilot[Any], text: str) -> str:
    """Wait until a text is no longer on the screen; gives the screen's text."""
    return await until(pilot, lambda: text not in text_of(pilot.app))


async def still(pilot: Pilot[Any]) -> str:
    """Wait until the app has nothing left to do; gives the screen's text."""
    await quiet(PATIENCE_SECONDS)
    return text_of(pilot.app)
