"""The keys of tables and of the views of an area."""

from __future__ import annotations

from tui.actions.action import Action, Subject
from tui.actions.places import BACKUP_VIEWS, CONNECTION_VIEWS, TABLES, Place

TABLES_AND_VIEWS: tuple[Action, ...] = (
    Action("screen.shift_columns(1)", ("l", "right"), "l →", "columns",
           "bring in columns that there is no room for: those at the right", TABLES, rank=17,
           about=Subject.COLUMNS),
    Action("screen.shift_columns(-1)", ("h", "left"), "h ←", "columns back",
           "bring back the columns at the left", TABLES),
    Action("screen.filter", ("slash",), "/", "filter", "show only lines that hold a text",
           TABLES, rank=7, about=Subject.ROWS),
    Action("screen.sort(1)", ("greater_than_sign",), ">", "sort", "sort by the next column",
           TABLES, rank=8, about=Subject.ROWS),
    Action("screen.sort(-1)", ("less_than_sign",), "<", "sort", "sort by the column before",
           TABLES),
    Action("screen.reverse", ("r",), "r", "reverse", "turn the order round", TABLES),
    Action("screen.mark", ("space",), "Space", "mark", "mark a line, so that it stays in sight",
           frozenset({Place.CONNECTIONS, Place.QUERIES, Place.DATABASES}), rank=9,
           about=Subject.ROW),
    Action("screen.mark", ("space",), "Space", "mark", "mark what comes back, or no longer",
           frozenset({Place.WIZARD_PARTS}), rank=4, about=Subject.ROW),
    Action("screen.next_view", ("tab",), "Tab", "view",
           "next view: sessions, lock queues, breakdowns, history",
           frozenset(CONNECTION_VIEWS), rank=3),
    Action("screen.next_view", ("tab",), "Tab", "chart",
           "next chart: transactions, cache hits, connections, size",
           frozenset({Place.DATABASE}), rank=3, about=Subject.CHARTS),
    Action("screen.next_view", ("tab",), "Tab", "view",
           "next view: history, schedules, storage, restores, drills",
           frozenset(BACKUP_VIEWS), rank=3),
)  # fmt: skip
