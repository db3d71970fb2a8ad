"""What people do in a guided drill: pure changes of a drill whose clock stands at the moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.errors import RestoreError
from core.model.guided_drill import (
    DrillNote,
    Ending,
    GuidedDrill,
    GuidedState,
    GuidedStep,
    Handover,
    Pause,
    Tick,
)
from core.model.restore import TargetKind
from core.model.restore_draft import Symptom
from core.model.restore_operation import RestoreOperation

HARMLESS = frozenset({TargetKind.SCRATCH, TargetKind.BESIDE})
"""Where a drill restores to: nothing that is live is touched there."""


def begun(
    drill_id: str,
    server_id: str,
    symptom: Symptom,
    steps: tuple[GuidedStep, ...],
    *,
    who: str,
    host: str,
    at: datetime,
) -> GuidedDrill:
    """A drill whose clock begins now."""
    return GuidedDrill(drill_id, server_id, symptom, who, host, who, at, at, steps)


def ticked(drill: GuidedDrill, name: str, who: str) -> GuidedDrill:
    """It with a step done.

    Raises:
        RestoreError: somebody ticked it before, it is paused or over, or has no such step.
    """
    _require_under_way(drill)
    step = _step(drill, name)
    if (tick := drill.tick_of(name)) is not None:
        raise RestoreError(
            f"{tick.who} has ticked '{step.title}' already",
            why=f"at {tick.at:%H:%M:%S} UTC; it stays so",
        )
    made = Tick(name, who, drill.noted_at, drill.seconds)
    return replace(drill, ticks=(*drill.ticks, made))


def unticked(drill: GuidedDrill, name: str, who: str) -> GuidedDrill:
    """It with a step to be done again; that it was ticked stays written down.

    Raises:
        RestoreError: it is not ticked, or the drill is paused or over.
    """
    _require_under_way(drill)
    step, tick = _step(drill, name), drill.tick_of(name)
    if tick is None:
        raise RestoreError(f"'{step.title}' is not ticked")
    left = tuple(each for each in drill.ticks if each is not tick)
    told = f"took back that '{step.title}' was done, ticked by {tick.who}"
    return noted(replace(drill, ticks=left), told, who)


def noted(drill: GuidedDrill, text: str, who: str) -> GuidedDrill:
    """It with a note.

    Raises:
        RestoreError: there is nothing to note, or the drill is over.
    """
    _require_not_over(drill)
    if not text.strip():
        raise RestoreError("There is nothing to note")
    note = DrillNote(who, drill.noted_at, drill.seconds, text.strip())
    return replace(drill, notes=(*drill.notes, note))


def handed_over(drill: GuidedDrill, to: str, who: str) -> GuidedDrill:
    """It in another person's hands.

    Raises:
        RestoreError: nobody is named, it is in these hands, or over.
    """
    _require_not_over(drill)
    if not to.strip():
        raise RestoreError("It is not said who goes on", remedy="name a person")
    if to.strip() == drill.holder:
        raise RestoreError(f"It is in the hands of {drill.holder} already")
    made = Handover(drill.holder, to.strip(), who, drill.noted_at, drill.seconds)
    return replace(drill, holder=made.after, handovers=(*drill.handovers, made))


def paused(drill: GuidedDrill, who: str) -> GuidedDrill:
    """It while nobody works on it; its clock goes on, and the pause is told.

    Raises:
        RestoreError: it is paused or over.
    """
    _require_under_way(drill)
    made = Pause(who, drill.noted_at, drill.seconds)
    return replace(drill, state=GuidedState.PAUSED, pauses=(*drill.pauses, made))


def resumed(drill: GuidedDrill) -> GuidedDrill:
    """It with somebody at work again.

    Raises:
        RestoreError: it is not paused.
    """
    _require_not_over(drill)
    if drill.state is not GuidedState.PAUSED:
        raise RestoreError("The drill is not paused")
    return replace(drill, state=GuidedState.OPEN, pauses=_ended(drill))


def require_harmless(target: TargetKind) -> None:
    """Nothing, where nothing that is live is touched.

    Raises:
        RestoreError: something would be.
    """
    if target not in HARMLESS:
        raise RestoreError(
            "A drill never touches what is live",
            why=f"a restore by {target.value} would change it",
            remedy="restore to a scratch server, or to a new database beside the live one",
        )


def linked(drill: GuidedDrill, operation: RestoreOperation) -> GuidedDrill:
    """It with a restore that was made in it.

    Raises:
        RestoreError: it touches what is live, is of another server or from before the drill, or the
            drill is over.
    """
    _require_not_over(drill)
    require_harmless(operation.target)
    if operation.server_id != drill.server_id:
        raise RestoreError(f"Restore {operation.operation_id} is of {operation.server_id}")
    if operation.operation_id in drill.restores:
        return drill
    return replace(drill, restores=(*drill.restores, operation.operation_id))


def ended(drill: GuidedDrill, ending: Ending, who: str, why: str = "") -> GuidedDrill:
    """It with its clock stopped.

    Raises:
        RestoreError: it is over.
    """
    _require_not_over(drill)
    return replace(
        drill,
        state=GuidedState.OVER,
        pauses=_ended(drill),
        ending=ending,
        ended_by=who,
        why=why,
    )


def _ended(drill: GuidedDrill) -> tuple[Pause, ...]:
    """The pauses, none of which lasts."""
    return tuple(
        replace(each, until=drill.seconds) if each.until is None else each for each in drill.pauses
    )


def _step(drill: GuidedDrill, name: str) -> GuidedStep:
    found = drill.step(name)
    if found is None:
        raise RestoreError(f"The drill has no step {name}")
    return found


def _require_not_over(drill: GuidedDrill) -> None:
    if drill.is_over:
        raise RestoreError(
            "The drill is over",
            why=f"{drill.ended_by} ended it at {drill.noted_at:%H:%M:%S} UTC",
            remedy=f"pgvigil drill report {drill.drill_id}",
        )


def _require_under_way(drill: GuidedDrill) -> None:
    _require_not_over(drill)
    if drill.state is GuidedState.PAUSED:
        raise RestoreError(
            "The drill is paused", why=f"{drill.pauses[-1].who} did that", remedy="z goes on"
        )
