"""What stands on a screen, as text; waiting for what is to come there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.strip import Strip

PATIENCE_SECONDS = 8.0
STEP_SECONDS = 0.02


def text_of(app: App[Any]) -> str:
    """The screen's characters, a line a row."""
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text.rstrip() for strip in strips)


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> str:
    """Wait until something is so; gives the screen's text then, fails with it where it never is."""
    for _ in range(int(PATIENCE_SECONDS / STEP_SECONDS)):
        await pilot.pause()
        if is_so():
            return text_of(pilot.app)
        await pilot.pause(STEP_SECONDS)
    pilot.app.exit()  # else an app that is run for its picture never ends
    pytest.fail(f"it never came to be; on the screen was\n{text_of(pilot.app)}")


async def seen(pilot: Pilot[Any], *texts: str) -> str:
    """Wait until all texts are on the screen; gives the screen's text."""
    return await until(pilot, lambda: all(text in text_of(pilot.app) for text in texts))


async def gone(pilot: Pilot[Any], text: str) -> str:
    """Wait until a text is no longer on the screen; gives the screen's text."""
    return await until(pilot, lambda: text not in text_of(pilot.app))


async def still(pilot: Pilot[Any], polls: int = 6) -> str:
    """Wait until no cell's text or style has changed for a while; gives the screen's text."""
    same, last = 0, list[Strip]()
    for _ in range(int(PATIENCE_SECONDS / 0.05)):
        await pilot.pause(0.05)
        now = pilot.app.screen._compositor.render_strips(pilot.app.size)
        same, last = (same + 1 if now == last else 0), now
        if same >= polls:
            break
    return text_of(pilot.app)
