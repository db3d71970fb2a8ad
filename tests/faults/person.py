"""A person before a real console: what stands on the screen, and keys."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from textual.pilot import Pilot

from core.api.launch import Launch
from tests.tui.screen_text import text_of
from tui.app import ConsoleApp
from tui.panes.view import Mode

PATIENCE_SECONDS = 60.0
STEP_SECONDS = 5.0
SMALLEST = (80, 24)


class Person:
    """Reads the screen of a console that runs with its own watcher, and presses its keys."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[None]) -> None:
        self._app = app
        self._pilot = pilot

    @property
    def screen(self) -> str:
        """All rows of the screen."""
        return text_of(self._pilot.app)

    def pane(self, name: str) -> str:
        """The words of one pane of the overview, as if it had one long line."""
        region = self._pilot.app.screen.query_one(f"#{name}").region
        rows = self.screen.split("\n")[region.y : region.bottom]
        return " ".join(" ".join(row[region.x : region.right] for row in rows).split())

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def sees_figures_renewed(self) -> None:
        """Wait for a reading of the connections that came after all first answers."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._is_renewed():
                await self._pilot.pause(0.05)

    def _is_renewed(self) -> bool:
        frame = self._app.view.frame
        return (
            frame.connections is not None
            and frame.server is not None
            and frame.connections.at > frame.server.at
        )

    async def rewinds_until(self, pattern: str) -> None:
        """Step back through what was recorded until a pattern is on the screen."""
        while await self._steps_back():
            if re.search(pattern, self.screen):
                return
        pytest.fail(f"nothing recorded has {pattern}; on the screen was\n{self.screen}")

    async def _steps_back(self) -> bool:
        """Step back once; whether there was anything to step back to."""
        before = self._looked_at
        await self.press("[")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STEP_SECONDS):
                while self._looked_at == before:
                    await self._pilot.pause(0.05)
                return True
        return False

    @property
    def _looked_at(self) -> tuple[Mode, datetime | None]:
        """The recorded moment that is looked at; none while the screen is live."""
        view = self._app.view
        return view.mode, None if view.mode is Mode.LIVE else view.frame.moment

    async def resize(self, width: int, height: int) -> None:
        """Make the terminal another size."""
        await self._pilot.resize_terminal(width, height)
        await self._pilot.pause()

    async def sees(self, *patterns: str, pane: str = "") -> str:
        """Wait until all patterns are on the screen or in a pane; gives the text that has them.

        On the screen a pattern may stand as it is drawn, or go over the ends of lines.
        """

        def is_so(seen: str) -> bool:
            flowing = " ".join(seen.split())
            return all(re.search(each, seen) or re.search(each, flowing) for each in patterns)

        return await self._until(
            lambda: self.pane(pane) if pane else self.screen, is_so, str(patterns)
        )

    async def sees_no_more(self, pattern: str) -> str:
        """Wait until a pattern is gone from the screen."""
        return await self._until(
            lambda: self.screen, lambda seen: not re.search(pattern, seen), f"no {pattern}"
        )

    async def _until(self, text: Callable[[], str], is_so: Callable[[str], bool], what: str) -> str:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not is_so(seen := text()):
                    await self._pilot.pause(0.05)
                return seen
        except TimeoutError:
            pytest.fail(f"never seen: {what}; on the screen was\n{self.screen}")


@asynccontextmanager
async def person_at(launch: Launch, size: tuple[int, int] = SMALLEST) -> AsyncIterator[Person]:
    """Somebody before a console of ``launch``, on a terminal of ``size``."""
    app = ConsoleApp(launch)
    async with app.run_test(size=size) as pilot:
        yield Person(app, pilot)
