"""The keys of drills."""

from __future__ import annotations

from tui.actions.action import Action, Subject
from tui.actions.places import Place

DRILLS: tuple[Action, ...] = (
    Action("screen.drill('restore')", ("d",), "d", "drill now",
           "prove a backup now, after a preview: restored on a server of its own, and compared",
           frozenset({Place.DRILLS}), rank=4, danger=True, live_only=True,
           about=Subject.PROVABLE),
    Action("screen.drill('sabotage')", ("S",), "S", "sabotage now",
           "spoil private copies of a backup now, after a preview: pgvigil must see each",
           frozenset({Place.DRILLS}), rank=5, danger=True, live_only=True,
           about=Subject.PROVABLE),
    Action("screen.write_report", ("w",), "w", "write report",
           "write the drill's report as HTML and Markdown, and say where",
           frozenset({Place.DRILL}), rank=4, about=Subject.ENDED),
)  # fmt: skip
