"""What undoing a restore does, told exactly before it is agreed to."""

from __future__ import annotations

from core.api.restore_desk import PlannedUndo
from core.model.restore_operation import RestoreOperation
from tui.widgets.confirm import Question

MOST_COMMANDS = 40


def undo_question(operation: RestoreOperation, planned: PlannedUndo) -> Question:
    """What undoing would do now, with the name that is to be typed."""
    commands = planned.commands[:MOST_COMMANDS]
    more = len(planned.commands) - len(commands)
    return Question(
        title=f"Undo the restore to {operation.target_database} on {operation.target_server}",
        steps=(
            planned.what,
            *commands,
            *((f"and {more} more commands",) if more > 0 else ()),
        ),
        consequence=f"{planned.sessions} sessions in {planned.database} end."
        if planned.sessions
        else "",
        typed=planned.database,
    )


ROWS = {"missing": (False, False), "different": (True, False), "all": (True, True)}
"""Which rows a word means: whether different ones are set back, and extra ones deleted."""


def rows_question(operation: RestoreOperation) -> Question:
    """Which of the rows that a merge staged shall be merged."""
    return Question(
        title=f"Which rows go into {operation.target_database} on {operation.target_server}?",
        steps=(
            "missing: rows that only the backup has are inserted",
            "different: these, and rows that are different are set back to the backup's",
            "all: these, and rows that only the live table has are deleted",
        ),
        consequence="Nothing is done yet: the plan counts them and shows the script.",
        said="missing, different or all",
    )
