"""Panes of the height of their lines: what grows has its room at once, what shrinks in a while."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.model.link import Link, LinkState
from core.model.snapshot import Taken
from tests.tui import frames
from tests.tui.screen import OneWidgetApp, shown
from tests.tui.screen_text import still
from tests.unit.panes.shown import view_of
from tui.lines import Line, line
from tui.panes.view import Mode, View
from tui.screens.pane_view import SPARE_SECONDS, FittedPane, PaneView


def view(lines: int, seconds: float = 0.0, mode: Mode = Mode.LIVE) -> View:
    """A view at whose moment the pane has so many lines."""
    frame = replace(frames.calm(), moment=frames.NOW)
    return replace(view_of(frame, mode, seconds), entry=frames.ENTRY, others=lines)


def counted(view: View, _width: int, _height: int) -> list[Line]:
    return [line(f"line {number}") for number in range(view.others)]


async def test_a_pane_that_grows_has_its_room_at_once() -> None:
    fitted = FittedPane(counted, view(2))
    async with OneWidgetApp(fitted).drawn(size=(30, 9)) as pilot:
        fitted.show(view(4))
        await still(pilot)
        assert fitted.size.height == 4


async def test_live_figures_that_need_less_for_a_moment_leave_what_is_below_in_its_place() -> None:
    fitted = FittedPane(counted, view(4))
    app = OneWidgetApp(fitted)
    async with app.drawn(size=(30, 9)) as pilot:
        for seconds, lines in ((2, 3), (4, 4), (6, 2), (6 + SPARE_SECONDS - 1, 3)):
            fitted.show(view(lines, seconds))
            await still(pilot)
            assert fitted.size.height == 4
            assert [row for row in shown(app) if row] == [f"line {n}" for n in range(lines)]
        fitted.show(view(3, 6 + SPARE_SECONDS))
        await still(pilot)
        assert fitted.size.height == 3


@pytest.mark.parametrize("mode", [Mode.PAUSED, Mode.REWOUND])
async def test_what_stands_still_is_fitted_at_once(mode: Mode) -> None:
    fitted = FittedPane(counted, view(4))
    async with OneWidgetApp(fitted).drawn(size=(30, 9)) as pilot:
        fitted.show(view(2, 2, mode))
        await still(pilot)
        assert fitted.size.height == 2


async def test_another_state_of_the_link_is_fitted_at_once() -> None:
    fitted = FittedPane(counted, view(4))
    down = Taken(frames.NOW, 2.0, Link(LinkState.UNREACHABLE, frames.NOW))
    async with OneWidgetApp(fitted).drawn(size=(30, 9)) as pilot:
        there = view(2, 2)
        fitted.show(replace(there, frame=replace(there.frame, link=down)))
        await still(pilot)
        assert fitted.size.height == 2


async def test_a_pane_in_which_nothing_changed_is_not_put_together_again() -> None:
    still_pane = PaneView(counted, view(3))
    app = OneWidgetApp(still_pane)
    async with app.drawn(size=(30, 9)) as pilot:
        asked = still_pane.size.region
        before = still_pane.render_lines(asked)
        still_pane.show(view(3, 2))
        await still(pilot)
        assert still_pane.render_lines(asked) is before
        still_pane.show(view(4, 4))
        await still(pilot)
        assert still_pane.render_lines(asked) is not before
        assert shown(app)[3] == "line 3"
        app.theme = "pgvigil-light"
        await still(pilot)
        assert still_pane.render_lines(asked)[0] != before[0]
