"""Adds up readings of ``pg_stat_statements`` to whole minutes of the costliest statements. Pure."""

from __future__ import annotations

from datetime import datetime
from heapq import nlargest

from core.model.statements import StatementKey, Statements
from core.store.statements import StatementMinute


class MinuteSum:
    """Readings go in as they come; each minute's costliest statements come out when it is over."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._minute: datetime | None = None
        self._sums: dict[StatementKey, tuple[int, float, int]] = {}

    def add(self, at: datetime, reading: Statements) -> tuple[StatementMinute, ...]:
        """Count ``reading``, taken at ``at``; what is complete now, costliest first.

        A reading belongs to the minute in which its interval began: what it counts ran since then.
        """
        minute = (reading.since or at).replace(second=0, microsecond=0)
        complete = self.flush() if minute != self._minute else ()
        self._minute = minute
        for delta in reading.top:
            calls, total_ms, rows = self._sums.get(delta.key, (0, 0.0, 0))
            self._sums[delta.key] = (
                calls + delta.calls,
                total_ms + delta.total_ms,
                rows + delta.rows,
            )
        return complete

    def flush(self) -> tuple[StatementMinute, ...]:
        """What was counted of the minute so far, which then begins anew: for an orderly end."""
        if self._minute is None:
            return ()
        minute, sums = self._minute, self._sums
        self._sums = {}
        return tuple(
            StatementMinute(minute, key, *figures)
            for key, figures in nlargest(self._most, sums.items(), key=lambda item: item[1][1])
            if figures[0] > 0
        )
