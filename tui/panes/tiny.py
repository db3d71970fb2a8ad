"""What a terminal shows that is too small for anything else: health, findings, a plain request."""

from __future__ import annotations

from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, line, width_of, wrap
from tui.panes.parts import flow
from tui.panes.status import MODE_LABELS, age_of_data, elsewhere, findings_count, health_word
from tui.panes.view import Mode, View
from tui.text import one_line

LEAST_WIDTH, LEAST_HEIGHT = 50, 12
OTHERS = "others "
SIZE = f"{LEAST_WIDTH}x{LEAST_HEIGHT}"


def is_tiny(width: int, height: int) -> bool:
    """Whether a terminal is too small for the console's screens."""
    return width < LEAST_WIDTH or height < LEAST_HEIGHT


def tiny_lines(view: View | None, width: int, height: int) -> list[Line]:
    """Health and findings first, so that the smallest terminal still says how things are.

    The request is shortened, and what matters least left out, where there is no room for all.
    """
    said = [] if view is None else _said(view, width)
    asked = wrap(f"make the terminal larger ({SIZE})", width, Role.NOTICE)
    if len(said) + len(asked) > height:
        said = flow(said, width)
    if len(said) + len(asked) > height:
        asked = [line(Span(f"larger: {SIZE}", Role.NOTICE))]
    said = said[: max(1, height - len(asked))]
    return [crop(each, width) for each in (*said, *asked)][: max(1, height)]


def _said(view: View, width: int) -> list[Line]:
    """How this server and the others are, how old that is, and its name; first what counts."""
    mark = "PRODUCTION " if view.entry.production else ""
    others = elsewhere(view, width - len(OTHERS))
    parts = [
        line(health_word(view)),
        line(Span(findings_count(view), Role.STRONG)),
        line(Span(OTHERS, Role.LABEL), others) if others else EMPTY,
        EMPTY if view.is_steady else _moment(view, width),
        line(Span(mark, Role.STRONG), Span(one_line(view.entry.name), Role.TEXT)),
    ]
    return [part for part in parts if part]


def _moment(view: View, width: int) -> Line:
    """The moment of what is seen, or its age; the moment alone where there is no room for both."""
    told = age_of_data(view)
    if view.mode is Mode.LIVE or width_of(told) <= width:
        return told
    moment = figures.moment(view.frame.moment, relative_to=view.now)
    return line(Span(f"{moment} {MODE_LABELS[view.mode]}", Role.MOMENT))
