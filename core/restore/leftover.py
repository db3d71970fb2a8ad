"""Databases that restores made whose process is no more: nobody has proven them, and they go."""

from __future__ import annotations

from core.errors import RestoreError
from core.restore.target.create import drop, left_behind
from core.restore.target.state import Connection
from core.store.store import Store


def clear_dead(store: Store, connection: Connection) -> tuple[str, ...]:
    """Drop what dead restores left on a server; gives a sentence for each.

    Only what this store knows to be over goes: another store's restores may be under way.

    Raises:
        StoreError: the store failed.
        psycopg.Error: the server can't be asked.
    """
    told = []
    for name, operation_id in left_behind(connection):
        job = store.jobs.get(operation_id)
        if job is None or not job.state.is_over:
            continue
        try:
            drop(connection, name)
        except RestoreError as error:
            told.append(f"{error.what}: {error.why}")
        else:
            told.append(f"dropped database {name}, which restore {operation_id} left unproven")
    return tuple(told)
