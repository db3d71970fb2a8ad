"""Which keys there are, and who has confirmed that a copy of them is kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select, update

from core.model.keys import KeyRecord
from core.store.database import Database
from core.store.moments import from_micros
from core.store.tables import backup_key

_BY_AGE = select(backup_key).order_by(backup_key.c.made_at, backup_key.c.key_id)


class BackupKeys:
    """Records of keys, by their ids; the keys themselves are never here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, key_id: str, name: str, derivation: str = "") -> KeyRecord:
        """Note that there is a key; one that is known keeps what is known of it."""
        with self._database.writing() as connection:
            values = {
                "key_id": key_id,
                "name": name,
                "derivation": derivation,
                "made_at": self._database.now(connection),
                "confirmed_by": "",
            }
            connection.execute(
                self._database.insert(backup_key).values(values).on_conflict_do_nothing()
            )
            row = connection.execute(select(backup_key).where(backup_key.c.key_id == key_id)).one()
        return _record(row)

    def rename(self, key_id: str, name: str) -> None:
        """Note that the config has the key under this name now."""
        with self._database.writing() as connection:
            connection.execute(
                update(backup_key).where(backup_key.c.key_id == key_id).values(name=name)
            )

    def confirm(self, key_id: str, who: str) -> None:
        """Note that ``who`` has shown that a copy of the key is kept."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            connection.execute(
                update(backup_key)
                .where(backup_key.c.key_id == key_id)
                .values(confirmed_at=now, confirmed_by=who)
            )

    def is_confirmed(self, key_id: str) -> bool:
        """Whether anyone has."""
        record = self.get(key_id)
        return record is not None and record.confirmed_at is not None

    def get(self, key_id: str) -> KeyRecord | None:
        """What is known of a key."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(backup_key).where(backup_key.c.key_id == key_id)
            ).one_or_none()
        return None if row is None else _record(row)

    def all(self) -> tuple[KeyRecord, ...]:
        """Every key that was ever noted, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_BY_AGE).all()
        return tuple(_record(row) for row in rows)


def _record(row: Row[Any]) -> KeyRecord:
    confirmed_at = None if row.confirmed_at is None else from_micros(row.confirmed_at)
    made_at = from_micros(row.made_at)
    return KeyRecord(row.key_id, row.name, made_at, row.derivation, confirmed_at, row.confirmed_by)
