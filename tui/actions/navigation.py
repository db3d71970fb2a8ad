"""The keys that lead on, back, up and down."""

from __future__ import annotations

from tui.actions.action import Action, Subject
from tui.actions.places import EVERYWHERE, SCROLLING, TABLES, WIZARD, Place

NAVIGATION: tuple[Action, ...] = (
    Action("screen.detail", ("enter",), "Enter", "detail", "open what the cursor is on",
           TABLES - WIZARD - {Place.RUNBOOKS} | {Place.LOCK_QUEUES}, rank=2, about=Subject.DETAIL),
    Action("screen.detail", ("enter",), "Enter", "statement",
           "the figures and the history of the statement that it runs",
           frozenset({Place.BACKEND}), rank=2, about=Subject.DETAIL),
    Action("app.back", ("escape",), "Esc", "back", "go back",
           EVERYWHERE - {Place.OVERVIEW} - WIZARD, rank=10),
    Action("app.back", ("escape",), "Esc", "live", "from the past back to live",
           frozenset({Place.OVERVIEW})),
    Action("screen.move(1)", ("j", "down"), "j ↓", "down", "move down", SCROLLING),
    Action("screen.move(-1)", ("k", "up"), "k ↑", "up", "move up", SCROLLING),
    Action("screen.page(1)", ("pagedown", "ctrl+d"), "PgDn Ctrl+d", "page down", "a page down",
           SCROLLING),
    Action("screen.page(-1)", ("pageup", "ctrl+u"), "PgUp Ctrl+u", "page up", "a page up",
           SCROLLING),
    Action("screen.edge(-1)", ("g", "home"), "g Home", "first", "go to the first line",
           SCROLLING - {Place.DRILLS}),
    Action("screen.edge(-1)", ("home",), "Home", "first", "go to the first line",
           frozenset({Place.DRILLS})),
    Action("screen.edge(1)", ("G", "end"), "G End", "last", "go to the last line",
           SCROLLING),
)  # fmt: skip
