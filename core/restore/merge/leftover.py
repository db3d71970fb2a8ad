"""What merges left in the live database: a dead one's schema goes, a journal in its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.backup.dump.endpoint import Connection
from core.model.restore_operation import RestoreStatus
from core.restore.ended import has_ended
from core.restore.merge import journal
from core.restore.merge.apply import Applied
from core.restore.merge.journal import LeftSchema, Made
from core.store.store import Store


def due(
    store: Store, connection: Connection, kept: timedelta, now: datetime
) -> tuple[tuple[LeftSchema, str], ...]:
    """The schemas of merges that may go, each with a sentence for when it has gone.

    One of a merge that this store does not know to be over stays. So does one in which something
    is written down that can still be undone, or merged: for so long as ``kept`` says, by ``now``
    and by the server's clock.

    Raises:
        StoreError: the store failed.
        psycopg.Error: the server refused.
    """
    return tuple(_due(store, connection, kept, now))


def clear(store: Store, connection: Connection, kept: timedelta, now: datetime) -> tuple[str, ...]:
    """Take away what is :func:`due`; gives a sentence for each.

    Raises: as :func:`due`.
    """
    told = []
    for left, sentence in due(store, connection, kept, now):
        journal.drop(connection, left.operation_id)
        told.append(sentence)
    return tuple(told)


def _due(
    store: Store, connection: Connection, kept: timedelta, now: datetime
) -> Iterator[tuple[LeftSchema, str]]:
    for left in journal.left_schemas(connection):
        own = left.operation_id
        if not has_ended(store, own):
            continue
        written = journal.last_written(connection, own)
        if written is None or _is_of_no_use(store, connection, own):
            yield left, f"dropped schema {left.schema}, which restore {own} left"
        elif min(now - written[0], written[1]) > kept:
            yield left, f"restore {own} can't be undone any more: its time is up"


def _is_of_no_use(store: Store, connection: Connection, operation_id: str) -> bool:
    """Whether it only staged rows, and did not come to its end: nobody can merge these."""
    operation = store.restore_operations.get(operation_id)
    if operation is None or operation.status in {RestoreStatus.COMPLETED, RestoreStatus.UNDONE}:
        return False
    made = journal.noted(connection, operation_id, journal.MADE, Made)
    return not made and not journal.noted(connection, operation_id, journal.APPLIED, Applied)
