"""What the statements of an interval cost, from ``pg_stat_statements``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.model.statement_key import StatementKey
from core.model.unknown import Unknown

__all__ = ["StatementDelta", "StatementKey", "StatementPoint", "Statements"]


@dataclass(frozen=True, slots=True)
class StatementDelta:
    """One statement's work within an interval; times in milliseconds, blocks of ``block_size``.

    ``stddev_ms`` is the spread of single executions within the interval, derived from the two
    cumulative standard deviations; ``None`` where the interval is too short to tell.
    """

    key: StatementKey
    role: str
    database: str
    text: str
    calls: int
    total_ms: float
    mean_ms: float
    stddev_ms: float | None
    max_ms_ever: float
    rows: int
    plan_ms: float
    shared_blocks_hit: int
    shared_blocks_read: int
    shared_blocks_dirtied: int
    shared_blocks_written: int
    temp_blocks_read: int
    temp_blocks_written: int
    read_ms: float
    write_ms: float
    wal_bytes: int
    is_pgvigil: bool = False


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements that ran between two readings, costliest first.

    ``total_ms`` and ``calls`` sum over every statement, also those that ``top`` leaves out.
    ``since`` is ``None`` in the first reading after a (re)baseline: then nothing can be said yet
    and ``rebaselined`` says why.
    """

    since: datetime | None
    seconds: float
    total_ms: float
    calls: int
    top: tuple[StatementDelta, ...]
    tracked: int
    tracked_max: int
    evictions: int | Unknown
    stats_reset: datetime | Unknown
    block_size: int = 8192
    rebaselined: str = ""
    extension_version: str = ""
    details: Unknown | None = None
    """Why other roles' statements are hidden, when they are."""
    hidden: int = 0
    """Statements that the role may not see: the sums lack what they did."""

    def find(self, key: StatementKey) -> StatementDelta | None:
        """The listed statement with this key."""
        return next((each for each in self.top if each.key == key), None)

    @property
    def own_calls(self) -> int:
        """Calls of pgvigil's own questions among those listed."""
        return sum(each.calls for each in self.top if each.is_pgvigil)

    @property
    def own_ms(self) -> float:
        """Milliseconds that pgvigil's own questions took, among those listed."""
        return sum(each.total_ms for each in self.top if each.is_pgvigil)

    @property
    def others_calls(self) -> int:
        """Calls of everybody else whose statements the role may see, however short the interval."""
        return max(0, self.calls - self.own_calls)

    @property
    def others_ms(self) -> float:
        """Milliseconds that everybody else's statements took."""
        return max(0.0, self.total_ms - self.own_ms) if self.others_calls else 0.0

    def share(self, statement: StatementDelta) -> float:
        """``statement``'s part of the interval's execution time, 0.0 to 1.0."""
        return statement.total_ms / self.total_ms if self.total_ms > 0 else 0.0


@dataclass(frozen=True, slots=True)
class StatementPoint:
    """One statement in one bucket of its history; ``at`` is where the bucket begins."""

    at: datetime
    calls: int
    total_ms: float
    mean_ms: float
    rows: int
