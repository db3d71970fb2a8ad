"""The calendar of drills: what is due in each week, month and quarter, and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Cadence(StrEnum):
    """How often something is due: once in each of these, by UTC's calendar; weeks begin Monday."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class PeriodState(StrEnum):
    """What was done in a period.

    ``OPEN`` is the present one as long as nothing was done in it; ``UNKNOWN`` one of which nothing
    is known that could have been drilled.
    """

    DONE = "done"
    MISSED = "objective missed"
    FAILED = "failed"
    NONE = "not done"
    OPEN = "still to do"
    UNKNOWN = "not known"

    @property
    def is_done(self) -> bool:
        """Whether what was due is done, also where an objective was not met."""
        return self in {PeriodState.DONE, PeriodState.MISSED}


@dataclass(frozen=True, slots=True)
class Period:
    """A week, month, quarter or year: from ``start`` until before ``end``."""

    start: date
    end: date
    state: PeriodState


@dataclass(frozen=True, slots=True)
class DrillDay:
    """Drills of one kind that ended with one status on one day; as the store has the words."""

    day: date
    kind: str
    status: str


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of drill that is due once in each period; the periods oldest first, the last is now.

    ``done_on`` is when it was last done, as far back as the calendar goes.
    """

    kind: str
    every: Cadence
    periods: tuple[Period, ...]
    done_on: date | None = None

    @property
    def now(self) -> Period:
        """The present period."""
        return self.periods[-1]

    @property
    def overdue_since(self) -> date | None:
        """The first day on which it was late; ``None`` where it is not.

        A period that is over counts only where all of it could have been drilled.
        """
        if self.now.state.is_done:
            return None
        since = None
        for period in reversed(self.periods[:-1]):
            if period.state.is_done or period.state is PeriodState.UNKNOWN:
                break
            since = period.end
        return since
