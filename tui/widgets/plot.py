"""What a chart shows, and how a series falls into its columns: values and pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from tui import figures
from tui.lines import Role

if TYPE_CHECKING:
    from core.model.series import Point, Series


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
    """A level that is drawn across the chart: from there on it is a warning, or critical.

    The worst stands first among several: it stays where there is no room for all.
    """

    value: float
    label: str
    role: Role = Role.WARNING

    @property
    def label_above(self) -> str:
        """What the legend says where the axis ends below it, so that no line is drawn."""
        return f"{self.label} is above the chart"


@dataclass(frozen=True, slots=True)
class Plot:
    """Up to four curves over one span of time, with the figures' format and the thresholds.

    ``least_top`` is what the vertical axis reaches at least: a limit, so that a calm day looks
    calm. All curves lie in the span of the first one. ``bucket_seconds`` is how much time is drawn
    as one value, where that is more than the series' own buckets; ``holds_seconds`` for how long a
    value stands where no further one follows: the pace at which values are recorded. ``base`` is by
    how much a unit of the figures is larger than the one before: 1024 where they are bytes.
    """

    curves: tuple[Curve, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    figure: Callable[[float], str] = figures.count
    least_top: float = 0.0
    nothing: str = "no data yet"
    bucket_seconds: float = 0.0
    holds_seconds: float = 0.0
    base: float = 1000.0

    @property
    def has_points(self) -> bool:
        """Whether there is anything to draw."""
        return any(curve.series.points for curve in self.curves)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Which columns a moment falls into: ``buckets`` buckets of time share all columns.

    Buckets are counted from the epoch, so that each keeps its columns until a new one begins, and
    then all move on by one bucket. ``first`` is the number of the bucket at the left edge.
    """

    columns: int
    buckets: int
    bucket_seconds: float
    first: int

    def bucket(self, at: datetime) -> int:
        """The bucket, from 0 at the left edge, that ``at`` falls into."""
        return math.floor(at.timestamp() / self.bucket_seconds + 1e-6) - self.first

    def columns_of(self, bucket: int) -> range:
        """The columns in which a bucket is drawn; at least one."""
        return range(
            bucket * self.columns // self.buckets, (bucket + 1) * self.columns // self.buckets
        )

    def start_of(self, column: int) -> float:
        """The moment at which a column begins, in seconds from the epoch."""
        return (self.first + column * self.buckets / self.columns) * self.bucket_seconds


def timeline(series: Series, columns: int, bucket_seconds: float = 0.0) -> Timeline:
    """How the span of ``series`` lies in ``columns`` columns; its end is the right edge.

    Buckets are ``bucket_seconds`` long where the series' own are shorter, and longer still where
    there are more of them than columns.
    """
    own = max(series.bucket_seconds, 1e-3)
    seconds = own * max(1, round(bucket_seconds / own))
    first, end = _edges(series, seconds)
    if end - first > columns:
        seconds *= math.ceil((end - first) / columns)
        first, end = _edges(series, seconds)
        first = max(first, end - columns)  # the span's edges fall into one bucket more
    return Timeline(columns, end - first, seconds, first)


def _edges(series: Series, seconds: float) -> tuple[int, int]:
    """The numbers of the first bucket of a span and of the one behind its last."""
    first = math.floor(series.start.timestamp() / seconds + 1e-6)
    return first, max(first + 1, math.ceil(series.end.timestamp() / seconds - 1e-6))


def values_in(curve: Curve, line: Timeline, holds_seconds: float = 0.0) -> list[float | None]:
    """The curve's value in each column; None where there is none."""
    gathered: dict[int, list[Point]] = {}
    for point in curve.series.points:
        bucket = line.bucket(point.at)
        if 0 <= bucket < line.buckets:
            gathered.setdefault(bucket, []).append(point)
    held_for = max(1, math.ceil(holds_seconds / line.bucket_seconds))
    values: list[float | None] = [None] * line.columns
    value: float | None = None
    last = -held_for
    for bucket in range(line.buckets):
        if bucket in gathered:
            value, last = _combined(gathered[bucket], curve.statistic), bucket
        if bucket < last + held_for:
            for column in line.columns_of(bucket):
                values[column] = value
    return values


def _combined(points: Sequence[Point], statistic: Statistic) -> float:
    if statistic is Statistic.HIGH:
        return max(point.high for point in points)
    if statistic is Statistic.LOW:
        return min(point.low for point in points)
    return sum(point.mean for point in points) / len(points)


def total(parts: Sequence[Series]) -> Series:
    """The sum of series that are recorded together; a part without a value counts as nothing.

    Raises ValueError where there is no part.
    """
    from core.model.series import Point

    if not parts:
        raise ValueError("a sum needs a part")
    found: dict[datetime, list[Point]] = {}
    for part in parts:
        for point in part.points:
            found.setdefault(point.at, []).append(point)
    points = tuple(
        Point(at, sum(p.low for p in each), sum(p.mean for p in each), sum(p.high for p in each))
        for at, each in sorted(found.items())
    )
    return replace(parts[0], points=points)


def round_top(highest: float, base: float = 1000.0) -> float:
    """The round number at or above ``highest`` that the vertical axis ends at.

    Round numbers change seldom, so that the chart isn't drawn anew at each new maximum. They are
    round in units each ``base`` times the one before.
    """
    if highest <= 0 or not math.isfinite(highest):
        return 1.0
    if highest < 1:
        return _rounded_up(highest)
    unit = base ** math.floor(math.log(highest, base) + 1e-9)
    return min(base, _rounded_up(highest / unit)) * unit


def _rounded_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value)
