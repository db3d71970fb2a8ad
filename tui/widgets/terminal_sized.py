"""Screens that have one size: the terminal's, as the app knows it."""

from __future__ import annotations

from typing import Generic

from textual.geometry import Size
from textual.screen import Screen, ScreenResultType


class TerminalSized(Screen[ScreenResultType], Generic[ScreenResultType]):
    """Lays itself out for the app's size, whatever an event says.

    Textual's screen sends itself the size that it was laid out for. Of two sizes that wait for it
    at once each then brings back the other, for ever; or the one of before stays.

    It stands behind another kind of screen: styles come from the first base alone.
    """

    def _screen_resized(self, size: Size) -> None:  # noqa: ARG002 - Textual's signature
        super()._screen_resized(self.app.size)
