"""When a statement last ran: the recorded interval that holds it, else its newest minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.model.health import Assessment
from core.model.snapshot import Frame, Snapshot, Subject, Taken
from core.model.statements import StatementKey, StatementPoint, Statements

if TYPE_CHECKING:
    from core.store.store import Store

_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
_MINUTES_WITHOUT_SUMS = 2
"""A minute is summed up when the next one has a reading: so long, intervals alone tell of it."""


def read_last_run(
    store: Store, server_id: str, key: StatementKey, start: datetime, end: datetime
) -> Frame | StatementPoint | None:
    """What was recorded of the statement last, from ``start`` to ``end``.

    The interval's reading and what it meant while they are kept, then only the sum of the minute in
    which it ran. Runs in the store's thread.

    Raises:
        StoreError: the store can't be read.
    """
    for minute in range(_MINUTES_WITHOUT_SUMS):
        until = end - minute * _MINUTE
        recent = _interval(store, server_id, key, max(start, until - _MINUTE), until)
        if recent is not None:
            return recent
    buckets = max(1, 2 * int((end - start) / _MINUTE))
    points = store.statements.history(server_id, key, start, end, buckets)
    point = next((each for each in reversed(points) if each.calls), None)
    if point is None:
        return None
    # An interval belongs to the minute in which it began, and is read in that or in the next.
    return _interval(store, server_id, key, point.at, min(end, point.at + 2 * _MINUTE)) or point


def _interval(
    store: Store, server_id: str, key: StatementKey, after: datetime, until: datetime
) -> Frame | None:
    """The newest reading from behind ``after`` to ``until`` that lists the statement."""
    found = store.snapshots.between(server_id, Subject.STATEMENTS, after, until)
    for each in reversed(found):
        body = each.body
        if isinstance(body, Statements) and body.find(key) is not None:
            return Frame(
                server_id=server_id,
                moment=each.taken_at,
                live=False,
                statements=Taken(each.taken_at, each.pace_seconds, body),
                assessment=_assessed(store, each),
            )
    return None


def _assessed(store: Store, read: Snapshot) -> Taken[Assessment] | None:
    """What was found of a reading: at its own moment or after it, before the next one is due.

    One of before judges another interval, of which this one's statements may not have been.
    """
    due = read.taken_at + timedelta(seconds=read.pace_seconds)
    found = store.snapshots.between(
        read.server_id, Subject.ASSESSMENT, read.taken_at - _MICROSECOND, due
    )
    for each in found:
        if isinstance(each.body, Assessment):
            return Taken(each.taken_at, each.pace_seconds, each.body)
    return None
