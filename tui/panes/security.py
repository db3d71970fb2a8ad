"""Security: the events that the store holds, and honestly what does not watch yet."""

from __future__ import annotations

from core.model.security import SecurityEvent, SecurityOverview
from tui import figures
from tui.lines import Line, Role, Span, crop, joined, line, right
from tui.panes.parts import fitted, heading, not_read, not_yet_lines
from tui.panes.view import View
from tui.text import one_line

TITLE = "Security"

NOT_YET = (
    "This release reads no server log: an empty list does not mean that nobody attacks.",
    "No key and no command sets this up yet: it comes with a later release.",
)
TO_COME = (
    "Then this stands here, riskiest first: failed logins, unusual addresses and hours, granted"
    " and changed rights, and who did it from where.",
)


def security_lines(view: View, width: int, height: int) -> list[Line]:
    """The overview's pane: recent events, riskiest first; or what is missing."""
    overview = view.frame.security
    head = heading(TITLE, width, key="6")
    return fitted([head, *_body(view, overview, width, height)], width, height)


def _body(view: View, overview: SecurityOverview | None, width: int, height: int) -> list[Line]:
    if overview is None:
        return [not_read(view)]
    if not overview.configured and not overview.events:
        return not_watching(width, height)
    if not overview.events:
        return [line(Span("no events recorded", Role.MUTED))]
    events = sorted(overview.events, key=lambda event: (-event.risk, event.at))
    return [_event(view, event, width) for event in events]


def not_watching(width: int, height: int) -> list[Line]:
    """What stands in an area that this release does not fill yet, and in full what will."""
    head = line(Span("? not watched", Role.NOTICE))
    return [head, *not_yet_lines(NOT_YET, TO_COME, width, height)]


def _event(view: View, event: SecurityEvent, width: int) -> Line:
    told = joined(
        [
            right(line(Span(f"risk {event.risk}", Role.NUMBER)), 8),
            line(Span(figures.moment(event.at, relative_to=view.now), Role.NUMBER)),
            line(Span(one_line(event.summary or event.event_type), Role.TEXT)),
            line(Span(one_line(event.principal), Role.STRONG)),
            line(Span(one_line(event.address), Role.TEXT)),
        ]
    )
    return crop(told, width)
