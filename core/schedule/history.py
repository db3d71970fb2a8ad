"""What a job's time left is told by besides its own rate."""

from __future__ import annotations

from core.errors import StoreError
from core.model.job import JobKind
from core.schedule.estimate import History
from core.schedule.order import Launch
from core.store.store import Store


def history_of(store: Store, launch: Launch) -> History:
    """Earlier runs that did the same; of a restore what its plan expects, as if it were one.

    No plan is done twice, and each knows by itself what restores like it took.
    """
    if launch.order.kind is JobKind.RESTORE:
        from core.restore.expected_run import expected_run

        return expected_run(launch.order)
    try:
        return store.jobs.earlier(launch.order, launch.settings.jobs.earlier_runs)
    except StoreError:
        return ()
