"""Time series: what is drawn over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Metric(StrEnum):
    """The series that pgvigil keeps for each server, with their unit at the end of the name."""

    CONNECTIONS_TOTAL = "connections.total"
    CONNECTIONS_ACTIVE = "connections.active"
    CONNECTIONS_IDLE = "connections.idle"
    CONNECTIONS_IDLE_IN_TRANSACTION = "connections.idle_in_transaction"
    CONNECTIONS_WAITING_ON_LOCK = "connections.waiting_on_lock"
    CONNECTIONS_USABLE = "connections.usable"
    STATEMENTS_CALLS_PER_SECOND = "statements.calls_per_second"
    STATEMENTS_LOAD_MS_PER_SECOND = "statements.load_ms_per_second"
    STATEMENTS_MEAN_MS = "statements.mean_ms"
    STATEMENTS_SLOW_CALLS = "statements.slow_calls"
    DATABASES_COMMITS_PER_SECOND = "databases.commits_per_second"
    DATABASES_ROLLBACKS_PER_SECOND = "databases.rollbacks_per_second"
    DATABASES_CACHE_HIT_RATIO = "databases.cache_hit_ratio"
    DATABASES_TEMP_BYTES_PER_SECOND = "databases.temp_bytes_per_second"
    DATABASES_DEADLOCKS = "databases.deadlocks"
    DATABASES_SIZE_BYTES = "databases.size_bytes"
    BACKUPS_FULL_BYTES = "backups.full_bytes"
    BACKUPS_INCREMENTAL_BYTES = "backups.incremental_bytes"
    BACKUPS_OTHER_BYTES = "backups.other_bytes"
    SELF_SERVER_MS_PER_MINUTE = "self.server_ms_per_minute"


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series, in the unit that the metric's name ends with."""

    metric: Metric
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket of a series as it is charted: ``at`` is the bucket's start."""

    at: datetime
    low: float
    mean: float
    high: float


@dataclass(frozen=True, slots=True)
class Series:
    """A metric over a span, in equal buckets; buckets without a sample are left out.

    ``metric`` is ``None`` where it was put together of something else than samples.
    """

    metric: Metric | None
    start: datetime
    end: datetime
    bucket_seconds: float
    points: tuple[Point, ...]
