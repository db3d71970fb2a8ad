"""Whether a restore is over, as far as this store knows."""

from __future__ import annotations

from core.store.store import Store


def has_ended(store: Store, operation_id: str) -> bool:
    """Whether nobody does it any more; false also of a restore of which this store knows nothing.

    Jobs are forgotten before the history of restores is.

    Raises:
        StoreError: the store failed.
    """
    if (job := store.jobs.get(operation_id)) is not None:
        return job.state.is_over
    operation = store.restore_operations.get(operation_id)
    return operation is not None and operation.status.is_over
