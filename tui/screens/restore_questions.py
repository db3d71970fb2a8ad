"""What a restore and its undo do, told exactly before it is agreed to."""

from __future__ import annotations

from core.api.restore_desk import PlannedUndo
from core.model.restore import RestorePlan, TargetKind
from core.model.restore_operation import RestoreOperation
from tui.panes.restore_plan import place_of
from tui.widgets.confirm import Question

_CONSEQUENCES = {
    TargetKind.BESIDE: "Nothing that is there is touched.",
    TargetKind.SCRATCH: "Nothing that is there is touched.",
    TargetKind.SWAP: "Once it is proven, all sessions in the live database end for the exchange. "
    "What was written since the backup stays in the database that is put aside.",
    TargetKind.MERGE: "The tables come into the live database in one transaction. Nothing else "
    "there is touched.",
    TargetKind.GLOBALS: "What is there stays as it is. pgvigil does not undo it: what is made is "
    "dropped by hand, as long as nothing belongs to it.",
}
MOST_COMMANDS = 40


def restore_question(plan: RestorePlan) -> Question:
    """What is agreed to: in the place of all steps what they come to, and how they are undone."""
    wish = plan.wish
    if plan.stops:
        return Question(
            f"It can't be restored to {place_of(wish)}",
            tuple(f"{each.name}: {each.what}" for each in plan.stops),
            refused=True,
        )
    if plan.undoes:
        return Question(
            title=f"Undo restore {plan.undoes} now",
            steps=(
                *(each.what for each in plan.steps),
                *(f"destroyed: {each}" for each in plan.destroyed),
                f"undone by: {plan.undo}",
            ),
            consequence="All sessions in the live database end for the exchange."
            if wish.target is TargetKind.SWAP
            else "",
            typed=wish.target_database,
        )
    return Question(
        title=f"Restore to {place_of(wish)} now",
        steps=(
            f"{wish.what} of backup {plan.backup_id}, from {plan.repository}",
            *(f"destroyed: {each}" for each in plan.destroyed),
            f"undone by: {plan.undo}",
            "it runs as a process of its own: it goes on when you leave",
        ),
        consequence=_CONSEQUENCES[wish.target],
        typed=wish.target_database,
    )


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
