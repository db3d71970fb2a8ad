"""Since when copies wait out their grace period, each by itself, and what a backup's come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, true, update

from core.model.backup import BackupCopy, CopyState, VerificationLevel, last_expiry
from core.store.catalog_tables import backup, backup_copy
from core.store.moments import from_micros, to_micros

_ITS = backup_copy.c


def mark(
    connection: Connection, backup_ids: Sequence[str], at: int | None, repository: str | None
) -> set[str]:
    """Note of these backups' copies, in one repository or in all, that they expired ``at``.

    ``at`` is in microseconds, ``None``: they are kept. Gives the servers that have such backups.
    """
    of_whom = backup.c.backup_id.in_(backup_ids)
    listed = select(backup.c.server_id).where(of_whom).order_by(backup.c.backup_id)
    servers = set(connection.execute(listed.with_for_update()).scalars())
    there = true() if repository is None else _ITS.repository == repository
    connection.execute(
        update(backup_copy).where(_ITS.backup_id.in_(backup_ids), there).values(expired_at=at)
    )
    sum_up(connection, backup_ids)
    return servers


def sum_up(connection: Connection, backup_ids: Sequence[str]) -> None:
    """Have these backups' rows say what their copies say, see ``core.model.backup.last_expiry``."""
    copies: dict[str, list[BackupCopy]] = defaultdict(list)
    listed = select(_ITS.backup_id, _ITS.repository, _ITS.state, _ITS.expired_at)
    for row in connection.execute(listed.where(_ITS.backup_id.in_(backup_ids))):
        at = None if row.expired_at is None else from_micros(row.expired_at)
        state, level = CopyState(row.state), VerificationLevel.NONE
        copy = BackupCopy(row.backup_id, row.repository, state, level, None, expired_at=at)
        copies[row.backup_id].append(copy)
    known = connection.execute(
        select(backup.c.backup_id, backup.c.expired_at).where(backup.c.backup_id.in_(backup_ids))
    ).all()
    changed = []
    for backup_id, was in known:
        last = last_expiry(copies[backup_id])
        now = None if last is None else to_micros(last)
        if now != was:
            changed.append({"its_id": backup_id, "at": now})
    if changed:
        its = backup.c.backup_id == bindparam("its_id")
        connection.execute(update(backup).where(its).values(expired_at=bindparam("at")), changed)
