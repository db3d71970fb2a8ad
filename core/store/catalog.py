"""The catalog: every backup that is known, its copies, and how far each was verified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    update,
)

from core.model.backup import (
    BackupCopy,
    CatalogEntry,
    CopyState,
    Manifest,
    VerificationLevel,
)
from core.store.catalog_rows import (
    COPY_COLUMNS,
    copies_of,
    entry_of,
    rows,
    values_of,
    without_looking_for_garbage,
)
from core.store.catalog_tables import backup, backup_copy, backup_manifest
from core.store.chains import condemn_descendants, condemn_without_ancestors, was_sound
from core.store.codec import pack, unpack
from core.store.copy_keys import CopyKeys
from core.store.database import Database
from core.store.expiry import mark, sum_up
from core.store.holdings import Holdings
from core.store.moments import to_micros
from core.store.proofs import Proofs, note_restored
from core.store.repository_ids import RepositoryIds
from core.store.whole_after_all import note_whole

LARGEST_MANIFEST = 4 << 20
"""Bytes of a compressed manifest that are kept here; a larger one is read in its repository."""

_BATCH = 500

_LISTED: Select[Any] = select(backup).order_by(backup.c.sequenced_at, backup.c.backup_id)
_COPIED: Select[Any] = select(*COPY_COLUMNS).order_by(
    backup_copy.c.backup_id, backup_copy.c.repository
)
# Statements that are asked for every few seconds are made once: making one takes longer than it.
_LISTED_SOME = _LISTED.where(backup.c.backup_id.in_(bindparam("ids", expanding=True)))
_COPIED_SOME = _COPIED.where(backup_copy.c.backup_id.in_(bindparam("ids", expanding=True)))


class Catalog:
    """What is remembered of the repositories."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.repository_ids = RepositoryIds(database)
        self.copy_keys = CopyKeys(database)
        self.holdings = Holdings(database)
        self.proofs = Proofs(database)

    def add(self, entry: CatalogEntry, manifest: Manifest | None = None) -> None:
        """Note a backup and its copies; what was known of it before is replaced.

        Copies that ``entry`` does not have stay, and so does the manifest without a new one. An
        attempt that had no time to tell of it is completed.
        """
        values = values_of(entry)
        payload = None if manifest is None else _packed(manifest)
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(backup)
                .values(backup_id=entry.backup_id, **values)
                .on_conflict_do_update(index_elements=["backup_id"], set_=values)
            )
            for copy in entry.copies:
                self._record(connection, copy)
            if entry.was_restored:
                note_restored(connection, entry.backup_id)
            sum_up(connection, [entry.backup_id])
            note_whole(connection, entry)
            if payload is not None:
                connection.execute(
                    self._database.insert(backup_manifest)
                    .values(backup_id=entry.backup_id, payload=payload)
                    .on_conflict_do_update(index_elements=["backup_id"], set_={"payload": payload})
                )
            self._database.note_change(connection, entry.server_id)

    def record_copy(self, copy: BackupCopy) -> None:
        """Note what was seen of one copy; nothing where its backup is not known.

        It waits out its grace period as before (``expire`` and ``revive`` say otherwise). A
        complete copy keeps the level that it had reached, and the time of its last verification,
        unless it was found missing, damaged or expired in between; that a restore has proven the
        backup is not forgotten. With a copy that turns bad those
        turn bad that need it in the same repository.
        """
        with self._database.writing() as connection:
            server_id = self._server_of(connection, copy.backup_id)
            if server_id is not None:
                self._record(connection, copy)
                sum_up(connection, [copy.backup_id])
                self._database.note_change(connection, server_id)

    def drop_copy(self, backup_id: str, repository: str) -> None:
        """Forget a copy that was destroyed, and the backup with its last copy."""
        copies = backup_copy.c
        with self._database.writing() as connection:
            server_id = self._server_of(connection, backup_id)
            connection.execute(
                delete(backup_copy).where(
                    copies.backup_id == backup_id, copies.repository == repository
                )
            )
            if server_id is None:
                return
            if not connection.execute(
                select(exists().where(copies.backup_id == backup_id))
            ).scalar_one():
                self._remove(connection, backup_id)
            sum_up(connection, [backup_id])
            self._database.note_change(connection, server_id)

    def protect(self, backup_id: str, reason: str) -> None:
        """Note that a person wants it kept, and why; none of its copies has expired then."""
        self._keep(backup_id, reason)

    def unprotect(self, backup_id: str) -> None:
        """Note that nobody keeps it any more."""
        self._keep(backup_id, "")

    def expire(self, backup_ids: Iterable[str], at: datetime, *, repository: str) -> None:
        """Note that the time of grace of their copies there begins at ``at``."""
        self._expire(backup_ids, to_micros(at), repository)

    def revive(self, backup_ids: Iterable[str], *, repository: str) -> None:
        """Note that there is a reason to keep their copies there again."""
        self._expire(backup_ids, None, repository)

    def remove(self, backup_id: str) -> None:
        """Forget a backup and all its copies."""
        with self._database.writing() as connection:
            server_id = self._server_of(connection, backup_id)
            if server_id is not None:
                self._remove(connection, backup_id)
                self._database.note_change(connection, server_id)

    def get(self, backup_id: str) -> CatalogEntry | None:
        """What is known of one backup."""
        found = self._entries(backup.c.backup_id == backup_id)
        return found[0] if found else None

    def entries(self, server_id: str | None = None) -> tuple[CatalogEntry, ...]:
        """The backups of a server, or of all, oldest first."""
        return (
            self._entries() if server_id is None else self._entries(backup.c.server_id == server_id)
        )

    def servers(self) -> tuple[str, ...]:
        """The servers of which a backup is known, by name."""
        listed = select(backup.c.server_id).distinct()
        with self._database.reading() as connection:
            return tuple(sorted(connection.execute(listed).scalars()))

    def repositories(self) -> frozenset[str]:
        """The repositories in which a copy is known, or was and is missing there."""
        listed = select(backup_copy.c.repository).distinct()
        with self._database.reading() as connection:
            return frozenset(connection.execute(listed).scalars())

    def ids(self) -> tuple[str, ...]:
        """The ids of all backups, oldest first."""
        listed = select(backup.c.backup_id).order_by(backup.c.sequenced_at, backup.c.backup_id)
        with self._database.reading() as connection:
            return tuple(connection.execute(listed).scalars())

    def some(self, backup_ids: Iterable[str]) -> tuple[CatalogEntry, ...]:
        """Those of these backups that are known, oldest first within each five hundred."""
        return tuple(
            entry
            for batch in _batches(sorted(set(backup_ids)))
            for entry in self._found(_LISTED_SOME, _COPIED_SOME, {"ids": batch})
        )

    def manifest(self, backup_id: str) -> Manifest | None:
        """A backup's manifest; ``None`` where it is not here, or another version has written it."""
        with self._database.reading() as connection:
            payload = connection.execute(
                select(backup_manifest.c.payload).where(backup_manifest.c.backup_id == backup_id)
            ).scalar()
        raw = None if payload is None else unpack(payload)
        try:
            return None if raw is None else msgspec.msgpack.decode(raw, type=Manifest)
        except msgspec.MsgspecError:
            return None

    def _entries(self, *conditions: Any) -> tuple[CatalogEntry, ...]:
        copied = _COPIED.join(backup).where(*conditions) if conditions else _COPIED
        return self._found(_LISTED.where(*conditions), copied, {})

    def _found(
        self, listed: Select[Any], copied: Select[Any], wanted: dict[str, object]
    ) -> tuple[CatalogEntry, ...]:
        with self._database.reading() as connection, without_looking_for_garbage():
            copies = copies_of(rows(connection, copied, wanted))
            return tuple(entry_of(row, copies) for row in rows(connection, listed, wanted))

    def _record(self, connection: Connection, copy: BackupCopy) -> None:
        given = self._database.insert(backup_copy).values(
            backup_id=copy.backup_id,
            repository=copy.repository,
            state=copy.state.value,
            level=int(copy.level),
            verified_at=None if copy.verified_at is None else to_micros(copy.verified_at),
            problem=copy.problem,
            key_id=copy.key_id,
            expired_at=None if copy.expired_at is None else to_micros(copy.expired_at),
        )
        turns_bad = copy.state is not CopyState.COMPLETE and was_sound(connection, copy)
        had, new = backup_copy.c, given.excluded
        still_complete = and_(had.state == CopyState.COMPLETE, new.state == CopyState.COMPLETE)
        connection.execute(
            given.on_conflict_do_update(
                index_elements=["backup_id", "repository"],
                set_={
                    "state": new.state,
                    "problem": new.problem,
                    "key_id": func.coalesce(new.key_id, had.key_id),
                    "level": case(
                        (and_(still_complete, had.level > new.level), had.level), else_=new.level
                    ),
                    "verified_at": case(
                        (still_complete, func.coalesce(new.verified_at, had.verified_at)),
                        else_=new.verified_at,
                    ),
                },
            )
        )
        if copy.state is CopyState.COMPLETE and copy.level is VerificationLevel.RESTORED:
            note_restored(connection, copy.backup_id)
        if turns_bad:
            condemn_descendants(connection, copy)
        elif copy.state is CopyState.COMPLETE and copy.level is VerificationLevel.NONE:
            condemn_without_ancestors(connection, copy)

    def _keep(self, backup_id: str, reason: str) -> None:
        with self._database.writing() as connection:
            server_id = self._server_of(connection, backup_id)
            if server_id is None:
                return
            its = backup.c.backup_id == backup_id
            connection.execute(update(backup).where(its).values(kept_because=reason))
            if reason:
                mark(connection, [backup_id], None, None)
            self._database.note_change(connection, server_id)

    def _expire(self, backup_ids: Iterable[str], at: int | None, repository: str) -> None:
        with self._database.writing() as connection:
            servers: set[str] = set()
            for batch in _batches(list(backup_ids)):
                servers |= mark(connection, batch, at, repository)
            for server_id in sorted(servers):
                self._database.note_change(connection, server_id)

    def _server_of(self, connection: Connection, backup_id: str) -> str | None:
        """The backup's server, and its row kept from being removed meanwhile."""
        found: str | None = connection.execute(
            select(backup.c.server_id).where(backup.c.backup_id == backup_id).with_for_update()
        ).scalar()
        return found

    def _remove(self, connection: Connection, backup_id: str) -> None:
        for table in (backup_copy, backup_manifest, backup):
            connection.execute(delete(table).where(table.c.backup_id == backup_id))


def _packed(manifest: Manifest) -> bytes | None:
    payload = pack(msgspec.msgpack.encode(manifest))
    return payload if len(payload) <= LARGEST_MANIFEST else None


def _batches(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
