"""What a terminal shows that is too small for anything else: health, findings, a plain request."""

from __future__ import annotations

from tui.lines import EMPTY, Line, Role, Span, crop, line, wrap
from tui.panes.status import findings_count, health_word
from tui.panes.view import Mode, View
from tui.text import one_line

LEAST_WIDTH, LEAST_HEIGHT = 50, 12


def is_tiny(width: int, height: int) -> bool:
    """Whether a terminal is too small for the console's screens."""
    return width < LEAST_WIDTH or height < LEAST_HEIGHT


def tiny_lines(view: View | None, width: int, height: int) -> list[Line]:
    """Health and findings first, so that the smallest terminal still says how things are."""
    lines: list[Line] = []
    if view is not None:
        mode = "" if view.mode is Mode.LIVE else f" ({view.mode.value})"
        lines += [
            line(health_word(view)),
            line(Span(findings_count(view) + mode, Role.STRONG)),
            line(Span(one_line(view.entry.name), Role.TEXT)),
        ]
    request = f"make the terminal larger ({LEAST_WIDTH}x{LEAST_HEIGHT})"
    asked = wrap(request, width, Role.NOTICE)
    if len(lines) + len(asked) > height:
        lines = lines[:2]
    return [crop(each, width) for each in (*lines, *asked, EMPTY)][: max(1, height)]
