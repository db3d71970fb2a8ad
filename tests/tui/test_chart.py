"""The chart: still within a bucket, one column on with the next, gaps as gaps."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from core.api.console import ConsoleSession
from core.model.series import Metric, Point, Series
from tests.tui import frames, playback
from tests.tui.screen import Drawn, OneWidgetApp, shown
from tests.tui.screen_text import still
from tests.unit.panes.shown import view_of
from tui.figures import size
from tui.glyphs import FINE, PLAIN, Glyphs
from tui.lines import Role
from tui.screens.recorded import few_connections
from tui.widgets.chart import Chart
from tui.widgets.plot import (
    Curve,
    Plot,
    Statistic,
    Threshold,
    round_top,
    timeline,
    total,
    values_in,
)
from tui.widgets.stretch import stretch_before

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SIZE = (69, 12)


def series(
    values: list[float | None], start: datetime = START, end: datetime | None = None
) -> Series:
    """One value a minute; None is a gap."""
    points = tuple(
        Point(start + n * MINUTE, value - 1, value, value + 1)
        for n, value in enumerate(values)
        if value is not None
    )
    last = end or start + len(values) * MINUTE
    return Series(Metric.CONNECTIONS_TOTAL, start, last, 60.0, points)


def waves(count: int, start: int = 0) -> list[float | None]:
    return [50 + 40 * math.sin((start + n) / 5) for n in range(count)]


def plot(values: list[float | None], start: datetime = START, end: datetime | None = None) -> Plot:
    return Plot((Curve("total", series(values, start, end)),), least_top=100)


def canvas(app: OneWidgetApp) -> list[str]:
    """The rows between legend and times, without the axis."""
    return [text.ljust(69)[9:] for text in shown(app)[1:-1]]


async def test_without_data_it_says_so() -> None:
    async with (app := OneWidgetApp(Chart())).drawn(size=SIZE):
        assert "no data yet" in "\n".join(shown(app))


async def test_it_has_a_legend_an_axis_with_figures_and_times() -> None:
    chart = Chart(plot(waves(60)), glyphs=FINE)
    async with (app := OneWidgetApp(chart)).drawn(size=SIZE):
        rows = shown(app)
        assert rows[0].startswith("⣀ total")
        assert rows[1].strip() == "100┤"
        assert rows[-2].split("┤")[0].strip() == "0"
        first, last = (f"{at.astimezone():%H:%M}" for at in (START, START + 60 * MINUTE))
        assert rows[-1].split() == [first, last]


async def test_a_high_axis_has_figures_at_each_quarter() -> None:
    chart = Chart(plot(waves(60)), glyphs=FINE)
    async with (app := OneWidgetApp(chart)).drawn(size=(69, 23)):
        figures = [row.split("┤")[0].strip() for row in shown(app) if "┤" in row]
        assert figures == ["100", "75", "50", "25", "0"]


async def test_of_several_days_the_dates_between_the_ends_stand_below_their_midnights() -> None:
    start = datetime.fromtimestamp(START.timestamp()).astimezone()
    points = tuple(Point(start + timedelta(hours=n), 1, 1, 1) for n in range(240))
    days = Series(Metric.BACKUPS_FULL_BYTES, start, start + timedelta(days=10), 3600.0, points)
    async with (app := OneWidgetApp(Chart(Plot((Curve("full", days),))))).drawn(size=(129, 12)):
        times = shown(app)[-1]
    at = [index for index, sign in enumerate(times) if sign == "╵"]
    assert len(at) > 3
    midnight = (start + timedelta(days=1)).replace(hour=0, minute=0)
    for index in at:
        month, day = map(int, times[index + 1 : index + 6].split("-"))
        column = (midnight.replace(month=month, day=day) - start) / timedelta(days=10) * 120 + 9
        assert index == int(column)


async def test_bytes_end_their_axis_at_a_round_number_of_a_binary_unit() -> None:
    made = Plot((Curve("full", series([250.0 * 2**30] * 60)),), figure=size, base=1024)
    async with (app := OneWidgetApp(Chart(made, glyphs=FINE))).drawn(size=SIZE):
        assert shown(app)[1].strip() == "300 GiB┤"


@pytest.mark.parametrize(
    ("highest", "top"),
    [(1023, 1024), (1024, 1024), (1.2 * 1024, 1536), (1010 * 2**20, 2**30), (7, 8)],
)
def test_a_round_number_of_bytes(highest: float, top: float) -> None:
    assert round_top(highest, 1024) == top


def test_a_sum_has_the_moments_of_all_its_parts() -> None:
    summed = total([series([1.0, None, 3.0]), series([10.0, 20.0, None])])
    assert [point.mean for point in summed.points] == [11.0, 20.0, 3.0]


async def test_a_short_span_tells_the_seconds_of_its_ends() -> None:
    start = START + timedelta(seconds=25)
    points = tuple(Point(start + timedelta(seconds=5 * n), 1, 1, 1) for n in range(24))
    two_minutes = Series(Metric.CONNECTIONS_TOTAL, start, start + 2 * MINUTE, 5.0, points)
    async with (app := OneWidgetApp(Chart(Plot((Curve("all", two_minutes),))))).drawn(size=SIZE):
        ends = [f"{at.astimezone():%H:%M:%S}" for at in (start, start + 2 * MINUTE)]
        assert shown(app)[-1].split() == ends


async def test_within_a_bucket_only_the_last_column_changes() -> None:
    chart = Chart(plot([*waves(59), 50]), glyphs=FINE)
    async with (app := OneWidgetApp(chart)).drawn(size=SIZE) as pilot:
        before = canvas(app)
        drawn = Drawn(chart)
        chart.show(plot([*waves(59), 90]))
        await still(pilot)
        after = canvas(app)
        assert before != after
        assert [row[:58] for row in before] == [row[:58] for row in after]
        assert all(region.x >= 58 + 9 or region.y == 0 for region in drawn.regions)


async def test_a_new_bucket_moves_everything_by_one_column() -> None:
    chart = Chart(plot(waves(60)), glyphs=PLAIN)
    async with (app := OneWidgetApp(chart)).drawn(size=SIZE) as pilot:
        before = canvas(app)
        chart.show(plot(waves(60, 1), START + MINUTE))
        await still(pilot)
        after = canvas(app)
        assert [row[2:59] for row in before] == [row[1:58] for row in after]


async def test_what_does_not_move_a_dot_draws_no_cell_of_the_canvas() -> None:
    chart = Chart(plot([*waves(59), 50.01]), glyphs=FINE)
    async with OneWidgetApp(chart).drawn(size=SIZE):
        drawn = Drawn(chart)
        chart.show(plot([*waves(59), 50.02]))
        assert drawn.cells == 0


async def test_a_gap_stays_a_gap() -> None:
    values = waves(60)
    values[20:30] = [None] * 10
    chart = Chart(plot(values), glyphs=FINE)
    async with (app := OneWidgetApp(chart)).drawn(size=SIZE):
        assert all(row[20:30].strip(" \u2800") == "" for row in canvas(app))
        assert any(row[30:32].strip() for row in canvas(app))


async def test_curves_and_levels_are_told_apart_without_colour() -> None:
    one, two = series([10.0] * 60), series([60.0] * 60)
    chart = Chart(
        Plot(
            (Curve("idle", one), Curve("active", two)),
            (Threshold(80, "80 % warning", Role.WARNING),),
            least_top=100,
        ),
        glyphs=FINE,
    )
    async with (app := OneWidgetApp(chart)).drawn(size=SIZE):
        text = "".join(canvas(app))
        assert "•" in text
        assert "╌" in text
        assert any("\u2800" < character <= "\u28ff" for character in text)
        assert shown(app)[0] == "⣀ idle   • active   ╌ 80 % warning"


@pytest.mark.parametrize(
    ("first", "second", "legend"),
    [
        (waves(60), waves(60), "⣀ all   • active = all"),
        ([10.0] * 60, [*[10.0] * 59, 9.0], "⣀ all   • active"),
        ([0.0] * 60, [0.0] * 60, "⣀ all   • active = 0"),
        ([10.0] * 60, [None] * 60, "⣀ all   • active"),
    ],
)
async def test_the_legend_says_of_a_curve_that_lies_under_another_one_which_that_is(
    first: list[float | None], second: list[float | None], legend: str
) -> None:
    curves = (Curve("all", series(first)), Curve("active", series(second)))
    chart = Chart(Plot(curves, least_top=100), glyphs=FINE)
    async with (app := OneWidgetApp(chart)).drawn(size=SIZE):
        assert shown(app)[0] == legend


@pytest.mark.parametrize(
    ("size", "legend"),
    [((69, 12), "⣀ total   ╌ critical   ╌ warning"), ((69, 5), "⣀ total   ╌ critical"),
     ((32, 6), "⣀ total   ╌ critical")],
)  # fmt: skip
async def test_of_levels_that_have_no_room_of_their_own_the_worst_stays(
    size: tuple[int, int], legend: str
) -> None:
    levels = (Threshold(95, "critical", Role.CRITICAL), Threshold(80, "warning", Role.WARNING))
    chart = Chart(replace(plot([10.0] * 60), thresholds=levels), glyphs=FINE)
    async with (app := OneWidgetApp(chart)).drawn(size=size):
        drawn = sum("╌" in row for row in shown(app)[1:])
        assert shown(app)[0] == legend
        assert drawn == legend.count("╌")


async def test_a_level_beyond_the_axis_is_said_to_be_and_has_no_sign_of_a_line() -> None:
    levels = (Threshold(600, "budget 600", Role.NOTICE),)
    chart = Chart(replace(plot([10.0] * 60), thresholds=levels), glyphs=FINE)
    async with (app := OneWidgetApp(chart)).drawn(size=(69, 12)):
        assert shown(app)[0] == "⣀ total   budget 600 is above the chart"
        assert "╌" not in "".join(shown(app))


async def test_the_connections_are_drawn_with_both_thresholds() -> None:
    frame = frames.calm()
    stretch = stretch_before(frames.NOW, 60, 60)
    session = cast("ConsoleSession", playback.Playback(frame))
    drawn = await few_connections(session, view_of(frame), stretch)
    assert [level.label for level in drawn.thresholds] == ["critical 92", "warning 78"]


async def test_a_plain_terminal_gets_plain_signs() -> None:
    chart = Chart(plot(waves(60)), glyphs=PLAIN)
    async with (app := OneWidgetApp(chart)).drawn(size=SIZE):
        assert "".join(canvas(app)).isascii()
        assert "*" in "".join(canvas(app))


@pytest.mark.parametrize("buckets", [7, 30, 45, 60, 100, 120, 1000])
async def test_buckets_share_all_columns(buckets: int) -> None:
    chart = Chart(plot([50.0] * buckets), glyphs=PLAIN)
    async with (app := OneWidgetApp(chart)).drawn(size=SIZE):
        row = next(row for row in canvas(app) if "*" in row)
        assert row == "*" * 60


def test_a_longer_bucket_than_the_series_own_is_drawn_as_one_value() -> None:
    drawn = Curve("total", series([10.0, 30.0, 50.0, None, 70.0, 90.0]))
    line = timeline(drawn.series, 6, bucket_seconds=120)
    assert values_in(drawn, line) == [20.0, 20.0, 50.0, 50.0, 80.0, 80.0]


def test_a_value_stands_until_the_next_one_is_due() -> None:
    drawn = Curve("total", series([10.0, None, None, None, 50.0, None]))
    line = timeline(drawn.series, 6)
    held = values_in(drawn, line, holds_seconds=120)
    assert held == [10.0, 10.0, None, None, 50.0, 50.0]


@pytest.mark.parametrize(
    ("statistic", "value"), [(Statistic.HIGH, 92.0), (Statistic.LOW, 90.0), (Statistic.MEAN, 91.0)]
)
def test_the_wanted_statistic_is_drawn(statistic: Statistic, value: float) -> None:
    drawn = Curve("total", series([91.0] * 5), statistic)
    assert values_in(drawn, timeline(drawn.series, 5)) == [value] * 5


@pytest.mark.parametrize("glyphs", [FINE, PLAIN])
@pytest.mark.parametrize("size", [(20, 5), (14, 3), (1, 1), (10, 2), (200, 50)])
async def test_any_size_will_do(size: tuple[int, int], glyphs: Glyphs) -> None:
    chart = Chart(plot(waves(60)), glyphs=glyphs)
    async with (app := OneWidgetApp(chart)).drawn(size=size) as pilot:
        chart.show(plot(waves(60, 7)))
        await pilot.resize_terminal(20, 5)
        await still(pilot)
        assert len(shown(app)) == 5


@pytest.mark.parametrize("value", [0.0, 1e-9, 1e15, float("inf"), -5.0])
async def test_odd_figures_are_drawn_all_the_same(value: float) -> None:
    chart = Chart(Plot((Curve("total", series([value] * 60)),)), glyphs=FINE)
    async with (app := OneWidgetApp(chart)).drawn(size=SIZE):
        assert "total" in shown(app)[0]
