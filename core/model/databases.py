"""What happened in each database of a server within an interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class DatabaseDelta:
    """One database's counters within the interval, from ``pg_stat_database``; times in ms."""

    database_id: int
    name: str
    backends: int
    commits: int
    rollbacks: int
    blocks_hit: int
    blocks_read: int
    temp_files: int
    temp_bytes: int
    deadlocks: int
    rows_returned: int
    rows_fetched: int
    rows_changed: int
    size_bytes: int | Unknown
    stats_reset: datetime | None = None

    @property
    def error_rate(self) -> float | None:
        """Rollbacks divided by transactions; ``None`` when there were none."""
        transactions = self.commits + self.rollbacks
        return self.rollbacks / transactions if transactions else None

    @property
    def cache_hit_rate(self) -> float | None:
        """Blocks found in shared buffers divided by blocks asked for; ``None`` when none were."""
        blocks = self.blocks_hit + self.blocks_read
        return self.blocks_hit / blocks if blocks else None


@dataclass(frozen=True, slots=True)
class DatabasePoint:
    """One database at one moment of its history; rates per second of the interval before it.

    ``None`` is what that reading could not tell.
    """

    at: datetime
    backends: int
    commits: float | None
    rollbacks: float | None
    cache_hit_rate: float | None
    temp_bytes: float | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Databases:
    """All databases within an interval; ``since`` is ``None`` in the first reading."""

    since: datetime | None
    seconds: float
    databases: tuple[DatabaseDelta, ...]
    sizes_taken_at: datetime | None = None

    def find(self, database_id: int) -> DatabaseDelta | None:
        """The database with this oid."""
        return next((each for each in self.databases if each.database_id == database_id), None)

    def per_second(self, counted: float) -> float | None:
        """A counter's rate in the interval; ``None`` in the first reading."""
        return counted / self.seconds if self.since is not None and self.seconds > 0 else None
