"""A live table gives its columns what their texts need, and moves none of them to and fro."""

from __future__ import annotations

from tests.tui.screen import shown
from tests.tui.screen_text import still
from tests.tui.test_live_table import SIZE, TableApp, app_with, row
from tui.widgets.columns import Column
from tui.widgets.live_table import LiveTable

ABORTED = "idle in tx (aborted)"


async def test_a_long_text_stands_whole_while_cells_are_free_and_its_column_stays_as_wide() -> None:
    async with (app := app_with([row(1)])).drawn(size=SIZE) as pilot:
        table = app.table
        assert shown(app)[1] == "       1  active       1.0 s  select 1"
        table.show([row(1, ABORTED), row(2)])
        await still(pilot)
        assert shown(app)[1:3] == [
            "       1  idle in tx (aborted)     1.0 s  select 1",
            "       2  active                   1.0 s  select 1",
        ]
        table.show([row(1), row(2)])
        await still(pilot)
        assert shown(app)[1] == "       1  active                   1.0 s  select 1"


async def test_what_only_scrolling_brings_in_is_seen_whole_too() -> None:
    rows = [row(n) for n in range(300)] + [row(300, ABORTED)]
    async with (app := app_with(rows)).drawn(size=SIZE) as pilot:
        assert ABORTED not in "".join(shown(app))
        await pilot.press("G")
        await still(pilot)
        assert ABORTED in "".join(shown(app))


async def test_columns_do_not_come_in_for_want_of_rows() -> None:
    columns = (
        Column("at", "at", 10, least=4),
        Column("to", "to", 10, least=4),
        Column("by", "by", 10),
    )
    async with (app := TableApp(LiveTable(columns))).drawn(size=(28, 10)):
        assert shown(app)[0].split() == ["at", "to"]
