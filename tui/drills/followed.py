"""A guided drill as a screen has it: as it was looked at last, and the step of the cursor."""

from __future__ import annotations

from dataclasses import replace

from core.api.guided_drills import GuidedLook
from core.api.guided_names import is_held_by
from core.errors import PgvigilError
from core.model.guided_drill import GuidedDrill, GuidedStep
from core.model.restore_operation import RestoreStatus
from tui.panes.guided_drill import Shown
from tui.panes.view import Missing

_AGAIN = frozenset({RestoreStatus.FAILED, RestoreStatus.CANCELLED, RestoreStatus.INTERRUPTED})


class FollowedDrill:
    """``look`` is ``None`` before the first one; ``who`` sits in front of the screen."""

    def __init__(self) -> None:
        self.look: GuidedLook | Missing | None = None
        self.who = ""
        self.cursor = ""
        self._trouble = ""
        self._seconds = 0.0

    @property
    def drill(self) -> GuidedDrill | None:
        """The drill, where it is known."""
        return self.look.drill if isinstance(self.look, GuidedLook) else None

    @property
    def step(self) -> GuidedStep | None:
        """The step under the cursor."""
        return self.drill.step(self.cursor) if self.drill is not None else None

    @property
    def restore_to_look_at(self) -> str:
        """The restore that was made in it; empty where it is to be done (again)."""
        look = self.look
        if not isinstance(look, GuidedLook) or look.restore is None:
            return ""
        return "" if look.restore.status in _AGAIN else look.restore.operation_id

    @property
    def is_mine(self) -> bool:
        """Whether it is in the hands of who sits here."""
        return self.drill is not None and is_held_by(self.drill, self.who)

    @property
    def shown(self) -> Shown | None:
        """What the panes show of it."""
        if not isinstance(self.look, GuidedLook):
            return None
        is_over = self.look.drill.is_over
        seconds = self.look.drill.seconds if is_over else self._seconds
        return Shown(self.look, seconds, self.cursor, self.is_mine, self._trouble)

    def take(self, found: GuidedLook | None) -> bool:
        """It as it was looked at now; says whether the cursor was moved on with it.

        What was read before a key was done is not taken after that.
        """
        before = self.drill
        if found is None:
            self.look = Missing("Nothing is known of this drill any more.")
            return False
        if before is not None and found.drill.revision < before.revision:
            return False
        self.look, self._seconds, self._trouble = found, found.seconds, ""
        return self._follow(before, found.drill)

    def take_drill(self, made: GuidedDrill) -> bool:
        """It as a key has made it, before all of it is read again; as ``take``."""
        if not isinstance(self.look, GuidedLook):
            return False
        return self.take(replace(self.look, drill=made, seconds=max(self._seconds, made.seconds)))

    def go_on(self, seconds: float) -> None:
        """Its clock shows so much by now."""
        self._seconds = max(self._seconds, seconds)

    def not_read(self, error: PgvigilError, seconds: float) -> None:
        """It could not be looked at: what was known stays, and its clock goes on."""
        if isinstance(self.look, GuidedLook):
            self._trouble = error.what
            self.go_on(seconds)
        else:
            self.look = Missing(error.what, error.why, error.remedy, is_fault=True)

    def move(self, steps: int) -> bool:
        """Move the cursor; says whether there is a step there."""
        if self.drill is None:
            return False
        names = [each.name for each in self.drill.steps]
        place = names.index(self.cursor) + steps
        if not 0 <= place < len(names):
            return False
        self.cursor = names[place]
        return True

    def _follow(self, before: GuidedDrill | None, drill: GuidedDrill) -> bool:
        """Move the cursor on where it stood on the step at hand, and that is another one now."""
        current = drill.current
        was = before.current if before is not None else None
        if not self.cursor:
            self.cursor = (current or drill.steps[-1]).name
            return True
        if current is None or was is None or was.name == current.name or self.cursor != was.name:
            return False
        self.cursor = current.name
        return True
