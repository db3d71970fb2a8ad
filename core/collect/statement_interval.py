"""Pure: two readings of pg_stat_statements in, what the interval between them cost out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.collect.statement_counters import Change, Readings, vanished_share
from core.model.series import Metric, Sample
from core.model.statements import StatementDelta, Statements
from core.model.unknown import Unknown
from core.postgres.capabilities import Capabilities

_MOST_VANISH_WITHOUT_RESET = 0.5


@dataclass(frozen=True, slots=True)
class Taken:
    """One reading of the counters; times in seconds since 1970 by the server's clock.

    ``evictions`` and ``stats_reset`` are ``None`` before version 1.9 of the extension; ``hidden``
    counts the statements that the role may not see.
    """

    at: float
    server_started: float
    tracked: int
    tracked_max: int
    block_size: int
    evictions: int | None
    stats_reset: float | None
    entries: Readings
    hidden: int
    extension_version: str


def incomparable(earlier: Taken, taken: Taken) -> str:
    """Why no difference can be taken between two readings; empty when it can."""
    if taken.server_started != earlier.server_started:
        return "the server was restarted"
    if taken.stats_reset != earlier.stats_reset:
        return "the statistics were reset"
    if taken.stats_reset is None:
        gone = vanished_share(earlier.entries, taken.entries)
        if gone > _MOST_VANISH_WITHOUT_RESET:
            return "most entries are gone: the statistics were reset"
    if taken.at <= earlier.at:
        return "the server's clock was set back"
    return ""


def baseline(taken: Taken, reason: str, details: Unknown | None) -> Statements:
    """What can be said of a first reading: nothing yet, and why."""
    return Statements(
        since=None,
        seconds=0.0,
        total_ms=0.0,
        calls=0,
        top=(),
        tracked=taken.tracked,
        tracked_max=taken.tracked_max,
        evictions=Unknown("a first reading has nothing to compare with"),
        stats_reset=_stats_reset(taken),
        block_size=taken.block_size,
        rebaselined=reason,
        extension_version=taken.extension_version,
        details=details,
        hidden=taken.hidden,
    )


def interval(
    earlier: Taken,
    taken: Taken,
    changed: Sequence[Change],
    *,
    top: tuple[StatementDelta, ...],
    details: Unknown | None,
    now: datetime,
) -> Statements:
    """What all ``changed`` entries cost between two readings, ``top`` of them listed."""
    seconds = taken.at - earlier.at
    evictions: int | Unknown = _not_told(taken)
    if taken.evictions is not None and earlier.evictions is not None:
        evictions = taken.evictions - earlier.evictions
    return Statements(
        since=now - timedelta(seconds=seconds),
        seconds=seconds,
        total_ms=sum(change.total_ms for change in changed),
        calls=sum(change.calls for change in changed),
        top=top,
        tracked=taken.tracked,
        tracked_max=taken.tracked_max,
        evictions=evictions,
        stats_reset=_stats_reset(taken),
        block_size=taken.block_size,
        extension_version=taken.extension_version,
        details=details,
        hidden=taken.hidden,
    )


def samples_from_statements(body: Statements, at: datetime) -> tuple[Sample, ...]:
    """The series that one interval adds to; none for a baseline."""
    if body.since is None or body.seconds <= 0:
        return ()
    values = {
        Metric.STATEMENTS_CALLS_PER_SECOND: body.calls / body.seconds,
        Metric.STATEMENTS_LOAD_MS_PER_SECOND: body.total_ms / body.seconds,
    }
    if body.calls:
        values[Metric.STATEMENTS_MEAN_MS] = body.total_ms / body.calls
    return tuple(Sample(metric, at, value) for metric, value in values.items())


def _stats_reset(taken: Taken) -> datetime | Unknown:
    if taken.stats_reset is None:
        return _not_told(taken)
    return datetime.fromtimestamp(taken.stats_reset, UTC)


def _not_told(taken: Taken) -> Unknown:
    return Unknown(
        f"pg_stat_statements {taken.extension_version} does not say; 1.9 and later do",
        "ALTER EXTENSION pg_stat_statements UPDATE (PostgreSQL 14 or later)",
    )


def hidden(taken: Taken, capabilities: Capabilities) -> Unknown | None:
    """That other roles' statements are hidden from the role, when they are."""
    if not taken.hidden:
        return None
    counted = "1 statement" if taken.hidden == 1 else f"{taken.hidden} statements"
    return Unknown(
        f"{counted} of other roles {'is' if taken.hidden == 1 else 'are'} hidden from this role",
        capabilities.to_grant("pg_monitor"),
    )
