"""Which key each copy of a backup is sealed with, as its repository says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, true, update

from core.model.backup import CopyState
from core.store.catalog_tables import backup, backup_copy
from core.store.database import Database
from core.store.moments import from_micros, to_micros

_BATCH = 500
_THERE = (CopyState.COMPLETE.value, CopyState.DAMAGED.value)
_KEY = func.coalesce(backup_copy.c.key_id, backup.c.key_id)
"""The key of a copy: the backup's, where nobody has looked into the copy."""
_IN_USE = (_KEY != "", backup_copy.c.state.in_(_THERE), backup_copy.c.expired_at.is_(None))


@dataclass(frozen=True, slots=True)
class CopyKey:
    """The key of a backup's copy in one repository; ``needs`` are the backups it refers to.

    ``wraps_written_at`` is when the ``wraps.json`` was written out of which that is known, by the
    repository's clock; ``None`` where none was read.
    """

    backup_id: str
    key_id: str
    wraps_written_at: datetime | None
    state: CopyState
    problem: str
    needs: frozenset[str]


class CopyKeys:
    """The keys of all copies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, server_id: str, repository: str) -> tuple[CopyKey, ...]:
        """The keys of a server's copies that are in a repository."""
        wanted = (
            select(
                backup_copy.c.backup_id,
                _KEY.label("key_id"),
                backup_copy.c.wraps_written_at,
                backup_copy.c.state,
                backup_copy.c.problem,
                backup.c.needs,
            )
            .select_from(backup_copy.join(backup))
            .where(
                backup.c.server_id == server_id,
                backup_copy.c.repository == repository,
                backup_copy.c.state.in_(_THERE),
            )
        )
        with self._database.reading() as connection:
            return tuple(
                CopyKey(
                    row.backup_id,
                    row.key_id,
                    None if row.wraps_written_at is None else from_micros(row.wraps_written_at),
                    CopyState(row.state),
                    row.problem,
                    frozenset(row.needs.split()),
                )
                for row in connection.execute(wanted)
            )

    def note(
        self, repository: str, keys: Mapping[str, str], written: Mapping[str, datetime]
    ) -> None:
        """Note the keys of these backups' copies, and when their ``wraps.json`` were written.

        What else is known of a backup's other copies stays: those of which nobody has looked keep
        the key that the backup had.
        """
        if not keys:
            return
        ids = list(keys)
        its_key = select(backup.c.key_id).where(backup.c.backup_id == backup_copy.c.backup_id)
        with self._database.writing() as connection:
            servers = _servers_of(connection, ids)
            for batch in _batches(ids):
                connection.execute(
                    update(backup_copy)
                    .where(backup_copy.c.backup_id.in_(batch), backup_copy.c.key_id.is_(None))
                    .values(key_id=its_key.scalar_subquery())
                )
            connection.execute(
                update(backup_copy)
                .where(
                    backup_copy.c.backup_id == bindparam("its_id"),
                    backup_copy.c.repository == repository,
                )
                .values(key_id=bindparam("its_key"), wraps_written_at=bindparam("written")),
                [
                    {
                        "its_id": each,
                        "its_key": key,
                        "written": to_micros(written[each]) if each in written else None,
                    }
                    for each, key in keys.items()
                ],
            )
            connection.execute(
                update(backup)
                .where(backup.c.backup_id == bindparam("its_id"))
                .values(key_id=bindparam("its_key")),
                [{"its_id": each, "its_key": key} for each, key in keys.items()],
            )
            for server_id in servers:
                self._database.note_change(connection, server_id)

    def say(self, repository: str, problems: Mapping[str, str]) -> None:
        """Note of complete copies what hinders their being read; empty: nothing does any more."""
        if not problems:
            return
        with self._database.writing() as connection:
            servers = _servers_of(connection, list(problems))
            connection.execute(
                update(backup_copy)
                .where(
                    backup_copy.c.backup_id == bindparam("its_id"),
                    backup_copy.c.repository == repository,
                    backup_copy.c.state == CopyState.COMPLETE.value,
                )
                .values(problem=bindparam("why")),
                [{"its_id": each, "why": why} for each, why in problems.items()],
            )
            for server_id in servers:
                self._database.note_change(connection, server_id)

    def in_use(self, server_id: str | None = None) -> dict[str, dict[str, int]]:
        """How many copies in each repository are under each key, by its id; of a server or of all.

        Those in the clear are left out, and those that have expired.
        """
        of_whom = true() if server_id is None else backup.c.server_id == server_id
        wanted = (
            select(_KEY.label("key_id"), backup_copy.c.repository, func.count().label("copies"))
            .select_from(backup_copy.join(backup))
            .where(of_whom, *_IN_USE)
            .group_by(_KEY, backup_copy.c.repository)
            .order_by(backup_copy.c.repository)
        )
        found: dict[str, dict[str, int]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(wanted):
                found.setdefault(row.key_id, {})[row.repository] = row.copies
        return found

    def backups_under(self, server_id: str, key_id: str) -> int:
        """Of how many backups of a server a copy is under this key."""
        wanted = (
            select(func.count(backup_copy.c.backup_id.distinct()))
            .select_from(backup_copy.join(backup))
            .where(backup.c.server_id == server_id, _KEY.in_([key_id]), *_IN_USE)
        )
        with self._database.reading() as connection:
            return int(connection.execute(wanted).scalar_one())


def _servers_of(connection: Connection, backup_ids: Sequence[str]) -> tuple[str, ...]:
    """The servers of these backups, whose rows are kept from being removed meanwhile."""
    servers: set[str] = set()
    for batch in _batches(sorted(backup_ids)):
        chosen = select(backup.c.server_id).where(backup.c.backup_id.in_(batch))
        ordered = chosen.order_by(backup.c.backup_id).with_for_update()
        servers.update(connection.execute(ordered).scalars())
    return tuple(sorted(servers))


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
