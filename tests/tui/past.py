"""The hour before a frame, as charts draw it: calm at first, then more and more as in the frame."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from core.collect.connections import samples_from_connections
from core.collect.databases import samples_from_databases
from core.model.backup import BackupKind
from core.model.connections import Connections
from core.model.cost import SelfCost
from core.model.databases import DatabaseDelta, DatabasePoint, Databases
from core.model.series import Metric, Sample
from core.model.snapshot import Frame, Taken
from core.model.statements import StatementKey, Statements
from core.model.unknown import Unknown
from core.store.statements import StatementMinute
from tests.tui import frames

PACE = timedelta(seconds=15)
BEGAN = frames.seconds_ago(9 * 60)
"""When what the frame shows began: the oldest transaction of the incident is seven minutes old."""

_RIPPLE = (0, 1, -1, 2, 0, -2, 1, 0)
_RIPPLING = {Metric.CONNECTIONS_TOTAL, Metric.CONNECTIONS_ACTIVE}

T = TypeVar("T")


def moments(start: datetime, end: datetime, pace: timedelta = PACE) -> Iterator[datetime]:
    """Every moment at which something was recorded, the last one at ``end``."""
    count = int((end - start) / pace)
    yield from (end - n * pace for n in range(count, -1, -1))


def samples(
    frame: Frame, start: datetime, end: datetime, wanted: Collection[Metric] = frozenset(Metric)
) -> Iterator[Sample]:
    """What was recorded from ``start`` to ``end``; the frame's figures at its own moment."""
    before, now = _figures(frames.calm()), _figures(frame)
    figures = [(metric, value) for metric, value in before.items() if metric in wanted]
    if not figures:
        return
    for at in moments(max(start, frames.seconds_ago(3600)), min(end, frames.NOW)):
        share, ripple = _share(at), _ripple(at)
        for metric, value in figures:
            rippling = ripple if metric in _RIPPLING else 0
            figure = value + (now.get(metric, value) - value) * share + rippling
            yield Sample(metric, at, figure)


def backup_samples(frame: Frame, start: datetime, end: datetime) -> Iterator[Sample]:
    """What backups took, as far as a frame says: a little less each day before."""
    overview = frame.backups
    kinds = {each.kind: each.sealed_bytes for each in overview.storage} if overview else {}
    day = timedelta(days=1)
    for at in moments(max(start, frames.NOW - 45 * day), min(end, frames.NOW), day / 4):
        part = 1 - (frames.NOW - at) / (60 * day)
        for kind, metric in (
            (BackupKind.FULL, Metric.BACKUPS_FULL_BYTES),
            (BackupKind.INCREMENTAL, Metric.BACKUPS_INCREMENTAL_BYTES),
        ):
            if kind in kinds:
                yield Sample(metric, at, kinds[kind] * part)


def statement_minutes(frame: Frame, key: StatementKey) -> Iterator[StatementMinute]:
    """The last hour of one statement that the frame lists."""
    body = body_of(frame.statements, Statements)
    found = next((each for each in body.top if each.key == key), None) if body else None
    if found is None or body is None:
        return
    for at in moments(frames.seconds_ago(3600), frames.NOW, timedelta(minutes=1)):
        minute = at.replace(second=0)
        calls = max(1, round(found.calls * 60 / body.seconds) + 3 * _ripple(minute))
        mean = found.mean_ms * (0.2 + 0.8 * _share(at)) * (1 + _ripple(minute) / 20)
        yield StatementMinute(minute, key, calls, calls * mean, calls * 3)


def database_points(
    frame: Frame, database_id: int, start: datetime, end: datetime
) -> Iterator[DatabasePoint]:
    """The last hour of one database of the frame."""
    before, now = (_database(each, database_id) for each in (frames.calm(), frame))
    if before is None or now is None:
        return
    for at in moments(max(start, frames.seconds_ago(3600)), end, timedelta(minutes=1)):

        def between(figure: Callable[[DatabaseDelta], float], at: datetime = at) -> float:
            first, last = figure(before), figure(now)
            return first + (last - first) * _share(at)

        hit = between(lambda each: each.blocks_hit / max(1, each.blocks_hit + each.blocks_read))
        size = now.size_bytes
        yield DatabasePoint(
            at=at,
            backends=max(0, round(between(lambda each: each.backends)) + _ripple(at)),
            commits=max(0.0, between(lambda each: each.commits / 10) + 4 * _ripple(at)),
            rollbacks=between(lambda each: each.rollbacks / 10),
            cache_hit_rate=hit,
            temp_bytes=between(lambda each: each.temp_bytes / 10),
            size_bytes=None
            if isinstance(size, Unknown)
            else size - int((end - at) / timedelta(seconds=1)) * 20_000,
        )


def body_of(taken: Taken[T] | None, kind: type[T]) -> T | None:
    """What is known of a subject."""
    return taken.body if taken is not None and isinstance(taken.body, kind) else None


def _figures(frame: Frame) -> dict[Metric, float]:
    samples: list[Sample] = []
    if (connections := body_of(frame.connections, Connections)) is not None:
        samples.extend(samples_from_connections(connections, frame.moment))
    if (databases := body_of(frame.databases, Databases)) is not None:
        samples.extend(samples_from_databases(databases, frame.moment))
    if (cost := body_of(frame.cost, SelfCost)) is not None:
        samples.append(Sample(Metric.SELF_SERVER_MS_PER_MINUTE, frame.moment, cost.server_ms))
    return {sample.metric: sample.value for sample in samples}


def _database(frame: Frame, database_id: int) -> DatabaseDelta | None:
    body = body_of(frame.databases, Databases)
    found = (each for each in body.databases if each.database_id == database_id) if body else ()
    return next(iter(found), None)


def _share(at: datetime) -> float:
    return min(1.0, max(0.0, (at - BEGAN) / (frames.NOW - BEGAN)))


def _ripple(at: datetime) -> int:
    steps = round((frames.NOW - at) / PACE)
    return _RIPPLE[steps % len(_RIPPLE)]
