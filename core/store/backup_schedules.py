"""``backup_schedules``, the table that the seeds' queries read: the config's schedules as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select, update

from core.store.database import Database
from core.store.moments import from_micros
from core.store.seed_tables import backup_schedules


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule of one server as that table has it; inactive: paused, or switched off."""

    name: str
    backup_type: str
    cron_expression: str
    is_active: bool
    last_run_at: datetime | None
    next_run_at: datetime | None
    retention_days: int | None = None


class BackupSchedules:
    """Keeps the table in step with the config."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep_in_step(self, server_id: str, rows: Sequence[ScheduleRow]) -> None:
        """Make the rows of a server those of ``rows``; writes nothing where they are already.

        One that is no longer in the config stays, inactive: its backups name it.
        """
        schedule = backup_schedules.c
        with self._database.reading() as connection:
            there = {
                row.name: row
                for row in connection.execute(
                    select(backup_schedules).where(schedule.server_id == server_id)
                )
            }
        wanted = {row.name: row for row in rows}
        gone = [name for name, row in there.items() if name not in wanted and row.is_active]
        changed = [row for row in rows if row.name not in there or _row(there[row.name]) != row]
        if not (gone or changed):
            return
        with self._database.writing() as connection:
            now = from_micros(self._database.now(connection))
            for name in gone:
                connection.execute(
                    update(backup_schedules)
                    .where(schedule.server_id == server_id, schedule.name == name)
                    .values(is_active=False, next_run_at=None, updated_at=now)
                )
            for row in changed:
                values = {
                    "backup_type": row.backup_type,
                    "cron_expression": row.cron_expression,
                    "retention_days": row.retention_days,
                    "is_active": row.is_active,
                    "last_run_at": row.last_run_at,
                    "next_run_at": row.next_run_at,
                    "updated_at": now,
                }
                connection.execute(
                    self._database.insert(backup_schedules)
                    .values(server_id=server_id, name=row.name, created_at=now, **values)
                    .on_conflict_do_update(index_elements=["server_id", "name"], set_=values)
                )
            self._database.note_change(connection, server_id)


def _row(row: Row[tuple[object, ...]]) -> ScheduleRow:
    return ScheduleRow(
        name=row.name,
        backup_type=row.backup_type,
        cron_expression=row.cron_expression,
        is_active=row.is_active,
        last_run_at=row.last_run_at,
        next_run_at=row.next_run_at,
        retention_days=row.retention_days,
    )
