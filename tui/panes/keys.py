"""The footer and the help, both drawn from the registry of actions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from tui.actions import (
    AREAS,
    BACKUP_PLACES,
    WAYS_OUT,
    Action,
    Place,
    Scene,
    actions_at,
    footer_actions,
)
from tui.glyphs import ARROW_KEYS, FINE, Glyphs
from tui.lines import EMPTY, Line, Role, Span, joined, line, pad, width_of, wrap
from tui.panes.parts import heading

GAP = "  "
KEY_WIDTH = 12
"""Cells for all the keys of an action in the help."""
LEAST_TEXT = 20
"""Cells for what a key does in the help; where there are fewer beside the keys, it stands below."""
AREAS_AFTER = "app.quit"
"""What stands before the way to the areas on the overview, of which they are most."""


@lru_cache(maxsize=64)
def footer_line(place: Place, width: int, scene: Scene = Scene(), glyphs: Glyphs = FINE) -> Line:
    """The keys of a place, most important first, as many as fit whole; what leads out stays."""
    parts = _footer_parts(place, width, scene, glyphs)
    return pad(joined([told for _, told, _ in parts], GAP), width)


def footer_action(
    place: Place, width: int, x: int, scene: Scene = Scene(), glyphs: Glyphs = FINE
) -> Action | None:
    """The action that the footer names at cell ``x``."""
    for start, told, action in _footer_parts(place, width, scene, glyphs):
        if start <= x < start + width_of(told):
            return action
    return None


def _footer_parts(
    place: Place, width: int, scene: Scene, glyphs: Glyphs
) -> list[tuple[int, Line, Action | None]]:
    """Each part with its first cell; the areas' keys together are no action."""
    told: list[tuple[Line, Action | None]] = [
        (_named(shown_keys(action, glyphs).split()[0], action.label), action)
        for action in footer_actions(place, scene)
    ]
    if place is not Place.FILTER:
        areas = _named(f"1-{len(AREAS)}", "areas")
        names = ["" if action is None else action.name for _, action in told]
        after_quit = names.index(AREAS_AFTER) + 1
        told.insert(after_quit if place is Place.OVERVIEW else len(told), (areas, None))
    parts: list[tuple[int, Line, Action | None]] = []
    used = 0
    for index in _fitting(told, width):
        part, action = told[index]
        start = used + (len(GAP) if parts else 0)
        parts.append((start, part, action))
        used = start + width_of(part)
    return parts


def _fitting(told: Sequence[tuple[Line, Action | None]], width: int) -> list[int]:
    """Which parts there is room for, in their order; others give way to what leads out."""
    leads_out = [action is not None and action.name in WAYS_OUT for _, action in told]
    fitting: list[int] = []
    used = -len(GAP)
    for index in sorted(range(len(told)), key=lambda index: not leads_out[index]):
        needed = len(GAP) + width_of(told[index][0])
        if used + needed <= width:
            fitting.append(index)
            used += needed
    return sorted(fitting)


def _named(key: str, label: str) -> Line:
    return line(Span(key, Role.KEY), Span(f" {label}", Role.LABEL))


def shown_keys(action: Action, glyphs: Glyphs) -> str:
    """How an action's keys are written; a terminal without arrows draws other keys' signs there."""
    if glyphs.has_arrows:
        return action.shown
    return " ".join(ARROW_KEYS.get(key, key) for key in action.shown.split())


def help_lines(
    place: Place, width: int, glyphs: Glyphs = FINE, *, demo: bool = False
) -> list[Line]:
    """Every action of a place with its keys; those that change the server stand apart."""
    actions = actions_at(place, demo=demo)
    safe = [action for action in actions if not action.danger]
    danger = [action for action in actions if action.danger]
    lines = _title(f"Keys in {place.value}", width)
    lines += [row for action in safe for row in _row(action, width, glyphs)]
    if danger:
        acting = "act on backups" if place in BACKUP_PLACES else "act on the server"
        lines += [EMPTY, *_title(f"These {acting}, after a preview and your yes", width)]
        lines += [row for action in danger for row in _row(action, width, glyphs)]
    return lines


def _title(title: str, width: int) -> list[Line]:
    """A heading, without its rule and wrapped where it would be cut."""
    return [heading(title, width)] if len(title) < width else wrap(title, width, Role.TITLE)


def _row(action: Action, width: int, glyphs: Glyphs) -> list[Line]:
    key = line(Span(shown_keys(action, glyphs), Role.KEY))
    room = width - KEY_WIDTH - 1
    if room < LEAST_TEXT:
        return [key, *(line("  ", row) for row in wrap(action.help, max(1, width - 2)))]
    rows = wrap(action.help, room)
    heads = [pad(key, KEY_WIDTH), *[pad(EMPTY, KEY_WIDTH)] * (len(rows) - 1)]
    return [line(head, " ", row) for head, row in zip(heads, rows, strict=True)]
