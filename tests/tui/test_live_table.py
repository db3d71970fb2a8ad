"""The live table: what it shows, what keys and mouse do, and how little it draws again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import pytest
from textual import on
from textual.binding import BindingType

from core.model.unknown import Unknown
from tests.tui.screen import Drawn, OneWidgetApp, shown
from tests.tui.screen_text import still
from tui.lines import Role, line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Cell, Key, Row

COLUMNS = (
    Column("pid", "pid", 6, Align.RIGHT, importance=9),
    Column("state", "state", 8, importance=5),
    Column("time", "time", 8, Align.RIGHT, importance=7, first=SortOrder.DESCENDING),
    Column("query", "query", 10, importance=8, grow=1),
)
SIZE = (60, 10)


def row(pid: int, state: str = "active", seconds: float = 1.0, query: str = "select 1") -> Row:
    return Row(
        pid,
        (
            Cell(str(pid), Role.NUMBER, pid),
            Cell(state),
            Cell(f"{seconds:.1f} s", Role.NUMBER, seconds),
            Cell(query),
        ),
    )


class TableApp(OneWidgetApp):
    """A table with keys for what it does, and what it said."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("down,j", "focused.cursor_by(1)", ""),
        ("up,k", "focused.cursor_by(-1)", ""),
        ("pagedown", "focused.page(1)", ""),
        ("pageup", "focused.page(-1)", ""),
        ("home,g", "focused.cursor_to_first", ""),
        ("end,G", "focused.cursor_to_last", ""),
        ("right", "focused.shift_columns(1)", ""),
        ("left", "focused.shift_columns(-1)", ""),
        ("space", "focused.toggle_mark", ""),
        ("enter", "focused.select", ""),
    ]

    def __init__(self, table: LiveTable) -> None:
        super().__init__(table)
        self.table = table
        self.highlighted: list[Key] = []
        self.selected: list[Key] = []
        self.marked: list[frozenset[Key]] = []
        self.sorted: list[tuple[str, SortOrder]] = []

    @on(LiveTable.RowHighlighted)
    def note_highlight(self, message: LiveTable.RowHighlighted) -> None:
        self.highlighted.append(message.key)

    @on(LiveTable.RowSelected)
    def note_selection(self, message: LiveTable.RowSelected) -> None:
        self.selected.append(message.key)

    @on(LiveTable.MarksChanged)
    def note_marks(self, message: LiveTable.MarksChanged) -> None:
        self.marked.append(message.marks)

    @on(LiveTable.SortChanged)
    def note_order(self, message: LiveTable.SortChanged) -> None:
        self.sorted.append((message.column, message.order))


def app_with(rows: Iterable[Row], **options: str) -> TableApp:
    return TableApp(LiveTable(COLUMNS, **options).show(rows))  # type: ignore[arg-type]


def keys(table: LiveTable) -> list[Key]:
    return [row.key for row in table.rows]


async def test_rows_stand_under_their_labels() -> None:
    async with (app := app_with([row(42, "active", 3.5, "select * from orders")])).drawn(size=SIZE):
        assert shown(app)[:2] == [
            "     pid  state         time  query",
            "      42  active       3.5 s  select * from orders",
        ]


async def test_an_empty_table_says_how_to_fill_it() -> None:
    table = LiveTable(COLUMNS, empty=[line("no sessions"), line("start one")])
    async with (app := TableApp(table)).drawn(size=SIZE) as pilot:
        assert shown(app)[1:3] == ["no sessions", "start one"]
        table.show([row(1)])
        await still(pilot)
        assert "no sessions" not in "".join(shown(app))


async def test_an_unchanged_tick_draws_nothing() -> None:
    async with app_with([row(n) for n in range(50)]).drawn(size=SIZE) as pilot:
        table = pilot.app.query_one(LiveTable)
        await still(pilot)
        drawn = Drawn(table)
        table.show([row(n) for n in range(50)])
        assert drawn.regions == []


async def test_only_cells_that_changed_in_sight_are_drawn() -> None:
    async with app_with([row(n) for n in range(500)]).drawn(size=SIZE) as pilot:
        table = pilot.app.query_one(LiveTable)
        await still(pilot)
        drawn = Drawn(table)
        changed = {3: 2.0, 400: 9.0}
        table.show([row(n, seconds=changed.get(n, 1.0)) for n in range(500)])
        assert drawn.cells == 1


async def test_a_row_more_or_less_does_not_draw_the_others_again() -> None:
    async with app_with([row(n) for n in range(3)]).drawn(size=SIZE) as pilot:
        table = pilot.app.query_one(LiveTable)
        await still(pilot)
        drawn = Drawn(table)
        table.show([row(n) for n in range(4)])
        assert {region.y for region in drawn.regions} == {4}


async def test_keys_move_the_cursor() -> None:
    async with (app := app_with([row(n) for n in range(100)])).drawn(size=SIZE) as pilot:
        table = app.table
        for pressed, expected in [
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("up", 0), ("pagedown", 9), ("pageup", 0),
            ("end", 99), ("j", 99), ("home", 0), ("G", 99), ("g", 0),
        ]:  # fmt: skip
            await pilot.press(pressed)
            await still(pilot)
            assert table.cursor_key == expected, pressed
        assert app.highlighted == [0, 1, 2, 1, 0, 9, 0, 99, 0, 99, 0]


async def test_the_cursor_is_always_in_sight() -> None:
    async with (app := app_with([row(n) for n in range(100)])).drawn(size=SIZE) as pilot:
        await pilot.press("end")
        await still(pilot)
        assert shown(app)[-1].split()[0] == "99"
        await pilot.press("home")
        await still(pilot)
        assert shown(app)[1].split()[0] == "0"


async def test_a_table_knows_what_is_out_of_sight() -> None:
    async with (app := app_with([row(n) for n in range(100)])).drawn(size=SIZE) as pilot:
        assert app.table.out_of_sight == "1-9 of 100"
        await pilot.press("end")
        await still(pilot)
        assert app.table.out_of_sight == "92-100 of 100"


async def test_the_cursor_follows_its_row_when_the_order_changes() -> None:
    table = LiveTable(COLUMNS, sort="time").show([row(n, seconds=n) for n in range(100)])
    async with (app := TableApp(table)).drawn(size=SIZE) as pilot:
        await pilot.press("j")
        await still(pilot)
        assert table.cursor_key == 98
        table.show([row(n, seconds=1000 if n < 40 else n) for n in range(100)])
        await still(pilot)
        assert table.cursor_key == 98
        assert table.rows[41].key == 98
        assert any(text.split()[0] == "98" for text in shown(app)[1:])
        assert app.highlighted == [99, 98]


async def test_the_cursor_keeps_its_place_when_its_row_goes() -> None:
    async with (app := app_with([row(n) for n in range(5)])).drawn(size=SIZE) as pilot:
        await pilot.press("end")
        app.table.show([row(n) for n in range(3)])
        await still(pilot)
        assert app.table.cursor_key == 2
        assert app.highlighted == [0, 4, 2]
        app.table.show([])
        assert app.table.cursor_key is None


async def test_sorting_is_stable_and_marks_its_column() -> None:
    rows = [row(3, seconds=1), row(1, seconds=2), row(2, seconds=1)]
    async with (app := app_with(rows)).drawn(size=SIZE) as pilot:
        table = app.table
        table.sort_by("time")
        assert keys(table) == [1, 3, 2]
        table.action_reverse_sort()
        assert keys(table) == [3, 2, 1]
        await still(pilot)
        assert "time↑" in shown(app)[0]
        assert app.sorted == [("time", SortOrder.DESCENDING), ("time", SortOrder.ASCENDING)]


@pytest.mark.parametrize("order", SortOrder)
def test_what_is_unknown_comes_last_in_either_order(order: SortOrder) -> None:
    missing = Row(9, (Cell("9"), Cell(""), Cell("?", value=Unknown("no privilege")), Cell("")))
    table = LiveTable(COLUMNS, sort="time", order=order)
    table.show([missing, row(1, seconds=5), row(2, seconds=6)])
    assert keys(table)[-1] == 9


def test_values_that_cannot_be_compared_still_sort() -> None:
    table = LiveTable(COLUMNS, sort="query")
    odd = Row(2, (Cell("2"), Cell(""), Cell(""), Cell("7", value=7)))
    assert set(keys(table.show([row(1), odd]))) == {1, 2}


async def test_marks_stay_with_their_rows_and_go_with_them() -> None:
    async with (app := app_with([row(n) for n in range(5)])).drawn(size=SIZE) as pilot:
        await pilot.press("space", "space")
        await still(pilot)
        assert app.table.marks == {0, 1}
        assert app.table.cursor_key == 2
        await still(pilot)
        assert shown(app)[1].startswith("●")
        app.table.show([row(n) for n in range(1, 5)])
        assert app.table.marks == {1}
        await pilot.press("home", "space")
        await still(pilot)
        assert app.table.marks == frozenset()


async def test_enter_opens_the_row() -> None:
    async with (app := app_with([row(7), row(8)])).drawn(size=SIZE) as pilot:
        await pilot.press("j", "enter")
        await still(pilot)
        assert app.selected == [8]


async def test_a_click_moves_the_cursor_and_a_second_one_opens() -> None:
    async with (app := app_with([row(7), row(8)])).drawn(size=SIZE) as pilot:
        await pilot.click(LiveTable, offset=(20, 2))
        await still(pilot)
        assert (app.table.cursor_key, app.selected) == (8, [])
        await pilot.click(LiveTable, offset=(20, 2))
        await still(pilot)
        assert app.selected == [8]
        await pilot.click(LiveTable, offset=(20, 6))
        await still(pilot)
        assert app.table.cursor_key == 8


async def test_a_click_on_a_label_sorts_and_a_second_one_reverses() -> None:
    rows = [row(1, seconds=1), row(2, seconds=2)]
    async with (app := app_with(rows)).drawn(size=SIZE) as pilot:
        await pilot.click(LiveTable, offset=(22, 0))
        await still(pilot)
        assert keys(app.table) == [2, 1]
        await pilot.click(LiveTable, offset=(22, 0))
        await still(pilot)
        assert keys(app.table) == [1, 2]


async def test_the_wheel_scrolls() -> None:
    async with (app := app_with([row(n) for n in range(100)])).drawn(size=SIZE) as pilot:
        app.table.scroll_down(animate=False)
        await still(pilot)
        assert shown(app)[1].split()[0] == "1"
        assert app.table.cursor_key == 0


async def test_columns_give_way_by_importance_and_can_be_brought_in() -> None:
    async with (app := app_with([row(42, "active", 3.5, "select 1")])).drawn(size=(32, 6)) as pilot:
        assert shown(app)[1].split() == ["42", "3.5", "s", "select", "1"]
        assert app.table.hidden_columns == 1
        await pilot.press("right")
        await pilot.resize_terminal(22, 6)
        await pilot.press("left")
        await still(pilot)
        assert shown(app)[1].split() == ["42", "select", "1"]
        await pilot.press("right", "right")
        await still(pilot)
        assert shown(app)[1].split()[0] == "42"


async def test_hostile_text_takes_its_cells_and_no_more() -> None:
    hostile = "\x1b]52;c;x\x07[red]" + "\u202e" + "日本語" + "x" * 1_000_000
    rows = [row(1, query=hostile), row(2, state="\x00\n\t"), row(3, query="[/b]")]
    async with (app := app_with(rows)).drawn(size=SIZE):
        text = shown(app)
        assert "\x1b" not in "".join(text)
        assert "[red]" in text[1]
        assert text[3].endswith("[/b]")
        assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {60}


@pytest.mark.parametrize("size", [(20, 5), (5, 2), (1, 1), (300, 80)])
async def test_any_size_will_do(size: tuple[int, int]) -> None:
    async with (app := app_with([row(n) for n in range(100)])).drawn(size=size) as pilot:
        await pilot.press("end", "space", "right", "home", "pagedown", "enter")
        await pilot.resize_terminal(20, 5)
        await still(pilot)
        await pilot.resize_terminal(80, 24)
        await still(pilot)
        assert len(shown(app)) == 24
        assert shown(app)[1].split()[0] == "0" or app.table.scroll_y > 0


async def test_rows_of_one_key_are_one_row() -> None:
    table = LiveTable(COLUMNS).show([row(1, "idle"), row(1, "active")])
    assert [r.cells[1].text for r in table.rows] == ["active"]
