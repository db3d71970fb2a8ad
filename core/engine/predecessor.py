"""What the watcher before found of a server, so that an outage and findings go on from it."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.engine.assessor import Assessor
from core.engine.outage import still_down
from core.engine.store_thread import StoreThread
from core.model.health import Assessment
from core.model.series import Metric
from core.model.server import Link
from core.model.snapshot import Subject

_HOUR = timedelta(hours=1)
_SECONDS_IN_AN_HOUR = 3600


async def taken_over(
    store: StoreThread, server_id: str, assessor: Assessor, now: datetime, lease_seconds: float
) -> Link | None:
    """Have ``assessor`` go on from the findings of the watcher before; gives the outage, if any.

    Raises:
        StoreError: the store can't be read.
    """
    found = await store.call(lambda each: each.snapshots.latest(server_id))
    slow = await store.call(
        lambda each: each.samples.series(
            server_id, Metric.STATEMENTS_SLOW_CALLS, now - _HOUR, now, _SECONDS_IN_AN_HOUR
        )
    )
    before = found.get(Subject.ASSESSMENT)
    earlier = before.body if before and isinstance(before.body, Assessment) else None
    assessor.take_over(
        earlier,
        before.taken_at if before else now,
        [(point.at, round(point.mean)) for point in slow.points],
    )
    return still_down(found.get(Subject.LINK), now, lease_seconds)
