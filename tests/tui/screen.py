"""One widget on a screen, and what is to be read there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget

from tests.tui.screen_text import still
from tui.themes import DARK, load_themes


class OneWidgetApp(App[None]):
    """Shows one widget in the shipped themes."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        """Just the widget."""
        yield self.widget

    @asynccontextmanager
    async def drawn(self, size: tuple[int, int]) -> AsyncIterator[Pilot[None]]:
        """The app in a terminal of a size, once everything in it has been drawn."""
        async with self.run_test(size=size) as pilot:
            await still(pilot)
            yield pilot

    def on_mount(self) -> None:
        """Take the shipped themes."""
        for theme in load_themes().themes.values():
            self.register_theme(theme)
        self.theme = DARK


def shown(app: App[None]) -> list[str]:
    """The text of each row of the screen."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


class Drawn:
    """Remembers which regions of a widget are drawn again."""

    def __init__(self, widget: Widget) -> None:
        self.regions: list[Region] = []
        original = widget.refresh

        def refresh(*regions: Region, **how: bool) -> Widget:
            self.regions.extend(regions or [widget.size.region])
            return original(*regions, **how)

        widget.refresh = refresh  # type: ignore[method-assign]

    @property
    def cells(self) -> int:
        """How many cells are drawn again."""
        return sum(region.area for region in self.regions)
