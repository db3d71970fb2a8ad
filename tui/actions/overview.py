"""The keys of the overview: from pane to pane, and into their areas."""

from __future__ import annotations

from tui.actions.action import Action
from tui.actions.places import Place

OVERVIEW: tuple[Action, ...] = (
    Action("screen.detail", ("enter",), "Enter", "open",
           "open the area of the pane that bears the mark", frozenset({Place.OVERVIEW}), rank=2),
    Action("screen.next_pane(1)", ("tab",), "Tab", "next pane", "go to the next pane",
           frozenset({Place.OVERVIEW}), rank=16),
    Action("screen.next_pane(-1)", ("shift+tab",), "Shift+Tab", "pane before",
           "go to the pane before", frozenset({Place.OVERVIEW})),
    Action("screen.pane('down')", ("j", "down"), "j ↓", "pane below", "go to the pane below",
           frozenset({Place.OVERVIEW})),
    Action("screen.pane('up')", ("k", "up"), "k ↑", "pane above", "go to the pane above",
           frozenset({Place.OVERVIEW})),
    Action("screen.pane('right')", ("l", "right"), "l →", "pane at the right",
           "go to the pane at the right", frozenset({Place.OVERVIEW})),
    Action("screen.pane('left')", ("h", "left"), "h ←", "pane at the left",
           "go to the pane at the left", frozenset({Place.OVERVIEW})),
)  # fmt: skip
