"""What the catalog has of a whole repository: counted, and let go of where it is no more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, delete, exists, func, select

from core.model.backup import CANT_BE_READ, CopyState
from core.model.unconfigured import UnconfiguredRepository, is_only_copy
from core.store.catalog_rows import COPY_COLUMNS, copies_of
from core.store.catalog_tables import backup, backup_copy, backup_manifest, repository_identity
from core.store.database import Database
from core.store.expiry import sum_up

_ITS = backup_copy.c
_BATCH = 500
_THERE = (CopyState.COMPLETE.value, CopyState.DAMAGED.value)


@dataclass(frozen=True, slots=True)
class Holding:
    """The backups with a copy in a repository; ``only_there`` are those that have no other."""

    backups: frozenset[str]
    only_there: frozenset[str]

    def covers(self, other: Holding) -> bool:
        """Whether nothing is in the other that is not here."""
        return other.backups <= self.backups and other.only_there <= self.only_there


class Holdings:
    """The repositories of the catalog, each as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unconfigured(
        self, server_id: str, configured: Collection[str]
    ) -> tuple[UnconfiguredRepository, ...]:
        """The repositories with copies of a server's backups that are not ``configured``."""
        other = backup_copy.alias("other")
        has_other = exists().where(
            other.c.backup_id == _ITS.backup_id,
            other.c.repository != _ITS.repository,
            other.c.state == CopyState.COMPLETE.value,
            ~other.c.problem.startswith(CANT_BE_READ, autoescape=True),
        )
        is_only = and_(_ITS.state.in_(_THERE), ~has_other)
        counted = (
            select(
                _ITS.repository,
                func.count().label("copies"),
                func.sum(case((is_only, 1), else_=0)).label("only_copies"),
            )
            .select_from(backup_copy.join(backup))
            .where(backup.c.server_id == server_id, _ITS.repository.not_in(list(configured)))
            .group_by(_ITS.repository)
            .order_by(_ITS.repository)
        )
        with self._database.reading() as connection:
            return tuple(
                UnconfiguredRepository(row.repository, int(row.copies), int(row.only_copies))
                for row in connection.execute(counted)
            )

    def forget(self, repository: str, planned: Holding) -> bool:
        """Forget a repository's copies, the backups of which nothing else is there, and its id.

        All of it or nothing; false, and nothing, where that were more than was ``planned``.
        """
        with self._database.writing() as connection:
            listed = select(_ITS.backup_id).where(_ITS.repository == repository)
            ids = sorted(connection.execute(listed).scalars())
            servers: set[str] = set()
            only_there: set[str] = set()
            for batch in _batches(ids):
                servers |= _held(connection, batch)
                only_there |= _only_there(connection, batch, repository)
            if not planned.covers(Holding(frozenset(ids), frozenset(only_there))):
                return False
            for batch in _batches(ids):
                _drop(connection, batch, repository, only_there)
            of_it = repository_identity.c.repository == repository
            connection.execute(delete(repository_identity).where(of_it))
            for server_id in sorted(servers):
                self._database.note_change(connection, server_id)
        return True


def _held(connection: Connection, backup_ids: Sequence[str]) -> set[str]:
    """The servers of these backups, whose rows and copies nobody else changes until the end."""
    chosen = select(backup.c.server_id).where(backup.c.backup_id.in_(backup_ids))
    ordered = chosen.order_by(backup.c.backup_id).with_for_update()
    return set(connection.execute(ordered).scalars())


def _only_there(connection: Connection, backup_ids: Sequence[str], repository: str) -> set[str]:
    """Those of them that have no other copy."""
    listed = select(*COPY_COLUMNS).where(_ITS.backup_id.in_(backup_ids))
    copies = copies_of(connection.execute(listed.order_by(_ITS.backup_id, _ITS.repository)))
    return {each for each, its in copies.items() if is_only_copy(its, repository)}


def _drop(
    connection: Connection, backup_ids: Sequence[str], repository: str, only_there: Collection[str]
) -> None:
    """The copies there, and what has no copy any more, or was ``only_there`` and has lost ones."""
    of_them = _ITS.backup_id.in_(backup_ids)
    connection.execute(delete(backup_copy).where(of_them, _ITS.repository == repository))
    listed = connection.execute(select(_ITS.backup_id, _ITS.state).where(of_them)).all()
    still = {row.backup_id for row in listed if row.backup_id not in only_there}
    still |= {row.backup_id for row in listed if row.state in _THERE}
    gone = [each for each in backup_ids if each not in still]
    for table in (backup_copy, backup_manifest, backup):
        connection.execute(delete(table).where(table.c.backup_id.in_(gone)))
    sum_up(connection, [each for each in backup_ids if each in still])


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
