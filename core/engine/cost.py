"""What pgvigil costs a server, and how much less often it must ask to stay within its budget."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median_low

from core.model.cost import SelfCost
from core.model.snapshot import Subject

_WINDOW_SECONDS = 60.0
_LATEST = 5
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
        self._latest: dict[Subject, deque[float]] = {}

    def spend(self, now: float, expense: Expense, subject: Subject | None = None) -> None:
        """Note what a question cost; ``subject`` where it is one that comes again."""
        self._spent.append((now, expense))
        if subject is not None:
            latest = self._latest.setdefault(subject, deque(maxlen=_LATEST))
            latest.append(expense.server_ms)

    def slowdown(self, paces: Mapping[Subject, float]) -> float:
        """By how much to stretch ``paces`` (seconds, unstretched) to stay within the budget.

        Drawn from the median of each question's latest costs and how often it would be put, not
        from the minute behind: so it neither overshoots nor swings, and the first answer after a
        connection, from cold caches, weighs little. From 1.0 to 15.0.
        """
        projected = sum(
            median_low(self._latest[subject]) * 60.0 / pace
            for subject, pace in paces.items()
            if subject in self._latest
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
