"""The live table beside Textual's DataTable: 2,000 rows, 3 cells changing in each row per tick.

Both in the same run, on the same terminal of 200x50; the time is the CPU time from the new rows to
the finished sequences for the terminal, the bytes are those sequences.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import RenderableType
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import DataTable

from tui.frugal import FrugalApp
from tui.themes import DARK, load_themes
from tui.widgets.columns import Align, Column
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Cell, Row

ROWS = 2000
TICKS = 12
WARM_UP = 2
SIZE = (200, 50)
NAMES = ("pid", "user", "database", "state", "calls", "mean", "rows", "query")
CHANGING = (4, 5, 6)
COLUMNS = tuple(
    Column(name, name, 12, Align.RIGHT if index in CHANGING else Align.LEFT, 9 - index, index == 7)
    for index, name in enumerate(NAMES)
)


@dataclass
class Cost:
    """What the ticks of one table took."""

    seconds: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)

    @property
    def milliseconds_per_tick(self) -> float:
        """The median without the first ticks: other work on the machine moves it least."""
        return statistics.median(self.seconds[WARM_UP:]) * 1000

    @property
    def bytes_per_tick(self) -> float:
        """The mean without the first ticks."""
        return statistics.mean(self.sent[WARM_UP:])


class MeasuredApp(FrugalApp[None]):
    """Makes the sequences for the terminal as in a real one, and counts them."""

    sent = 0

    def on_mount(self) -> None:
        """Take our theme."""
        for theme in load_themes().themes.values():
            self.register_theme(theme)
        self.theme = DARK

    def made(self, update: ChopsUpdate | LayoutUpdate) -> CompositorUpdate:
        """How the update goes to the terminal."""
        return self.frugal(update)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            self.sent += len(self.made(renderable).render_segments(self.console).encode())
        super()._display(screen, renderable)


class LiveTableApp(MeasuredApp):
    """Ours."""

    def compose(self) -> ComposeResult:
        """One table."""
        yield LiveTable(COLUMNS)


class DataTableApp(MeasuredApp):
    """Textual's."""

    def compose(self) -> ComposeResult:
        """One table."""
        yield DataTable(cursor_type="row")

    def made(self, update: ChopsUpdate | LayoutUpdate) -> CompositorUpdate:
        """Textual's own sequences."""
        return update


def text(row: int, column: int, tick: int) -> str:
    """What stands in a cell at a tick."""
    if column not in CHANGING:
        return f"{NAMES[column]} {row}"
    return f"{(row * 7 + column * 13 + tick * 37) % 10_000 / 10:.1f}"


async def settled(app: MeasuredApp) -> None:
    """Wait until the screen has sent what changed."""
    done = asyncio.Event()
    app.screen.call_after_refresh(done.set)
    await done.wait()


def changed(rows: list[Row], texts: list[list[str]]) -> list[Row]:
    """The rows with the cells that change made anew."""
    first, last = CHANGING[0], CHANGING[-1] + 1
    return [
        Row(
            row.key,
            (*row.cells[:first], *map(Cell, values[first:last]), *row.cells[last:]),
        )
        for row, values in zip(rows, texts, strict=True)
    ]


def rebuilt(rows: list[Row], texts: list[list[str]]) -> list[Row]:
    """The rows with every cell made anew, as a pane does that knows only the newest snapshot."""
    return [Row(row.key, tuple(map(Cell, values))) for row, values in zip(rows, texts, strict=True)]


async def measure_live_table(make: Callable[[list[Row], list[list[str]]], list[Row]]) -> Cost:
    """New rows each tick."""
    cost, app = Cost(), LiveTableApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        table = app.query_one(LiveTable)
        rows = [
            Row(row, tuple(Cell(text(row, column, -1)) for column in range(8)))
            for row in range(ROWS)
        ]
        table.show(rows)
        await settled(app)
        for tick in range(TICKS):
            texts = [[text(row, column, tick) for column in range(8)] for row in range(ROWS)]
            app.sent, started = 0, time.process_time()
            rows = make(rows, texts)
            table.show(rows)
            await settled(app)
            cost.seconds.append(time.process_time() - started)
            cost.sent.append(app.sent)
    return cost


async def measure_data_table() -> Cost:
    """Changed cells each tick."""
    cost, app = Cost(), DataTableApp()
    async with app.run_test(size=SIZE) as pilot:
        table = app.query_one(DataTable)
        table.add_columns(*((name, name) for name in NAMES))
        for row in range(ROWS):
            table.add_row(*(text(row, column, -1) for column in range(8)), key=str(row))
        await pilot.pause()
        for tick in range(TICKS):
            texts = {
                (str(row), NAMES[column]): text(row, column, tick)
                for row in range(ROWS)
                for column in CHANGING
            }
            app.sent, started = 0, time.process_time()
            for (row_key, column_key), value in texts.items():
                table.update_cell(row_key, column_key, value)
            await settled(app)
            cost.seconds.append(time.process_time() - started)
            cost.sent.append(app.sent)
    return cost


def main() -> None:
    """Print them and their ratios; the goal is a quarter of the time."""
    theirs = asyncio.run(measure_data_table())
    lines = [
        f"live table, {ROWS} rows x 8 columns, 3 cells changing in each row per tick",
        f"  DataTable.update_cell       {_cost(theirs)}",
    ]
    for name, make in (("changed cells made anew", changed), ("every cell made anew", rebuilt)):
        ours = asyncio.run(measure_live_table(make))
        ratio = ours.milliseconds_per_tick / theirs.milliseconds_per_tick
        lines.append(f"  LiveTable, {name}  {_cost(ours)}   time ratio {ratio:.3f} (goal 0.25)")
    print("\n".join(lines))


def _cost(cost: Cost) -> str:
    return f"{cost.milliseconds_per_tick:7.1f} ms {cost.bytes_per_tick:8.0f} bytes a tick"


if __name__ == "__main__":
    main()
