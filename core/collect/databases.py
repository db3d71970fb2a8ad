"""What happened in each database, and how large each is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from core.collect.collector import Bill, Reading, unknown_when_refused
from core.collect.statement_files import server_sql
from core.config.settings import CollectSettings, Pace
from core.model.databases import DatabaseDelta, Databases
from core.model.series import Metric, Sample
from core.model.snapshot import Subject
from core.model.unknown import Unknown
from core.postgres.capabilities import Capabilities
from core.postgres.failure import QuestionError
from core.postgres.session import Session
from core.postgres.text import visible_identifier


class Counters(NamedTuple):
    """A row of databases.sql: counters since ``stats_reset``; times in seconds since 1970."""

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
    stats_reset: float | None
    at: float


Sizes = dict[int, int | Unknown]

_NOT_YET = Unknown("the size was not read yet")


class DatabasesCollector:
    """Takes the difference between two readings of ``pg_stat_database``; reads sizes seldom."""

    subject = Subject.DATABASES

    def __init__(self, capabilities: Capabilities, settings: CollectSettings) -> None:
        self._capabilities = capabilities
        self._settings = settings
        self._earlier: dict[int, Counters] = {}
        self._sizes: Sizes = {}
        self._sizes_taken_at: datetime | None = None
        self._one_by_one = False

    def pace(self, settings: CollectSettings) -> Pace:
        """How often the question is put."""
        return settings.databases

    @unknown_when_refused
    async def collect(self, session: Session, now: datetime) -> Reading:
        """Say what happened since the last reading; the first is a baseline, the next due soon."""
        bill = Bill()
        answer = bill.add(await session.ask(server_sql("databases", self._capabilities.major)))
        earlier = self._earlier
        self._earlier = {row[0]: Counters(*row) for row in answer.rows}
        # Sizes are slow to read, so the counters of a first reading do not wait for them.
        if earlier and self._sizes_are_due(now):
            self._sizes = await self._measure(session, list(self._earlier), bill)
            self._sizes_taken_at = now
        body = databases_from(earlier, self._earlier, self._sizes, self._sizes_taken_at, now)
        return bill.reading(
            body,
            samples_from_databases(body, now),
            again_after=None if earlier else self._settings.first_interval_seconds,
        )

    def _sizes_are_due(self, now: datetime) -> bool:
        if self._sizes_taken_at is None:
            return True
        age = (now - self._sizes_taken_at).total_seconds()
        return age >= self._settings.database_sizes_seconds or age < 0

    async def _measure(self, session: Session, database_ids: list[int], bill: Bill) -> Sizes:
        """All sizes by one question; once that took too long, each by its own."""
        together = [database_ids]
        alone = [[database_id] for database_id in database_ids]
        sizes: Sizes = {}
        for group in alone if self._one_by_one else together:
            try:
                sizes |= await self._sizes_of(session, group, bill)
            except QuestionError as error:
                self._one_by_one = True
                sizes |= dict.fromkeys(group, Unknown(error.what, error.remedy))
        return sizes

    async def _sizes_of(self, session: Session, database_ids: list[int], bill: Bill) -> Sizes:
        answer = await session.ask(
            server_sql("database_sizes", self._capabilities.major), {"database_ids": database_ids}
        )
        bill.add(answer)
        return {
            database_id: _size(size, name, self._capabilities, may_see=may_see)
            for database_id, may_see, size, name in answer.rows
        }


def databases_from(
    earlier: dict[int, Counters],
    later: dict[int, Counters],
    sizes: Sizes,
    sizes_taken_at: datetime | None,
    now: datetime,
) -> Databases:
    """What happened between two readings; with none earlier, all counts are zero."""
    seconds = 0.0
    if earlier and later:
        seconds = next(iter(later.values())).at - next(iter(earlier.values())).at
    return Databases(
        since=now - timedelta(seconds=seconds) if earlier else None,
        seconds=seconds,
        databases=tuple(
            _delta(counters, earlier.get(counters.database_id), sizes, first=not earlier)
            for counters in sorted(later.values(), key=lambda counters: counters.name)
        ),
        sizes_taken_at=sizes_taken_at,
    )


def samples_from_databases(body: Databases, at: datetime) -> tuple[Sample, ...]:
    """The series that one interval adds to, summed over the databases."""
    values: dict[Metric, float] = {}
    databases = body.databases
    if body.since is not None and body.seconds > 0:
        blocks = sum(each.blocks_hit + each.blocks_read for each in databases)
        values = {
            Metric.DATABASES_COMMITS_PER_SECOND: _rate(body, (d.commits for d in databases)),
            Metric.DATABASES_ROLLBACKS_PER_SECOND: _rate(body, (d.rollbacks for d in databases)),
            Metric.DATABASES_TEMP_BYTES_PER_SECOND: _rate(body, (d.temp_bytes for d in databases)),
            Metric.DATABASES_DEADLOCKS: sum(each.deadlocks for each in databases),
        }
        if blocks:
            hit = sum(each.blocks_hit for each in databases)
            values[Metric.DATABASES_CACHE_HIT_RATIO] = hit / blocks
    sizes = [each.size_bytes for each in databases if not isinstance(each.size_bytes, Unknown)]
    if sizes and len(sizes) == len(databases) and body.sizes_taken_at == at:
        values[Metric.DATABASES_SIZE_BYTES] = sum(sizes)
    return tuple(Sample(metric, at, float(value)) for metric, value in values.items())


def _rate(body: Databases, counts: Iterable[int]) -> float:
    return sum(counts) / body.seconds


def _delta(now: Counters, then: Counters | None, sizes: Sizes, *, first: bool) -> DatabaseDelta:
    if first:
        then = now
    elif then is None or _was_reset(now, then):
        # All that it counts happened since.
        then = now._replace(
            commits=0,
            rollbacks=0,
            blocks_hit=0,
            blocks_read=0,
            temp_files=0,
            temp_bytes=0,
            deadlocks=0,
            rows_returned=0,
            rows_fetched=0,
            rows_changed=0,
        )
    reset = None if now.stats_reset is None else datetime.fromtimestamp(now.stats_reset, UTC)
    return DatabaseDelta(
        database_id=now.database_id,
        name=now.name,
        backends=now.backends,
        commits=now.commits - then.commits,
        rollbacks=now.rollbacks - then.rollbacks,
        blocks_hit=now.blocks_hit - then.blocks_hit,
        blocks_read=now.blocks_read - then.blocks_read,
        temp_files=now.temp_files - then.temp_files,
        temp_bytes=now.temp_bytes - then.temp_bytes,
        deadlocks=now.deadlocks - then.deadlocks,
        rows_returned=now.rows_returned - then.rows_returned,
        rows_fetched=now.rows_fetched - then.rows_fetched,
        rows_changed=now.rows_changed - then.rows_changed,
        size_bytes=sizes.get(now.database_id, _NOT_YET),
        stats_reset=reset,
    )


def _was_reset(now: Counters, then: Counters) -> bool:
    return (
        now.stats_reset != then.stats_reset
        or now.commits < then.commits
        or now.rows_returned < then.rows_returned
        or now.blocks_hit < then.blocks_hit
    )


def _size(
    size: int | None, name: str, capabilities: Capabilities, *, may_see: bool
) -> int | Unknown:
    if not may_see:
        return Unknown(
            "the role may neither connect to the database nor read all statistics",
            f"{capabilities.to_grant('pg_monitor')}"
            f" (or GRANT CONNECT ON DATABASE {visible_identifier(name)})",
        )
    return Unknown("the database is gone") if size is None else size
