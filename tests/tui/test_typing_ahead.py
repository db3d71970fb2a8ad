"""Keys that arrive together, as a slow link delivers them, do what each would do alone."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.pilot import Pilot

from tests.tui import frames, playback
from tests.tui.conftest import Console
from tests.tui.screen_text import seen, still
from tui.actions import Place
from tui.screens.area import AreaScreen

SIZE = (100, 30)


def type_at_once(pilot: Pilot[Any], keys: str) -> None:
    """Every key before the first of them has been looked at."""
    names = {"/": "slash", "\r": "enter", "\t": "tab", " ": "space", "?": "question_mark"}
    for key in keys:
        pilot.app.post_message(events.Key(names.get(key, key), key))


async def test_a_filter_holds_all_that_was_typed_with_its_key(console: Console) -> None:
    async with console(frames.incident()).run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27")
        type_at_once(pilot, "2/nightly\r")
        await seen(pilot, '1 of 94 hold "nightly"')


async def test_keys_after_that_of_an_area_belong_to_the_area(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27")
        type_at_once(pilot, "2jj  ")
        await seen(pilot, "2 marked")
        type_at_once(pilot, "3j")
        await still(pilot)
        assert isinstance(app.screen, AreaScreen)
        assert app.screen.PLACE is Place.QUERIES


async def test_the_text_of_a_filter_ends_no_session(console: Console) -> None:
    session = playback.Playback(frames.incident())
    async with console(frames.incident(), session=session).run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27")
        type_at_once(pilot, "2/xyxy\r")
        await seen(pilot, '0 of 94 hold "xyxy"')
    assert session.asked == []
