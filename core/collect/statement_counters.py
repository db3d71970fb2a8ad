"""The arithmetic of pg_stat_statements: what happened between two readings of its counters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core.model.statements import StatementDelta, StatementKey
from core.postgres.session import Row


class Counters(NamedTuple):
    """A row of statements.sql: an entry's counters since it was made; times in milliseconds.

    ``since`` is when the entry was made, in seconds since 1970, or 0 where that is not known.
    """

    user_id: int
    database_id: int
    query_id: int
    toplevel: bool
    calls: int
    total_ms: float
    mean_ms: float
    stddev_ms: float
    max_ms: float
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
    since: float


Readings = Mapping[Row, Row]
"""Rows of statements.sql by their first four columns, which identify an entry."""

_CALLS = Counters._fields.index("calls")
_SINCE = Counters._fields.index("since")
_SIGNIFICANT = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that was executed within an interval: its counters at both ends.

    ``then`` is ``None`` for an entry that is new, or that was made anew in between (evicted or
    reset, and executed again): all that it counts happened within the interval.
    """

    now: Counters
    then: Counters | None

    @property
    def calls(self) -> int:
        """Executions within the interval."""
        return self.now.calls - (self.then.calls if self.then else 0)

    @property
    def total_ms(self) -> float:
        """Execution time within the interval, in milliseconds."""
        return self.now.total_ms - (self.then.total_ms if self.then else 0.0)


def readings(rows: Iterable[Row]) -> Readings:
    """Rows by identity; those whose query id is hidden from the role are left out."""
    return {row[:4]: row for row in rows if row[2] is not None}


def changes(earlier: Readings, later: Readings) -> list[Change]:
    """The entries that were executed between two readings."""
    found = []
    for identity, row in later.items():
        before = earlier.get(identity)
        if before is None:
            found.append(Change(Counters(*row), None))
        elif before[_CALLS] != row[_CALLS] or before[_SINCE] != row[_SINCE]:
            now, then = Counters(*row), Counters(*before)
            found.append(Change(now, None if _made_anew(now, then) else then))
    return found


def vanished_share(earlier: Readings, later: Readings) -> float:
    """The part of the earlier entries that is gone, 0.0 to 1.0."""
    gone = sum(identity not in later for identity in earlier)
    return gone / len(earlier) if earlier else 0.0


def _made_anew(now: Counters, then: Counters) -> bool:
    return now.calls < then.calls or now.total_ms < then.total_ms or now.since != then.since


def stddev_within(now: Counters, then: Counters | None) -> float | None:
    """The standard deviation of the executions within the interval, in milliseconds.

    PostgreSQL keeps n, the mean and the population's standard deviation s of all executions, so
    their sum of squared differences is M = n s². For two disjoint sets a and b, M = Ma + Mb +
    (mean_b - mean_a)² na nb / n (Chan, Golub, LeVeque 1979, Updating Formulae and a Pairwise
    Algorithm for Computing Sample Variances). That gives Mb for the interval. ``None`` with fewer
    than two executions, or where Mb is lost in the rounding of M.
    """
    if then is None:
        return now.stddev_ms if now.calls > 1 else None
    calls = now.calls - then.calls
    if calls < 2:
        return None
    mean = (now.total_ms - then.total_ms) / calls
    whole = now.calls * now.stddev_ms**2
    between = (mean - then.mean_ms) ** 2 * then.calls * calls / now.calls
    within = whole - then.calls * then.stddev_ms**2 - between
    if within < _SIGNIFICANT * whole:
        return None
    return math.sqrt(within / calls)


def statement_delta(
    change: Change, *, role: str, database: str, text: str, is_pgvigil: bool
) -> StatementDelta:
    """What one entry did within the interval."""
    now, then = change.now, change.then
    old = then or Counters(*now[:4], *([0] * (len(now) - 4)))
    calls = change.calls
    return StatementDelta(
        key=StatementKey(now.user_id, now.database_id, now.query_id, now.toplevel),
        role=role,
        database=database,
        text=text,
        calls=calls,
        total_ms=change.total_ms,
        mean_ms=change.total_ms / calls if calls else 0.0,
        stddev_ms=stddev_within(now, then),
        max_ms_ever=now.max_ms,
        rows=now.rows - old.rows,
        plan_ms=now.plan_ms - old.plan_ms,
        shared_blocks_hit=now.shared_blocks_hit - old.shared_blocks_hit,
        shared_blocks_read=now.shared_blocks_read - old.shared_blocks_read,
        shared_blocks_dirtied=now.shared_blocks_dirtied - old.shared_blocks_dirtied,
        shared_blocks_written=now.shared_blocks_written - old.shared_blocks_written,
        temp_blocks_read=now.temp_blocks_read - old.temp_blocks_read,
        temp_blocks_written=now.temp_blocks_written - old.temp_blocks_written,
        read_ms=now.read_ms - old.read_ms,
        write_ms=now.write_ms - old.write_ms,
        wal_bytes=now.wal_bytes - old.wal_bytes,
        is_pgvigil=is_pgvigil,
    )
