"""One database over time: read out of the recorded snapshots, for no series is kept of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from core.model.databases import DatabasePoint, Databases
from core.model.snapshot import Snapshot, Subject
from core.model.unknown import Unknown

if TYPE_CHECKING:
    from core.store.store import Store


class DatabaseHistory:
    """The history that was asked for last; what was read of it is not read again.

    Runs in the store's thread.
    """

    def __init__(self) -> None:
        self._of: tuple[str, int] | None = None
        self._first: datetime | None = None
        self._points: list[DatabasePoint] = []

    def read(
        self, store: Store, server_id: str, database_id: int, start: datetime, end: datetime
    ) -> tuple[DatabasePoint, ...]:
        """The points from ``start`` to ``end``, oldest first.

        Raises:
            StoreError: the store can't be read.
        """
        if self._of != (server_id, database_id) or self._first is None or start < self._first:
            self._of, self._first, self._points = (server_id, database_id), start, []
        after = self._points[-1].at if self._points else start
        fresh = store.snapshots.between(server_id, Subject.DATABASES, after, end)
        points = (point_of(each, database_id) for each in fresh)
        self._points += [point for point in points if point is not None]
        return tuple(point for point in self._points if start <= point.at <= end)


def point_of(snapshot: Snapshot, database_id: int) -> DatabasePoint | None:
    """What a recorded reading says of one database; ``None`` where it doesn't list it."""
    body = snapshot.body
    delta = body.find(database_id) if isinstance(body, Databases) else None
    if delta is None or not isinstance(body, Databases):
        return None
    return DatabasePoint(
        at=snapshot.taken_at,
        backends=delta.backends,
        commits=body.per_second(delta.commits),
        rollbacks=body.per_second(delta.rollbacks),
        cache_hit_rate=delta.cache_hit_rate,
        temp_bytes=body.per_second(delta.temp_bytes),
        size_bytes=None if isinstance(delta.size_bytes, Unknown) else delta.size_bytes,
    )
