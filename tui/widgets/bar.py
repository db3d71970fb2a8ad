"""A figure against its limit as a bar; colour comes with the threshold that is passed."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.unknown import Unknown
from tui.glyphs import FINE, Glyphs
from tui.lines import Line, Role, Span, line


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
