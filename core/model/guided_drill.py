"""A guided drill: a person restores by a runbook, against the clock, and it is written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.model.restore_draft import Symptom

CLOCK = "pgvigil"
"""Who notes what no person did: such as that a clock was set back."""
SET_BACK_SECONDS = 2.0
"""By so much the clocks of two hosts may differ before it is told."""


class GuidedState(StrEnum):
    """How a guided drill stands; while it is paused its clock goes on, and nobody works on it."""

    OPEN = "open"
    PAUSED = "paused"
    OVER = "over"


class Ending(StrEnum):
    """How it ended: by a verdict on what was restored, or closed without one."""

    VERDICT = "verdict"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class GuidedStep:
    """A step of a runbook: what is done and why, and with which commands.

    ``commands`` are those of the drill, which touch nothing live; ``on_the_day`` what is typed
    instead when it is no drill. At a step that ``restores`` the wizard opens.
    """

    name: str
    title: str
    told: str
    commands: tuple[str, ...] = ()
    on_the_day: tuple[str, ...] = ()
    restores: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A step that is done; ``seconds`` after the drill's beginning, as in all that follows."""

    step: str
    who: str
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class DrillNote:
    """What somebody wrote down."""

    who: str
    at: datetime
    seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class Handover:
    """The drill went from one person's hands into another's; ``who`` did it, either of them."""

    before: str
    after: str
    who: str
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Nobody worked on it; ``until`` is ``None`` for as long as that lasts."""

    who: str
    at: datetime
    seconds: float
    until: float | None = None


@dataclass(frozen=True, slots=True)
class GuidedDrill:
    """A guided drill as it stands.

    ``drill_id`` is also that of its record in the history. ``who`` on ``host`` began it, in
    ``holder``'s hands it is. Its clock stood at ``seconds`` when something was last noted, which
    was at ``noted_at``. ``restores`` are the operations that were made in it; the last one counts.
    ``revision`` counts what was written down. ``ended_by`` and ``why`` are of its end.
    """

    drill_id: str
    server_id: str
    symptom: Symptom
    who: str
    host: str
    holder: str
    started_at: datetime
    noted_at: datetime
    steps: tuple[GuidedStep, ...]
    seconds: float = 0.0
    state: GuidedState = GuidedState.OPEN
    revision: int = 0
    ticks: tuple[Tick, ...] = ()
    notes: tuple[DrillNote, ...] = ()
    handovers: tuple[Handover, ...] = ()
    pauses: tuple[Pause, ...] = ()
    restores: tuple[str, ...] = ()
    ending: Ending | None = None
    ended_by: str = ""
    why: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state is GuidedState.OVER

    @property
    def current(self) -> GuidedStep | None:
        """The first step that is not ticked; ``None`` where all are."""
        return next((each for each in self.steps if self.tick_of(each.name) is None), None)

    @property
    def open_steps(self) -> tuple[GuidedStep, ...]:
        """The steps that are not ticked."""
        return tuple(each for each in self.steps if self.tick_of(each.name) is None)

    def step(self, name: str) -> GuidedStep | None:
        """The step of a name."""
        return next((each for each in self.steps if each.name == name), None)

    def tick_of(self, name: str) -> Tick | None:
        """Who ticked a step, and when."""
        return next((each for each in self.ticks if each.step == name), None)

    @property
    def paused_seconds(self) -> float:
        """For how long nobody worked on it, up to ``seconds``."""
        ended = (self.seconds if each.until is None else each.until for each in self.pauses)
        return sum(
            max(0.0, until - each.seconds) for until, each in zip(ended, self.pauses, strict=True)
        )

    def clock_at(self, now: datetime, measured: float = 0.0) -> float:
        """Where its clock stands in seconds; it never goes back, and ends with the drill.

        ``measured`` is what somebody's clock shows who has seen it run without a break: a clock
        that was set back meanwhile does not shorten the drill.
        """
        if self.is_over:
            return self.seconds
        passed = (now - self.noted_at).total_seconds()
        return max(self.seconds + max(0.0, passed), measured)

    def at(self, now: datetime, measured: float = 0.0) -> GuidedDrill:
        """It with its clock at ``now``; that the clock was set back meanwhile is noted."""
        seconds = self.clock_at(now, measured)
        back = (self.noted_at - now).total_seconds()
        notes = self.notes
        if back > SET_BACK_SECONDS:
            told = f"the clock was {back:.0f} s behind the last entry: set back, or another host's"
            notes = (*notes, DrillNote(CLOCK, now, seconds, told))
        return replace(self, seconds=seconds, noted_at=now, notes=notes)


@dataclass(frozen=True, slots=True)
class SeenDrill:
    """A drill as the store has it, and the moment by the store's clock."""

    drill: GuidedDrill
    now: datetime

    @property
    def seconds(self) -> float:
        """Where the drill's clock stands."""
        return self.drill.clock_at(self.now)

    @property
    def silent_seconds(self) -> float:
        """For how long nothing was noted in it."""
        return max(0.0, (self.now - self.drill.noted_at).total_seconds())
