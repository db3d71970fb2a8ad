"""What a person does in a guided drill."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from core.model.guided_drill import GuidedDrill
from core.model.restore_operation import RestoreOperation
from core.restore.drill.guided import changes

Deed: TypeAlias = Callable[[GuidedDrill, str], GuidedDrill]
"""What a person does: from a drill and their name to the drill as it is then.

Raises ``RestoreError`` where it can't be done.
"""


def tick(step: str) -> Deed:
    """A step is done."""
    return lambda drill, who: changes.ticked(drill, step, who)


def untick(step: str) -> Deed:
    """A step is to be done again."""
    return lambda drill, who: changes.unticked(drill, step, who)


def note(text: str) -> Deed:
    """Something is written down."""
    return lambda drill, who: changes.noted(drill, text, who)


def hand_over(to: str) -> Deed:
    """It goes into another person's hands."""
    return lambda drill, who: changes.handed_over(drill, to, who)


def pause() -> Deed:
    """Nobody works on it for a while."""
    return changes.paused


def resume() -> Deed:
    """Somebody works on it again."""
    return lambda drill, _: changes.resumed(drill)


def take_in(operation: RestoreOperation) -> Deed:
    """A restore was made in it."""
    return lambda drill, _: changes.linked(drill, operation)
