"""Curves over time that hardly change from one tick to the next."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from textual.geometry import Size

from tui.glyphs import Glyphs, glyphs_for
from tui.lines import Line, Role, Span, centre, crop, joined, line, right, spread, width_of
from tui.widgets import plot_canvas
from tui.widgets.painted_view import PaintedView
from tui.widgets.plot import (
    Curve,
    Plot,
    Threshold,
    Timeline,
    round_top,
    timeline,
    values_in,
)
from tui.widgets.plot_canvas import Layer

_ROLES = (Role.SERIES_1, Role.SERIES_2, Role.SERIES_3, Role.SERIES_4)
_FINE_SIGNS = (plot_canvas.BRAILLE, "•", "×", "+")
_PLAIN_SIGNS = ("*", "o", "x", "+")
_DAY = 86_400
_TOLD_IN_SECONDS = 1200
"""Up to how long a span minutes alone would be rough, and two of them look alike."""
_AXIS_WIDTH = 9
_LEAST_WIDTH = 4
_LEAST_CANVAS = 4
"""Rows that the curves keep before the legend may take a second line."""
_BETWEEN = "   "
_AXIS_PARTS = ((16, 4), (5, 2))
"""From how many rows on the axis has figures at how many equal parts."""
_DAYS = (1, 2, 7, 14, 28, 91)
_DATE_ROOM, _DATE_GAP = 16, 2
"""Cells from one date to the next, at least, and between one and what stands beside it."""


class _Scale(NamedTuple):
    """How figures become rows: the axis' end, the canvas' size, the dots from bottom to top."""

    top: float
    width: int
    height: int
    dots: int

    def height_of(self, value: float | None) -> int | None:
        """The dot that a value stands at; what is beyond the axis stands at its end."""
        if value is None:
            return None
        return round(max(0.0, min(1.0, value / self.top)) * (self.dots - 1))

    def row_of(self, value: float) -> int:
        """The row, from the top, that a value stands in."""
        return self.height - 1 - (self.height_of(value) or 0) * self.height // self.dots

    def is_shared(self, levels: Sequence[Threshold]) -> bool:
        """Whether two levels would be drawn in one row: the one would hide the other."""
        rows = [self.row_of(level.value) for level in levels if level.value <= self.top]
        return len(set(rows)) < len(rows)


class Chart(PaintedView, can_focus=False):
    """A time chart: time runs to the right, the newest bucket is at the right edge.

    Within a bucket only its columns change; a new one moves everything on. Curves have a sign each
    beside their colour, levels a line. Ask for at most as many buckets as ``columns``.
    """

    def __init__(
        self,
        plot: Plot | None = None,
        *,
        glyphs: Glyphs | None = None,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._plot = plot or Plot()
        self._glyphs = glyphs or glyphs_for(os.environ)
        self._canvas_for: tuple[object, ...] | None = None
        self._canvas: list[Line] = []

    def show(self, plot: Plot) -> None:
        """Show these curves; only the cells that change are drawn again."""
        if plot != self._plot:
            self._plot = plot
            self.repaint()

    @property
    def columns(self) -> int:
        """How many buckets there is room for."""
        return max(1, self.room.width - _AXIS_WIDTH)

    def window(self, room: Size) -> Sequence[Line]:
        """Legend, curves between their axes, times."""
        plot, width = self._plot, room.width - _AXIS_WIDTH
        if not plot.has_points or width < _LEAST_WIDTH or room.height < 1:
            return _message(plot, room)
        span = timeline(plot.curves[0].series, width, plot.bucket_seconds)
        values = [
            values_in(curve, span, plot.holds_seconds) for curve in plot.curves[: len(_ROLES)]
        ]
        levels = list(plot.thresholds)
        while True:
            legend = self._legend(room.width, values, levels)
            rows = _rows(room.height, len(legend))
            scale = self._scale(values, width, rows.canvas)
            if len(levels) < 2 or not (rows.legend < len(legend) or scale.is_shared(levels)):
                break
            levels.pop()
        lines: list[Line] = legend[: rows.legend]
        canvas = self._draw(values, levels, scale)
        lines.extend(
            (*label, *drawn)
            for label, drawn in zip(_axis(plot, scale, self._glyphs), canvas, strict=True)
        )
        if rows.times:
            lines.append(_times(span, width))
        return lines

    def _scale(self, values: Sequence[Sequence[float | None]], width: int, height: int) -> _Scale:
        dots = height * (plot_canvas.BRAILLE_DOTS if self._glyphs.has_braille else 1)
        return _Scale(self._top(values), width, height, dots)

    def _top(self, values: Sequence[Sequence[float | None]]) -> float:
        highest = max((v for column in values for v in column if v is not None), default=0.0)
        return round_top(max(highest, self._plot.least_top), self._plot.base)

    def _signs(self) -> tuple[str, ...]:
        return _FINE_SIGNS if self._glyphs.has_braille else _PLAIN_SIGNS

    def _draw(
        self,
        values: Sequence[Sequence[float | None]],
        levels: Sequence[Threshold],
        scale: _Scale,
    ) -> list[Line]:
        """The curves; what was drawn before serves again as long as no dot moves."""
        level_sign = "╌" if self._glyphs.has_braille else "-"
        layers = [
            Layer((scale.height_of(level.value),) * scale.width, level_sign, _line_role(level))
            for level in levels
            if level.value <= scale.top
        ]
        layers.extend(
            Layer(tuple(scale.height_of(value) for value in column), sign, role)
            for column, sign, role in reversed(
                list(zip(values, self._signs(), _ROLES, strict=False))
            )
        )
        wanted = (tuple(layers), scale.width, scale.height)
        if wanted != self._canvas_for:
            self._canvas = plot_canvas.draw(layers, scale.width, scale.height, scale.dots)
            self._canvas_for = wanted
        return self._canvas

    def _legend(
        self,
        width: int,
        values: Sequence[Sequence[float | None]],
        levels: Sequence[Threshold],
    ) -> list[Line]:
        """Each curve's sign and name, each level's name, on as many lines as they need.

        A curve that lies wholly under an earlier one says so. Figures stand in the panes: the
        newest bucket is not over, and its value is another one.
        """
        plot, fine = self._plot, self._glyphs.has_braille
        parts = [
            line(
                Span("⣀ " if sign == plot_canvas.BRAILLE else f"{sign} ", role),
                Span(curve.label, Role.LABEL),
                Span(_hidden_under(plot.curves, values, index), Role.MUTED),
            )
            for index, (curve, sign, role) in enumerate(
                zip(plot.curves, self._signs(), _ROLES, strict=False)
            )
        ]
        top = self._top(values)
        sign = "╌ " if fine else "- "
        parts += [
            line(Span(sign, _line_role(level)), Span(level.label, Role.MUTED))
            if level.value <= top
            else line(Span(level.label_above, Role.MUTED))
            for level in levels
        ]
        rows: list[list[Line]] = [[]]
        for part in parts:
            if rows[-1] and width_of(joined([*rows[-1], part], _BETWEEN)) > width:
                rows.append([])
            rows[-1].append(part)
        return [crop(joined(row, _BETWEEN), width) for row in rows]


def _hidden_under(
    curves: Sequence[Curve], values: Sequence[Sequence[float | None]], index: int
) -> str:
    """What the legend adds to a curve that is nowhere to be seen: which one it is equal to."""
    own = values[index]
    if not any(value is not None for value in own):
        return ""
    for earlier in range(index):
        pairs = zip(own, values[earlier], strict=True)
        if all(mine is None or mine == other for mine, other in pairs):
            return " = 0" if not any(own) else f" = {curves[earlier].label}"
    return ""


class _Rows(NamedTuple):
    """Who gets how many rows; legend and times give way where there are few."""

    legend: int
    canvas: int
    times: int


def _line_role(level: Threshold) -> Role:
    """How a level's line looks: text may be reversed where it is bad, a line must not."""
    return {Role.WARNING: Role.BAR_WARNING, Role.CRITICAL: Role.BAR_CRITICAL}.get(
        level.role, level.role
    )


def _rows(height: int, legend_lines: int) -> _Rows:
    times = 1 if height >= 5 else 0
    legend = max(1, min(legend_lines, height - times - _LEAST_CANVAS)) if height >= 3 else 0
    return _Rows(legend, height - legend - times, times)


def _message(plot: Plot, room: Size) -> list[Line]:
    text = plot.nothing if not plot.has_points else "too narrow for a chart"
    above = [()] * max(0, (room.height - 1) // 2)
    return [*above, centre(line(Span(text, Role.MUTED)), room.width)]


def _axis(plot: Plot, scale: _Scale, glyphs: Glyphs) -> list[Line]:
    """The figures at the left: the top and zero, and between them as many as there is room for."""
    parts = next((parts for least, parts in _AXIS_PARTS if scale.height >= least), 1)
    labels: dict[int, float] = {}
    for part in range(parts + 1) if scale.height > 1 else [parts]:
        value = scale.top * part / parts
        labels[scale.row_of(value)] = value
    tick, rule = ("┤", "│") if glyphs.has_braille else ("|", "|")
    lines: list[Line] = []
    for row in range(scale.height):
        text = plot.figure(labels[row]) if row in labels else ""
        label = right(line(Span(text, Role.MUTED)), _AXIS_WIDTH - 1)
        lines.append((*label, Span(tick if text else rule, Role.RULE)))
    return lines


def _times(span: Timeline, width: int) -> Line:
    """When the first and the last column are: to the second where the span is short.

    Of several days the dates between them stand there too, each below its midnight.
    """
    first, last = span.start_of(0), span.start_of(width)
    if last - first <= _TOLD_IN_SECONDS:
        pattern = "%H:%M:%S"
    else:
        pattern = "%H:%M" if last - first <= _DAY else "%Y-%m-%d %H:%M"
    begin, end = (f"{_local(at):{pattern}}" for at in (first, last))
    if len(begin) + len(end) >= width and last - first > _DAY:
        begin, end = (f"{_local(at):%Y-%m-%d}" for at in (first, last))
    cells = begin
    for column, text in _dates(span, width):
        is_free = len(cells) + _DATE_GAP <= column <= width - len(end) - _DATE_GAP - len(text)
        cells = cells.ljust(column) + text if is_free else cells
    told = spread(line(Span(cells, Role.MUTED)), line(Span(end, Role.MUTED)), width)
    return (Span(" " * _AXIS_WIDTH), *told)


def _dates(span: Timeline, width: int) -> list[tuple[int, str]]:
    """Days of a span of more than one and the columns in which they begin, evenly parted."""
    first, last = span.start_of(0), span.start_of(width)
    if last - first <= _DAY:
        return []
    wanted = (last - first) / _DAY * _DATE_ROOM / width
    step = next((days for days in _DAYS if days >= wanted), math.ceil(wanted))
    midnight = _local(first).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    while (midnight := midnight + timedelta(days=1)).timestamp() < last:
        if midnight.toordinal() % step == 0:
            at = midnight.astimezone()
            column = math.floor((at.timestamp() - first) / (last - first) * width)
            found.append((column, f"╵{at:%m-%d}"))
    return found


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at).astimezone()
