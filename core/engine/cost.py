"""What pgvigil costs a server, and how much less often it must ask to stay within its budget."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from core.model.cost import SelfCost
from core.model.snapshot import Subject

_WINDOW_SECONDS = 60.0
_WEIGHT = 0.3
_MOST = 15.0


@dataclass(frozen=True, slots=True)
class Expense:
    """What one question cost: server time in ms, rows, statements."""

    server_ms: float
    rows: int
    statements: int


class CostMeter:
    """Adds up the last minute, and knows what each question usually costs; monotonic seconds."""

    def __init__(self, budget_ms: float) -> None:
        self._budget_ms = budget_ms
        self._spent: deque[tuple[float, Expense]] = deque()
        self._usual_ms: dict[Subject, float] = {}

    def spend(self, now: float, expense: Expense, subject: Subject | None = None) -> None:
        """Note what a question cost; ``subject`` where it is one that comes again."""
        self._spent.append((now, expense))
        if subject is not None:
            usual = self._usual_ms.get(subject, expense.server_ms)
            self._usual_ms[subject] = usual + _WEIGHT * (expense.server_ms - usual)

    def slowdown(self, paces: Mapping[Subject, float]) -> float:
        """By how much to stretch ``paces`` (seconds, unstretched) to stay within the budget.

        Drawn from what each question usually costs and how often it would be put, not from the
        minute behind: so it neither overshoots nor swings. From 1.0 to 15.0.
        """
        projected = sum(
            self._usual_ms.get(subject, 0.0) * 60.0 / pace for subject, pace in paces.items()
        )
        return round(min(_MOST, max(1.0, projected / self._budget_ms)), 1)

    def last_minute(self, now: float, slowdown: float) -> SelfCost:
        """The cost of the minute before ``now``."""
        while self._spent and self._spent[0][0] <= now - _WINDOW_SECONDS:
            self._spent.popleft()
        expenses = [expense for _, expense in self._spent]
        return SelfCost(
            server_ms=sum(expense.server_ms for expense in expenses),
            rows=sum(expense.rows for expense in expenses),
            statements=sum(expense.statements for expense in expenses),
            budget_ms=self._budget_ms,
            slowdown=slowdown,
        )
