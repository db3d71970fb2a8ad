"""The footer and the help, both drawn from the registry of actions."""

from __future__ import annotations

from tui.actions import Action, Place, actions_at, footer_actions
from tui.lines import EMPTY, Line, Role, Span, line, pad, width_of, wrap
from tui.panes.parts import heading

GAP = "  "


def footer_line(place: Place, width: int, *, live: bool) -> Line:
    """The keys of a place, most important first, as many as fit whole; the areas at the end."""
    parts: list[Line] = []
    used = 0
    for action in footer_actions(place, live=live):
        part = line(Span(action.shown, Role.KEY), Span(f" {action.label}", Role.LABEL))
        needed = width_of(part) + (len(GAP) if parts else 0)
        if used + needed > width:
            continue
        parts.append(line(Span(GAP if parts else ""), part))
        used += needed
    areas = line(GAP, Span("1-7", Role.KEY), Span(" areas", Role.LABEL))
    if used + width_of(areas) <= width:
        parts.append(areas)
    return pad(line(*parts), width)


def help_lines(place: Place, width: int) -> list[Line]:
    """Every action of a place with its keys; those that change the server stand apart."""
    actions = actions_at(place)
    safe = [action for action in actions if not action.danger]
    danger = [action for action in actions if action.danger]
    lines = [heading(f"Keys in {place.value}", width)]
    lines += [row for action in safe for row in _row(action, width)]
    if danger:
        lines += [EMPTY, heading("These act on the server, after a preview and your yes", width)]
        lines += [row for action in danger for row in _row(action, width)]
    return lines


def _row(action: Action, width: int) -> list[Line]:
    key = pad(line(Span(action.shown, Role.KEY)), 9)
    rows = wrap(action.help, max(10, width - 10), Role.TEXT)
    heads = [key, *[pad(EMPTY, 9)] * (len(rows) - 1)]
    return [line(head, " ", row) for head, row in zip(heads, rows, strict=True)]
