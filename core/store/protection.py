"""What the store holds of backups, bounded for screens and findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, exists, func, or_, select

from core.model.backup import (
    CANT_BE_READ,
    KEY_NOT_AT_HAND,
    BackupCopy,
    BackupKind,
    CatalogEntry,
    CopyState,
    VerificationLevel,
)
from core.model.protection import BadCopies, KindStorage, RepositoryUse
from core.store.catalog import Catalog
from core.store.catalog_tables import backup, backup_copy
from core.store.database import Database
from core.store.moments import from_micros, to_micros

_BAD_COPIES_LISTED = 20
_LOOKED_THROUGH = 300
_WEEK = timedelta(days=7)
_RESTORABLE = (BackupKind.FULL.value, BackupKind.INCREMENTAL.value)
_BAD = (CopyState.MISSING.value, CopyState.DAMAGED.value)

# Statements that are asked for every few seconds are made once: making one takes longer than it.
OF_SERVER = and_(
    backup.c.server_id == bindparam("server_id"), backup.c.finished_at <= bindparam("until")
)
"""The backups of ``server_id`` that there were at ``until``, in microseconds."""
_NOT_EXPIRED = or_(backup.c.expired_at.is_(None), backup.c.expired_at > bindparam("until"))
_KEPT = or_(backup_copy.c.expired_at.is_(None), backup_copy.c.expired_at > bindparam("until"))
"""A copy that does not wait out its grace period; others of the same backup may."""
_IS_GOOD = and_(
    backup.c.kind.in_(_RESTORABLE),
    exists().where(
        backup_copy.c.backup_id == backup.c.backup_id,
        backup_copy.c.state == CopyState.COMPLETE.value,
        backup_copy.c.level >= VerificationLevel.SEALED.value,
        ~backup_copy.c.problem.startswith(KEY_NOT_AT_HAND, autoescape=True),
        _KEPT,
    ),
)
_GOOD = (
    select(backup.c.backup_id, backup.c.database)
    .where(OF_SERVER, _NOT_EXPIRED, _IS_GOOD)
    .order_by(backup.c.sequenced_at.desc())
)
_OLDEST_GOOD_OF_DATABASE = (
    select(backup.c.sequenced_at)
    .where(OF_SERVER, _NOT_EXPIRED, _IS_GOOD, backup.c.database == bindparam("database"))
    .order_by(backup.c.sequenced_at)
    .limit(1)
)
_OLDEST_GOOD = select(func.min(backup.c.sequenced_at)).where(OF_SERVER, _NOT_EXPIRED, _IS_GOOD)
_GOOD_LOOKED_THROUGH = _GOOD.limit(_LOOKED_THROUGH)
_GOOD_OF_DATABASE = _GOOD.where(backup.c.database == bindparam("database")).limit(1)
_ITS_BACKUP = backup.c.backup_id == backup_copy.c.backup_id
# Found by their copies: the few that are bad are looked up, and not every backup joined.
_IS_BAD = and_(
    backup_copy.c.state.in_(_BAD),
    or_(backup_copy.c.verified_at.is_(None), backup_copy.c.verified_at <= bindparam("until")),
    _KEPT,
    exists().where(_ITS_BACKUP, OF_SERVER, _NOT_EXPIRED),
)
_IS_REFUSED = and_(
    backup_copy.c.state == CopyState.COMPLETE.value,
    backup_copy.c.problem.startswith(CANT_BE_READ, autoescape=True),
    _KEPT,
    exists().where(_ITS_BACKUP, OF_SERVER, _NOT_EXPIRED),
)


class _Copies:
    """How copies of one sort are counted, and the newest of them listed."""

    def __init__(self, are_meant: ColumnElement[bool]) -> None:
        newest_first = select(backup.c.sequenced_at).where(_ITS_BACKUP).scalar_subquery().desc()
        self._count = select(func.count()).select_from(backup_copy).where(are_meant)
        self._newest = (
            select(backup_copy).where(are_meant).order_by(newest_first).limit(_BAD_COPIES_LISTED)
        )

    def of(self, connection: Connection, wanted: dict[str, object]) -> BadCopies:
        count = connection.execute(self._count, wanted).scalar_one()
        rows = connection.execute(self._newest, wanted).all() if count else ()
        return BadCopies(tuple(map(_copy, rows)), int(count))


_BAD_COPIES, _REFUSED_COPIES = _Copies(_IS_BAD), _Copies(_IS_REFUSED)
_NEWEST = (
    select(backup.c.backup_id)
    .where(backup.c.server_id == bindparam("server_id"))
    .order_by(backup.c.sequenced_at.desc())
    .limit(1)
)
_FULL = and_(OF_SERVER, _NOT_EXPIRED, backup.c.kind == BackupKind.FULL.value)
_LAST_FULL = (
    select(backup.c.database, func.max(backup.c.sequenced_at).label("at"))
    .where(_FULL)
    .group_by(backup.c.database)
    .subquery()
)
_NEWEST_FULLS = select(backup.c.backup_id).join(
    _LAST_FULL,
    and_(
        backup.c.database == _LAST_FULL.c.database,
        backup.c.sequenced_at == _LAST_FULL.c.at,
        _FULL,
    ),
)


class Protection:
    """Backups of all servers, as screens show them."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    def last_good(
        self, server_id: str, databases: Sequence[str] = (), *, until: datetime
    ) -> tuple[CatalogEntry, ...]:
        """The newest good backup of each database from which all of it can be restored.

        Of databases that are not named only those count that have one among the newest backups.
        """
        newest: dict[str, str] = {}
        wanted = _of(server_id, until)
        with self._database.reading() as connection:
            looked_through = connection.execute(_GOOD_LOOKED_THROUGH, wanted).all()
            for row in looked_through:
                newest.setdefault(row.database, row.backup_id)
            # Where all of them were looked through, there is none of another database.
            is_all = len(looked_through) < _LOOKED_THROUGH
            for name in () if is_all else databases:
                if name not in newest:
                    one = connection.execute(_GOOD_OF_DATABASE, {**wanted, "database": name})
                    if (found := one.first()) is not None:
                        newest[name] = found.backup_id
        return self._catalog.some(newest.values())

    def oldest_good(
        self, server_id: str, *, until: datetime, database: str = ""
    ) -> datetime | None:
        """When the oldest good backup that has not expired was taken; of one database, if named."""
        wanted = _of(server_id, until)
        with self._database.reading() as connection:
            if database:
                named = {**wanted, "database": database}
                at = connection.execute(_OLDEST_GOOD_OF_DATABASE, named).scalar()
            else:
                at = connection.execute(_OLDEST_GOOD, wanted).scalar()
        return None if at is None else from_micros(int(at))

    def newest(self, server_id: str) -> CatalogEntry | None:
        """The backup that was taken last, whatever the clocks said."""
        with self._database.reading() as connection:
            found = connection.execute(_NEWEST, {"server_id": server_id}).scalars().all()
        return next(iter(self._catalog.some(found)), None)

    def newest_fulls(self, server_id: str, *, until: datetime) -> tuple[CatalogEntry, ...]:
        """The newest full backup of each database, whatever its copies are like."""
        with self._database.reading() as connection:
            ids = connection.execute(_NEWEST_FULLS, _of(server_id, until)).scalars().all()
        return self._catalog.some(ids)

    def bad_copies(self, server_id: str, *, until: datetime) -> BadCopies:
        """Copies that are missing or damaged, and have not expired."""
        with self._database.reading() as connection:
            return _BAD_COPIES.of(connection, _of(server_id, until))

    def refused_copies(self, server_id: str, *, until: datetime) -> BadCopies:
        """Copies that are there, and whose repository would not give them out the last time."""
        with self._database.reading() as connection:
            return _REFUSED_COPIES.of(connection, _of(server_id, until))

    def oldest_verification(self, server_id: str, *, until: datetime) -> datetime | None:
        """When that complete copy was verified of which it is longest ago."""
        with self._database.reading() as connection:
            at = connection.execute(
                select(func.min(func.coalesce(backup_copy.c.verified_at, backup.c.finished_at)))
                .select_from(backup_copy.join(backup))
                .where(OF_SERVER, _KEPT, backup_copy.c.state == CopyState.COMPLETE.value),
                _of(server_id, until),
            ).scalar()
        return None if at is None else from_micros(int(at))

    def storage(self, server_id: str, *, now: datetime) -> tuple[KindStorage, ...]:
        """What the backups of each kind take, one copy of each; the largest kind first."""
        week = to_micros(now - _WEEK)
        recent = func.sum(backup.c.sealed_bytes).filter(backup.c.finished_at > week)
        with self._database.reading() as connection:
            rows = connection.execute(
                select(
                    backup.c.kind,
                    func.count().label("backups"),
                    func.sum(backup.c.sealed_bytes).label("bytes"),
                    func.coalesce(recent, 0).label("added"),
                )
                .where(backup.c.server_id == server_id)
                .group_by(backup.c.kind)
            ).all()
        kinds = [
            KindStorage(BackupKind(row.kind), row.backups, int(row.bytes), int(row.added))
            for row in rows
        ]
        return tuple(sorted(kinds, key=lambda each: -each.sealed_bytes))

    def repositories(self, quotas: dict[str, int]) -> tuple[RepositoryUse, ...]:
        """What all servers' copies take in each of these repositories, which have these quotas."""
        if not quotas:
            return ()
        there = (CopyState.COMPLETE.value, CopyState.DAMAGED.value, CopyState.EXPIRED.value)
        with self._database.reading() as connection:
            rows = connection.execute(
                select(backup_copy.c.repository, func.sum(backup.c.sealed_bytes).label("bytes"))
                .select_from(backup_copy.join(backup))
                .where(backup_copy.c.repository.in_(list(quotas)), backup_copy.c.state.in_(there))
                .group_by(backup_copy.c.repository)
            ).all()
        used = {row.repository: int(row.bytes) for row in rows}
        return tuple(
            RepositoryUse(name, used.get(name, 0), quota) for name, quota in quotas.items()
        )

    def needed_by(self, backup_id: str, chain_id: str) -> tuple[str, ...]:
        """The backups of its chain whose artifacts are in part this one's, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(backup.c.backup_id, backup.c.needs)
                .where(backup.c.chain_id == chain_id, backup.c.needs != "")
                .order_by(backup.c.sequenced_at)
            ).all()
        return tuple(row.backup_id for row in rows if backup_id in row.needs.split())


def _of(server_id: str, until: datetime) -> dict[str, object]:
    return {"server_id": server_id, "until": to_micros(until)}


def _copy(row: Row[Any]) -> BackupCopy:
    return BackupCopy(
        row.backup_id,
        row.repository,
        CopyState(row.state),
        VerificationLevel(row.level),
        None if row.verified_at is None else from_micros(row.verified_at),
        row.problem,
    )
