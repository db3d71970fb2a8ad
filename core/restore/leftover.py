"""Databases that restores made whose process is no more: nobody has proven them, and they go."""

from __future__ import annotations

from core.errors import RestoreError
from core.restore.ended import has_ended
from core.restore.target.create import drop, left_behind
from core.restore.target.state import Connection
from core.store.store import Store


def dead(store: Store, connection: Connection) -> tuple[tuple[str, str], ...]:
    """The databases on a server that dead restores left, each with its operation's id.

    Only what this store knows to be over: another store's restores may be under way.

    Raises:
        StoreError: the store failed.
        psycopg.Error: the server can't be asked.
    """
    return tuple(each for each in left_behind(connection) if has_ended(store, each[1]))


def clear(connection: Connection, name: str, operation_id: str) -> str:
    """Drop one; a sentence of what was done."""
    try:
        drop(connection, name)
    except RestoreError as error:
        return f"{error.what}: {error.why}"
    return f"dropped database {name}, which restore {operation_id} left unproven"


def clear_dead(store: Store, connection: Connection) -> tuple[str, ...]:
    """Drop all that dead restores left on a server; gives a sentence for each.

    Raises: as :func:`dead`.
    """
    return tuple(clear(connection, *each) for each in dead(store, connection))
