"""What a chart shows, and how a series falls into its columns: values and pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.series import Point, Series
from tui import figures
from tui.lines import Role


class Statistic(StrEnum):
    """Which value of a bucket is drawn."""

    LOW = "low"
    MEAN = "mean"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Curve:
    """A series with the name that stands in the legend."""

    label: str
    series: Series
    statistic: Statistic = Statistic.MEAN


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level that is drawn across the chart: from there on it is a warning, or critical."""

    value: float
    label: str
    role: Role = Role.WARNING


@dataclass(frozen=True, slots=True)
class Plot:
    """Up to four curves over one span of time, with the figures' format and the thresholds.

    ``least_top`` is what the vertical axis reaches at least: a limit, so that a calm day looks
    calm. All curves lie in the span of the first one.
    """

    curves: tuple[Curve, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    figure: Callable[[float], str] = figures.count
    least_top: float = 0.0
    nothing: str = "no data yet"

    @property
    def has_points(self) -> bool:
        """Whether there is anything to draw."""
        return any(curve.series.points for curve in self.curves)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Which column a moment falls into: columns are whole buckets, or buckets whole columns.

    Columns are counted from the epoch, so that a bucket keeps its column until a new one begins,
    and then all move by one.
    """

    columns: int
    column_seconds: float
    columns_per_bucket: int
    last: int

    def column(self, at: datetime) -> int:
        """The column, from 0, in which a bucket that starts at ``at`` begins."""
        place = math.floor(at.timestamp() / self.column_seconds + 1e-6)
        return self.columns - (self.last - place + 1) * self.columns_per_bucket

    def start_of(self, column: int) -> float:
        """The moment at which a column begins, in seconds from the epoch."""
        behind = (self.columns - column) / self.columns_per_bucket
        return (self.last + 1 - behind) * self.column_seconds


def timeline(series: Series, columns: int) -> Timeline:
    """How the span of ``series`` lies in ``columns`` columns; its end is the right edge."""
    seconds = max(series.bucket_seconds, 1e-3)
    buckets = max(1, round((series.end - series.start).total_seconds() / seconds))
    grouped = math.ceil(buckets / max(1, columns))
    column_seconds = seconds * grouped
    spread = max(1, columns // buckets) if grouped == 1 else 1
    last = math.ceil(series.end.timestamp() / column_seconds - 1e-6) - 1
    return Timeline(columns, column_seconds, spread, last)


def values_in(curve: Curve, line: Timeline) -> list[float | None]:
    """The curve's value in each column; None where there is none."""
    gathered: dict[int, list[Point]] = {}
    for point in curve.series.points:
        column = line.column(point.at)
        if -line.columns_per_bucket < column < line.columns:
            gathered.setdefault(column, []).append(point)
    values: list[float | None] = [None] * line.columns
    for start, points in gathered.items():
        value = _combined(points, curve.statistic)
        for column in range(max(0, start), min(line.columns, start + line.columns_per_bucket)):
            values[column] = value
    return values


def _combined(points: Sequence[Point], statistic: Statistic) -> float:
    if statistic is Statistic.HIGH:
        return max(point.high for point in points)
    if statistic is Statistic.LOW:
        return min(point.low for point in points)
    return sum(point.mean for point in points) / len(points)


def newest_value(curve: Curve) -> float | None:
    """The value of the curve's newest bucket."""
    return _combined(curve.series.points[-1:], curve.statistic) if curve.series.points else None


def round_top(highest: float) -> float:
    """The round number at or above ``highest`` that the vertical axis ends at.

    Round numbers change seldom, so that the chart isn't drawn anew at each new maximum.
    """
    if highest <= 0 or not math.isfinite(highest):
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= highest)
