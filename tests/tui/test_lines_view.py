"""Lines on the screen: shown as given, changed cells only, whatever the text holds."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from tests.tui.screen import Drawn, OneWidgetApp, shown
from tests.tui.screen_text import still
from tui.lines import Line, Role, Span, line
from tui.themes import load_themes
from tui.widgets.lines_view import LinesView, ScrollingLines


async def test_lines_are_shown_from_the_top() -> None:
    view = LinesView([line("pool 87 / 100"), line("idle 12")])
    app = OneWidgetApp(view)
    async with app.drawn(size=(30, 5)):
        assert shown(app) == ["pool 87 / 100", "idle 12", "", "", ""]


async def test_an_update_shows_the_new_lines() -> None:
    view = LinesView([line("pool 87 / 100"), line("idle 12"), line("gone")])
    app = OneWidgetApp(view)
    async with app.drawn(size=(30, 5)) as pilot:
        view.update([line("pool 88 / 100"), line("idle 12")])
        await still(pilot)
        assert shown(app) == ["pool 88 / 100", "idle 12", "", "", ""]


@pytest.mark.parametrize(
    ("before", "after", "regions"),
    [
        ([line("pool 87")], [line("pool 87")], []),
        ([line("pool 87")], [line("pool 88")], [Region(6, 0, 1, 1)]),
        ([line("a"), line("pool")], [line("a"), line("poll")], [Region(2, 1, 1, 1)]),
        ([line("日 1")], [line("日 2")], [Region(3, 0, 1, 1)]),
        ([line("ab")], [(Span("a"), Span("b", Role.WARNING))], [Region(1, 0, 1, 1)]),
        ([line("1" + " " * 20 + "1")], [line("2" + " " * 20 + "2")],
         [Region(0, 0, 1, 1), Region(21, 0, 1, 1)]),
        ([line("1 1")], [line("2 2")], [Region(0, 0, 3, 1)]),
    ],
)  # fmt: skip
async def test_only_changed_cells_are_drawn_again(
    before: list[Line], after: list[Line], regions: list[Region]
) -> None:
    view = LinesView(before)
    app = OneWidgetApp(view)
    async with app.drawn(size=(30, 5)):
        drawn = Drawn(view)
        view.update(after)
        assert drawn.regions == regions


async def test_a_line_that_fits_where_a_longer_one_was_cut_shows_its_last_character() -> None:
    view = LinesView([line("─" * 40)])
    app = OneWidgetApp(view)
    async with app.drawn(size=(30, 5)) as pilot:
        assert shown(app)[0] == "─" * 29 + "…"
        view.update([line("─" * 30)])
        await still(pilot)
        assert shown(app)[0] == "─" * 30


async def test_control_characters_never_reach_the_terminal() -> None:
    view = LinesView([line("a\x1b[31mb\u202ec\x00")])
    app = OneWidgetApp(view)
    async with app.drawn(size=(40, 5)):
        assert shown(app)[0] == "a␛[31mb\\u202ec␀"


async def test_brackets_are_text_and_not_markup() -> None:
    view = LinesView([line("[red]role[/red]")])
    app = OneWidgetApp(view)
    async with app.drawn(size=(40, 5)):
        assert shown(app)[0] == "[red]role[/red]"


async def test_more_lines_than_fit_scroll() -> None:
    view = ScrollingLines([line(f"row {n}") for n in range(50)])
    app = OneWidgetApp(view)
    async with app.drawn(size=(30, 5)) as pilot:
        view.scroll_to(y=10, animate=False)
        await still(pilot)
        assert shown(app)[0].startswith("row 10")


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (200, 50)])
async def test_any_size_will_do(size: tuple[int, int]) -> None:
    view = LinesView([line("x" * 100_000), line("日" * 1000)])
    app = OneWidgetApp(view)
    async with app.drawn(size=size) as pilot:
        view.update([line("y" * 100_000)])
        await still(pilot)
        await pilot.resize_terminal(33, 7)
        await still(pilot)
        assert shown(app)[0].startswith("yyyyyyyyyy")


async def test_another_theme_shows_at_once() -> None:
    view = LinesView([line(Span("bad", Role.CRITICAL))])
    async with (app := OneWidgetApp(view)).drawn(size=(30, 5)) as pilot:
        for name in ("pgvigil-light", "pgvigil-mono", "pgvigil-dark"):
            app.theme = name
            await still(pilot)
            drawn = next(iter(app.screen._compositor.render_strips()[0])).style
            wanted = load_themes().themes[name].roles[Role.CRITICAL]
            assert drawn is not None
            assert (drawn.color, drawn.bold) == (wanted.color, wanted.bold)
            assert drawn.bgcolor == (wanted.bgcolor or view.rich_style.bgcolor)
            assert drawn.bgcolor is not None
