"""The keys of guided drills: which runbook, and what is done with its steps."""

from __future__ import annotations

from tui.actions.action import Action, Subject
from tui.actions.places import Place

_DRILL = frozenset({Place.GUIDED_DRILL})
_RUNBOOKS = frozenset({Place.RUNBOOKS})

GUIDED_DRILLS: tuple[Action, ...] = (
    Action("screen.guide", ("g",), "g", "guided drill",
           "begin a drill that people do, by a runbook against the clock, or go on with one",
           frozenset({Place.DRILLS}), rank=6, live_only=True),
    Action("screen.detail", ("enter",), "Enter", "begin",
           "begin the drill under the cursor, or go on with it: its clock runs at once",
           _RUNBOOKS, rank=2, live_only=True, about=Subject.DETAIL),
    Action("screen.discard", ("D",), "D", "close",
           "close the drill under the cursor without a verdict: it proves nothing",
           _RUNBOOKS, rank=6, danger=True, live_only=True, about=Subject.DRAFT),
    Action("screen.detail", ("enter", "R"), "Enter R", "restore",
           "restore in this drill, by the wizard, where nothing live is touched; once that is"
           " begun, look at it",
           _DRILL, rank=2, live_only=True, about=Subject.DRILL),
    Action("screen.tick", ("space",), "Space", "done",
           "tick the step under the cursor as done; again: take that back",
           _DRILL, rank=3, live_only=True, about=Subject.DRILL),
    Action("screen.note", ("n",), "n", "note",
           "write something down: it stands in the report with who and when",
           _DRILL, rank=4, live_only=True, about=Subject.DRILL),
    Action("screen.take_in", ("l",), "l", "take in restore",
           "make the restore that was begun from the command line a part of this drill",
           _DRILL, rank=5, live_only=True, about=Subject.FOUND),
    Action("screen.verdict", ("v",), "v", "end",
           "end the drill with a verdict on what was restored: the clock stops, the record is"
           " sealed",
           _DRILL, rank=6, danger=True, live_only=True, about=Subject.DRILL),
    Action("screen.hand_over", ("h",), "h", "hand over",
           "hand the drill over to another person, or take it over",
           _DRILL, rank=5, live_only=True, about=Subject.DRILL),
    Action("screen.pause_drill", ("z",), "z", "pause/resume",
           "say that nobody works on it for a while; the clock goes on, and the report tells it",
           _DRILL, rank=7, live_only=True, about=Subject.DRILL),
    Action("screen.discard", ("D",), "D", "close",
           "close the drill without a verdict: it proves nothing",
           _DRILL, rank=8, danger=True, live_only=True, about=Subject.DRILL),
    Action("app.copy", ("y",), "y", "copy commands",
           "copy the commands of the step under the cursor to your clipboard (OSC 52)",
           _DRILL, rank=16),
)  # fmt: skip
