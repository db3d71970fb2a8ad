"""What is asked before something is done in a guided drill."""

from __future__ import annotations

from core.api.guided_drills import GuidedLook, why_no_verdict
from core.model.guided_drill import GuidedDrill, GuidedStep
from core.model.restore import TargetKind
from tui import figures
from tui.panes.large_digits import clock_text
from tui.panes.restores_table import outcome_of
from tui.widgets.confirm import Question


def note_question(drill: GuidedDrill, step: GuidedStep | None) -> Question:
    """What is to be written down."""
    at = f"at the step: {step.title}" if step is not None else f"in drill {drill.drill_id}"
    return Question("Write a note", (at, "with your name and the time"), said="the note")


def hand_over_question(drill: GuidedDrill) -> Question:
    """Into whose hands it goes."""
    return Question(
        "Hand the drill over",
        (
            f"it is in the hands of {drill.holder}",
            "who goes on opens pgvigil anywhere: R, a drill; or pgvigil drill guide",
        ),
        "The clock goes on. From whom to whom stands in the report and in the audit log.",
        said="who goes on",
    )


def take_over_question(drill: GuidedDrill) -> Question:
    """That it goes into one's own hands."""
    return Question(
        "Take the drill over",
        (f"it is in the hands of {drill.holder}",),
        "From whom to whom stands in the report and in the audit log.",
    )


def close_question(drill: GuidedDrill) -> Question:
    """What closing it without a verdict means."""
    done = len(drill.steps) - len(drill.open_steps)
    return Question(
        "Close the drill without a verdict",
        (
            f"{drill.symptom.value}: {done} of {len(drill.steps)} steps are done",
            "what was done stays in the history; a scratch server is taken away",
        ),
        "It proves nothing, and nobody goes on with it.",
        said="why",
    )


def verdict_question(look: GuidedLook) -> Question:
    """What the verdict will be; refused where none can be given yet."""
    drill, restore = look.drill, look.restore
    if (why_not := why_no_verdict(drill, restore)) is not None or restore is None:
        said = () if why_not is None else (why_not.what, why_not.why, why_not.remedy)
        return Question("There can't be a verdict yet", tuple(filter(None, said)), refused=True)
    most = look.record.objectives.rto_seconds
    limit = f", at most {figures.duration(most)}" if most else ""
    is_gone = restore.target is TargetKind.SCRATCH
    return Question(
        "End the drill with a verdict",
        (
            f"{outcome_of(restore).text}: {restore.what} of {restore.database}",
            f"the clock stops, at about {clock_text(look.seconds)}{limit}",
            "the record is sealed by the audit log, and stands in the history of drills",
            *(("the scratch server is taken away",) if is_gone else ()),
        ),
        "Nothing of the drill can be changed afterwards.",
    )
