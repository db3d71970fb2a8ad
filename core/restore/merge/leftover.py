"""What merges left in the live database: a dead one's schema goes, a journal in its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.backup.dump.endpoint import Connection
from core.restore.merge import journal
from core.store.store import Store


def clear(store: Store, connection: Connection, kept: timedelta) -> tuple[str, ...]:
    """Take away schemas of merges that are over, as far as this store knows them.

    One in which something is written down stays until that can't be undone any more: for so long
    as ``kept`` says. Gives a sentence for each.

    Raises:
        StoreError: the store failed.
        psycopg.Error: the server refused.
    """
    told = []
    for left in journal.left_schemas(connection):
        job = store.jobs.get(left.operation_id)
        if job is None or not job.state.is_over:
            continue
        written = journal.written_at(connection, left.operation_id)
        if written is None:
            journal.drop(connection, left.operation_id)
            told.append(f"dropped schema {left.schema}, which restore {left.operation_id} left")
        elif datetime.now(UTC) - written > kept:
            journal.drop(connection, left.operation_id)
            told.append(f"restore {left.operation_id} can't be undone any more: its time is up")
    return tuple(told)
