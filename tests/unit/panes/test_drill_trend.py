"""How recovery time and recovery point are drawn from drill to drill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.model.drill import Drill, DrillOverview, DrillStatus, Objectives
from tests.tui import drill_frames as drills
from tui.panes.drill_trend import (
    axis_time,
    database_of_trend,
    first_of,
    most_minutes,
    rpo_plot,
    rto_plot,
)
from tui.widgets.plot import Plot
from tui.widgets.stretch import Stretch

NOW, DAY = drills.NOW, timedelta(days=1)
DAYS = 40
STRETCH = Stretch(NOW - DAYS * DAY, NOW, DAYS, 86_400, 1)
"""A bucket a day."""


def ended(days_ago: float, **changed: object) -> Drill:
    """A drill that ended so long ago."""
    made = drills.drill(NOW - days_ago * DAY)
    return replace(made, finished_at=NOW - days_ago * DAY, **changed)  # type: ignore[arg-type]


def overview(*listed: Drill, **changed: object) -> DrillOverview:
    newest_first = sorted(listed, key=lambda each: each.started_at, reverse=True)
    return replace(drills.known(newest_first), **changed)  # type: ignore[arg-type]


def drawn(plot: Plot, label: str) -> dict[int, float]:
    """A curve's values by how many whole days ago their bucket began."""
    curve = next(each for each in plot.curves if each.label == label)
    return {round((NOW - point.at) / DAY): point.high for point in curve.series.points}


def rto(known: DrillOverview) -> Plot:
    return rto_plot(known, "orders", STRETCH, NOW)


def test_what_was_measured_stands_until_the_next_drill() -> None:
    known = overview(ended(10.5, rto_seconds=100.0), ended(6.5, rto_seconds=200.0))
    values = drawn(rto(known), "RTO")
    assert [values.get(day) for day in (12, 11, 10, 8, 7, 6, 1)] == [
        None, 100.0, 100.0, 100.0, 200.0, 200.0, 200.0,
    ]  # fmt: skip


def test_it_stands_no_longer_than_a_proof_counts() -> None:
    known = overview(ended(30.5, rto_seconds=100.0))
    assert sorted(drawn(rto(known), "RTO")) == list(range(17, 32))
    for_ever = replace(known, overdue_seconds=0.0)
    assert min(drawn(rto(for_ever), "RTO")) == 1


def test_a_drill_that_failed_ends_what_stood_before_and_keeps_its_recovery_point() -> None:
    failed = ended(6.5, status=DrillStatus.FAILED, rto_seconds=None, rpo_seconds=7200.0)
    known = overview(ended(10.5, rto_seconds=100.0, rpo_seconds=3600.0), failed)
    assert min(drawn(rto(known), "RTO")) == 8
    points = drawn(rpo_plot(known, "orders", STRETCH, NOW), "RPO")
    assert (points[8], points[7], points[1]) == (3600.0, 7200.0, 7200.0)


def test_of_several_on_one_day_the_worst_is_drawn() -> None:
    known = overview(ended(5.8, rto_seconds=300.0), ended(5.2, rto_seconds=100.0))
    values = drawn(rto(known), "RTO")
    assert (values[6], values[5]) == (300.0, 100.0)


def test_the_phases_stand_on_each_other() -> None:
    plot = rto(overview(ended(3.5)))
    assert [each.label for each in plot.curves] == ["RTO", "indexes", "rows", "fetch"]
    assert {each.label: drawn(plot, each.label)[4] for each in plot.curves} == pytest.approx(
        {"RTO": 940.5, "indexes": 845.5, "rows": 635.5, "fetch": 143.5}
    )


def test_sabotage_and_other_databases_are_not_in_it() -> None:
    known = overview(ended(3.5), drills.sabotage(NOW - 2 * DAY), ended(1.5, database="billing"))
    assert database_of_trend(known, "") == "billing"
    assert database_of_trend(known, "orders") == "orders"
    assert database_of_trend(known, "nowhere") == "billing"
    assert set(drawn(rto(known), "RTO").values()) == {ended(3.5).rto_seconds}


def test_the_objective_is_a_level_as_soon_as_the_curve_comes_near_it() -> None:
    near, far = overview(ended(1.5, rto_seconds=180.0)), overview(ended(1.5, rto_seconds=179.0,
                                                                        phases=()))  # fmt: skip
    assert (rto(near).least_top, rto(far).least_top) == (1800.0, 0.0)
    (level,) = rto(near).thresholds
    assert (level.value, level.label) == (1800.0, "objective 30 min 00 s")
    none = replace(near, objectives=Objectives())
    assert rto(none).thresholds == ()


def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    plot = rto(overview())
    assert not plot.has_points
    assert plot.nothing == "no restore was proven yet"


def test_the_first_that_measured_something_begins_it() -> None:
    died = ended(9.0, status=DrillStatus.INTERRUPTED, rto_seconds=None, rpo_seconds=None)
    assert first_of(overview(died, drills.sabotage(NOW - 8 * DAY))) is None
    failed = ended(5.0, status=DrillStatus.FAILED, rto_seconds=None)
    assert first_of(overview(died, failed, ended(2.0))) == failed.finished_at


def test_it_reaches_back_as_far_as_drills_do() -> None:
    days = [
        most_minutes(overview(ended(ago)), NOW) / 1440 for ago in (0.1, 29, 31, 90, 200, 366, 900)
    ]
    assert days == [30, 30, 61, 91, 274, 366, 366]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0 s"), (0.5, "0.5 s"), (30.0, "30 s"), (90.0, "90 s"), (120.0, "2 min"),
        (5400.0, "90 min"), (7200.0, "2 h"), (172_800.0, "2 d"), (1234.0, "21 min"),
    ],
)  # fmt: skip
def test_an_axis_tells_times_in_few_cells(seconds: float, told: str) -> None:
    assert axis_time(seconds) == told
