"""Databases that swaps put aside: kept for the time of grace, then dropped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.errors import RestoreError
from core.model.restore_operation import RestoreOperation
from core.restore.target.create import drop
from core.restore.target.state import Connection
from core.store.store import Store

_LOOKED_THROUGH = 1_000
_NAME_OF = "SELECT datname, datallowconn FROM pg_catalog.pg_database WHERE oid = %s"


def kept_until(operation: RestoreOperation, grace_days: float) -> datetime | None:
    """When what a restore put aside may be dropped; ``None`` where there is nothing."""
    if operation.aside is None or operation.completed_at is None:
        return None
    return operation.completed_at + timedelta(days=grace_days)


def drop_expired(
    store: Store, connection: Connection, server: str, *, grace_days: float, now: datetime
) -> Iterator[str]:
    """Drop what was put aside on a server and is past its grace; a sentence for each.

    Only a database that still bears the name that the swap gave it, and is still closed: somebody
    who opened or renamed it put it to use.

    Raises:
        StoreError: the store failed.
        psycopg.Error: the server can't be asked.
    """
    for each in store.restore_operations.newest(_LOOKED_THROUGH):
        until = kept_until(each, grace_days)
        if each.aside is None or until is None or until > now or each.target_server != server:
            continue
        row = connection.execute(_NAME_OF, [each.aside.oid]).fetchone()
        if row is not None and (str(row[0]) != each.aside.name or row[1]):
            continue
        try:
            if row is not None:
                drop(connection, each.aside.name)
        except RestoreError as error:
            yield f"{error.what}: {error.why}"
            continue
        store.restore_operations.dropped(each.operation_id)
        yield f"dropped {each.aside.name}, which a swap had put aside: its time of grace is over"
