"""A figure against its limit, and a figure's recent past, in one line: pure functions and a widget.

Colour comes with the threshold that is passed, and a sign with the colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.model.unknown import Unknown
from tui.figures import percent
from tui.glyphs import FINE, Glyphs
from tui.lines import Line, Role, Span, line, width_of
from tui.widgets.lines_view import LinesView


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which ratio of the limit on it is a warning, and from which critical."""

    warning: float
    critical: float

    def role(self, ratio: float, otherwise: Role = Role.TEXT) -> Role:
        """How bad a ratio is."""
        if ratio >= self.critical:
            return Role.CRITICAL
        return Role.WARNING if ratio >= self.warning else otherwise


_BAR_ROLES = {Role.WARNING: Role.BAR_WARNING, Role.CRITICAL: Role.BAR_CRITICAL}
_SIGNS = {Role.WARNING: "▲ ", Role.CRITICAL: "✖ "}
_WORDS = {Role.WARNING: " warning", Role.CRITICAL: " critical"}


def bar(
    value: float | Unknown,
    limit: float | Unknown,
    width: int,
    thresholds: Thresholds | None = None,
    glyphs: Glyphs = FINE,
) -> Line:
    """``value`` of ``limit`` as a bar of exactly ``width`` cells.

    Where one of them is unknown, or the limit is not above zero, the bar is empty and says ``?``.
    More than the limit is a full bar.
    """
    if width <= 0:
        return ()
    if isinstance(value, Unknown) or isinstance(limit, Unknown) or limit <= 0:
        return line(Span("?", Role.UNKNOWN), Span(glyphs.empty * (width - 1), Role.BAR_EMPTY))
    ratio = max(0.0, min(1.0, value / limit))
    role = thresholds.role(value / limit, Role.BAR_FULL) if thresholds else Role.BAR_FULL
    steps = len(glyphs.parts)
    filled = round(ratio * width * steps)
    if value > 0:
        filled = max(1, filled)  # little is not nothing
    whole, part = divmod(filled, steps)
    text = glyphs.parts[-1] * whole + (glyphs.parts[part - 1] if part else "")
    return line(
        Span(text, _BAR_ROLES.get(role, role)),
        Span(glyphs.empty * (width - len(text)), Role.BAR_EMPTY),
    )


def gauge(
    label: str,
    value: float | Unknown,
    limit: float | Unknown,
    width: int,
    thresholds: Thresholds,
    *,
    figure: str,
    glyphs: Glyphs = FINE,
) -> Line:
    """A label, a bar and the figure in exactly ``width`` cells, with sign and word when it is bad.

    ``figure`` is the value as people read it, such as ``87 / 100``. Where there is no room for a
    bar the words stand alone.
    """
    role, share = Role.NUMBER, ""
    if not isinstance(value, Unknown) and not isinstance(limit, Unknown) and limit > 0:
        role, share = thresholds.role(value / limit, Role.NUMBER), f" {percent(value / limit)}"
    name = line(Span(f"{label} ", Role.LABEL))
    words = line(
        Span(" "),
        Span(_SIGNS.get(role, ""), role),
        Span(figure + share, role),
        Span(_WORDS.get(role, ""), role),
    )
    room = width - width_of(name) - width_of(words)
    drawn = bar(value, limit, room, thresholds, glyphs) if room >= 3 else ()
    parts = (*name, *drawn, *words)
    missing = width - width_of(parts)
    return (*parts, Span(" " * missing)) if missing > 0 else parts


def sparkline(
    values: Sequence[float | None],
    width: int,
    *,
    top: float | None = None,
    role: Role = Role.SERIES_1,
    glyphs: Glyphs = FINE,
) -> Line:
    """The last ``width`` values as small columns above zero; a gap where there is none.

    ``top`` is the value of a full column; without it the greatest value is. A value above zero is
    never drawn as nothing. Right-aligned: the newest stands at the right edge.
    """
    if width <= 0:
        return ()
    shown = list(values)[-width:]
    highest = top if top is not None else max((v for v in shown if v is not None), default=0.0)
    signs = [_level(value, highest, glyphs) for value in shown]
    return line(Span(" " * (width - len(signs)) + "".join(signs), role))


def _level(value: float | None, highest: float, glyphs: Glyphs) -> str:
    if value is None:
        return " "
    if highest <= 0:
        return glyphs.levels[0]
    ratio = max(0.0, min(1.0, value / highest))
    return glyphs.levels[min(len(glyphs.levels) - 1, int(ratio * len(glyphs.levels)))]


class Gauge(LinesView):
    """A gauge of one line as a widget."""

    DEFAULT_CSS = """
    Gauge {
        height: 1;
    }
    """

    def set(
        self,
        label: str,
        value: float | Unknown,
        limit: float | Unknown,
        thresholds: Thresholds,
        *,
        figure: str,
    ) -> None:
        """Show this figure."""
        width = self.room.width
        self.update([gauge(label, value, limit, width, thresholds, figure=figure)])
