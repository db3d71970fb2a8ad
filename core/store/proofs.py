"""That a restore has proven a backup: true of its bytes, whatever becomes of the restored copy."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from core.store.catalog_tables import backup
from core.store.database import Database


class Proofs:
    """Which backups a restore has proven."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, backup_id: str) -> None:
        """Note that a restore has proven a backup; nothing where that is not known."""
        chosen = select(backup.c.server_id).where(backup.c.backup_id == backup_id)
        with self._database.writing() as connection:
            server_id = connection.execute(chosen.with_for_update()).scalar()
            if server_id is not None:
                note_restored(connection, backup_id)
                self._database.note_change(connection, server_id)


def note_restored(connection: Connection, backup_id: str) -> None:
    """Note it with what else is written just now."""
    its = backup.c.backup_id == backup_id
    connection.execute(update(backup).where(its).values(was_restored=1))
