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
_CLOCK = "SELECT pg_catalog.now()"
_NAME_OF = "SELECT datname, datallowconn FROM pg_catalog.pg_database WHERE oid = %s"


def kept_until(operation: RestoreOperation, grace_days: float) -> datetime | None:
    """When what a restore put aside may be dropped; ``None`` where there is nothing."""
    if operation.aside is None or operation.completed_at is None:
        return None
    return operation.completed_at + timedelta(days=grace_days)


def expired(
    store: Store, server: str, *, grace_days: float, now: datetime
) -> tuple[RestoreOperation, ...]:
    """The swaps to a server whose time of grace is over, and whose former database is kept.

    Raises:
        StoreError: the store failed.
    """
    found = []
    for each in store.restore_operations.newest(_LOOKED_THROUGH):
        until = kept_until(each, grace_days)
        if each.target_server == server and until is not None and until <= now:
            found.append(each)
    return tuple(found)


def drop_aside(
    store: Store, connection: Connection, operation: RestoreOperation, *, grace_days: float
) -> str:
    """Drop what a swap put aside; a sentence of what was done, empty where that was nothing.

    Only a database that still bears the name that the swap gave it, and is still closed: somebody
    who opened or renamed it put it to use. And only where the server's clock says, too, that the
    time of grace is over: that of this host may have been set wrong.

    Raises:
        StoreError: the store failed.
        psycopg.Error: the server can't be asked.
    """
    until = kept_until(operation, grace_days)
    if operation.aside is None or until is None:
        return ""
    (clock,) = connection.execute(_CLOCK).fetchall()
    if clock[0] < until:
        return ""
    name = operation.aside.name
    row = connection.execute(_NAME_OF, [operation.aside.oid]).fetchone()
    if row is not None and (str(row[0]) != name or row[1]):
        return ""
    try:
        if row is not None:
            drop(connection, name)
    except RestoreError as error:
        return f"{error.what}: {error.why}"
    store.restore_operations.dropped(operation.operation_id)
    return f"dropped {name}, which a swap had put aside: its time of grace is over"


def drop_expired(
    store: Store, connection: Connection, server: str, *, grace_days: float, now: datetime
) -> Iterator[str]:
    """Drop all that was put aside on a server and is past its grace; a sentence for each.

    Raises: as :func:`drop_aside`.
    """
    for each in expired(store, server, grace_days=grace_days, now=now):
        if told := drop_aside(store, connection, each, grace_days=grace_days):
            yield told
