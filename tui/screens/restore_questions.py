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
