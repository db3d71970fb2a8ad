"""A guided drill for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.model.guided_drill import GuidedDrill, GuidedState
from tui import figures


def guided_document(drill: GuidedDrill) -> dict[str, Any]:
    """A guided drill as JSON has it; ``seconds`` are those of its clock."""
    return {
        "drill": drill.drill_id,
        "server": drill.server_id,
        "runbook": drill.symptom.value,
        "state": drill.state.value,
        "who": drill.who,
        "host": drill.host,
        "in_the_hands_of": drill.holder,
        "started_at": drill.started_at.isoformat(),
        "noted_at": drill.noted_at.isoformat(),
        "seconds": drill.seconds,
        "paused_seconds": drill.paused_seconds,
        "restores": list(drill.restores),
        "steps": [
            {
                "step": each.name,
                "title": each.title,
                "done_by": tick.who if tick else None,
                "done_at": tick.at.isoformat() if tick else None,
                "seconds": tick.seconds if tick else None,
            }
            for each in drill.steps
            for tick in (drill.tick_of(each.name),)
        ],
        "notes": [
            {"at": each.at.isoformat(), "seconds": each.seconds, "who": each.who, "text": each.text}
            for each in drill.notes
        ],
        "handed_over": [
            {
                "at": each.at.isoformat(),
                "seconds": each.seconds,
                "from": each.before,
                "to": each.after,
                "who": each.who,
            }
            for each in drill.handovers
        ],
        "pauses": [
            {
                "at": each.at.isoformat(),
                "seconds": each.seconds,
                "until_seconds": each.until,
                "who": each.who,
            }
            for each in drill.pauses
        ],
        "ended_by": drill.ended_by or None,
        "why": drill.why or None,
    }


def under_way_words(drill: GuidedDrill, now: datetime) -> str:
    """A drill that is not over, on one line: how far it is, in whose hands, how it goes on."""
    done = len(drill.steps) - len(drill.open_steps)
    paused = ", paused" if drill.state is GuidedState.PAUSED else ""
    touched = figures.age(max(0.0, (now - drill.noted_at).total_seconds()))
    return (
        f"{drill.symptom.value}: {done} of {len(drill.steps)} steps, in the hands of"
        f" {drill.holder}{paused}, last touched {touched}; pgvigil drill guide goes on with it, or"
        " closes it"
    )
