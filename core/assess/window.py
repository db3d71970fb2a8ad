"""Counters summed over the last minutes, so that a rate is drawn from enough events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.model.databases import Databases


@dataclass(frozen=True, slots=True)
class DatabaseSums:
    """What happened in one database over the window."""

    commits: int = 0
    rollbacks: int = 0
    blocks_hit: int = 0
    blocks_read: int = 0
    deadlocks: int = 0


@dataclass(frozen=True, slots=True)
class DatabaseWindow:
    """The readings of the last minutes, oldest first."""

    readings: tuple[tuple[datetime, dict[str, DatabaseSums]], ...] = ()

    def with_reading(self, at: datetime, databases: Databases, minutes: float) -> DatabaseWindow:
        """The window after a new reading, without what is older than ``minutes``.

        What is newer than the new reading goes too: the clock was set back since.
        """
        oldest = at - timedelta(minutes=minutes)
        kept = tuple(reading for reading in self.readings if oldest < reading[0] <= at)
        if databases.since is None or (kept and kept[-1][0] == at):
            return DatabaseWindow(kept)
        sums = {
            delta.name: DatabaseSums(
                delta.commits,
                delta.rollbacks,
                delta.blocks_hit,
                delta.blocks_read,
                delta.deadlocks,
            )
            for delta in databases.databases
        }
        return DatabaseWindow((*kept, (at, sums)))

    def totals(self) -> Iterator[tuple[str, DatabaseSums]]:
        """Each database's sums over the window, by name."""
        names = {name for _, sums in self.readings for name in sums}
        for name in sorted(names):
            parts = [sums[name] for _, sums in self.readings if name in sums]
            yield (
                name,
                DatabaseSums(
                    commits=sum(part.commits for part in parts),
                    rollbacks=sum(part.rollbacks for part in parts),
                    blocks_hit=sum(part.blocks_hit for part in parts),
                    blocks_read=sum(part.blocks_read for part in parts),
                    deadlocks=sum(part.deadlocks for part in parts),
                ),
            )


@dataclass(frozen=True, slots=True)
class SlowHour:
    """How many slow executions each minute of the last hour had."""

    minutes: tuple[tuple[datetime, int], ...] = ()

    def with_calls(self, at: datetime, calls: int) -> SlowHour:
        """The hour after ``calls`` more slow executions at ``at``."""
        oldest = at - timedelta(hours=1)
        kept = [entry for entry in self.minutes if oldest < entry[0] <= at]
        if calls:
            minute = at.replace(second=0, microsecond=0)
            if kept and kept[-1][0] == minute:
                calls += kept.pop()[1]
            kept.append((minute, calls))
        return SlowHour(tuple(kept))

    @property
    def total(self) -> int:
        """Slow executions in the hour."""
        return sum(calls for _, calls in self.minutes)
