"""The keys of the console itself, had nearly everywhere, and those of its filter."""

from __future__ import annotations

from tui.actions.action import Action, Subject
from tui.actions.places import BACKUP_PLACES, CONNECTION_VIEWS, EVERYWHERE, TABLES, WIZARD, Place

CONSOLE: tuple[Action, ...] = (
    Action("app.restore", ("R",), "R", "restore",
           "bring something back, step by step; nothing is touched before you have agreed",
           EVERYWHERE - BACKUP_PLACES - WIZARD
           - {Place.RESTORES, Place.RESTORE, Place.GUIDED_DRILL},
           danger=True, live_only=True),
    Action("app.rewind(-1)", ("left_square_bracket",), "[", "rewind", "one recorded step back",
           rank=11),
    Action("app.rewind(1)", ("right_square_bracket",), "]", "forward", "one recorded step on"),
    Action("app.rewind(-30)", ("left_curly_bracket",), "{", "leap back", "thirty steps back"),
    Action("app.rewind(30)", ("right_curly_bracket",), "}", "leap on", "thirty steps on"),
    Action("app.live", ("0",), "0", "live", "back to live from a rewound or paused screen",
           rank=12),
    Action("app.pause", ("p",), "p", "pause", "hold the screen still; again: go on", rank=13),
    Action("app.servers", ("s", "9"), "s 9", "servers", "all servers with their health",
           EVERYWHERE - {Place.SERVERS}, rank=14),
    Action("app.evidence", ("e",), "e", "evidence",
           "write this screen as redacted Markdown for the ticket, and copy it", rank=15),
    Action("app.copy", ("y",), "y", "copy row",
           "copy the row under the cursor to your clipboard (OSC 52)",
           TABLES - {Place.FINDINGS}, rank=16, about=Subject.ROW),
    Action("app.copy", ("y",), "y", "copy finding",
           "copy the finding under the cursor in full to your clipboard (OSC 52)",
           frozenset({Place.FINDINGS}), rank=16, about=Subject.ROW),
    Action("app.copy", ("y",), "y", "copy query",
           "copy the query's text to your clipboard (OSC 52)",
           frozenset({Place.BACKEND, Place.STATEMENT}), rank=16, about=Subject.TEXT),
    Action("app.copy", ("y",), "y", "copy screen",
           "copy the whole screen as text to your clipboard (OSC 52)",
           EVERYWHERE - TABLES - frozenset(CONNECTION_VIEWS)
           - {Place.BACKEND, Place.STATEMENT, Place.GUIDED_DRILL},
           rank=16),
    Action("app.copy", ("y",), "y", "copy session",
           "copy what is told of the session under the cursor to your clipboard (OSC 52)",
           frozenset({Place.LOCK_QUEUES}), rank=16, about=Subject.ROW),
    Action("app.copy", ("y",), "y", "copy breakdowns",
           "copy the breakdowns as text to your clipboard (OSC 52)",
           frozenset({Place.BREAKDOWNS}), rank=16, about=Subject.TEXT),
    Action("app.next_theme", ("t",), "t", "theme", "next colour theme", rank=18),
    Action("app.command_palette", ("colon", "ctrl+p"), ": Ctrl+p", "commands",
           "find any action by its name", rank=17),
    Action("app.help", ("question_mark",), "?", "help", "this help", rank=0),
    Action("app.quit", ("q", "ctrl+c"), "q Ctrl+c", "quit",
           "leave; pgvigil serve watches on, any other watcher ends after the last console",
           rank=1),
)  # fmt: skip

FILTER_FIELD: tuple[Action, ...] = (
    Action("screen.keep_filter", ("enter", "down"), "Enter ↓", "keep",
           "keep the filter, and go to the table", frozenset({Place.FILTER}), rank=0),
    Action("screen.clear_filter", ("escape",), "Esc", "clear", "show every line again",
           frozenset({Place.FILTER}), rank=1),
)  # fmt: skip
