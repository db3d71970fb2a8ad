"""What can be restored: to which moments, and what each backup has of what is gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from core.config.settings import Settings
from core.errors import ConfigError, PgvigilError, RestoreError
from core.model.backup import ArtifactRole, CatalogEntry, TableName
from core.model.recovery import BackupContents, RecoveryTimeline, TableToRestore
from core.store.store import Store

_Live: TypeAlias = frozenset[TableName] | PgvigilError
"""The tables of a live database, or why they can't be had."""

_COMPARED = 20
"""Backups whose tables are compared with the live ones: the newest."""


def timeline_of(
    server_id: str, store: Store, settings: Settings, now: datetime
) -> RecoveryTimeline:
    """To which moments a server's databases can be brought back; the live ones are looked at.

    Raises:
        ConfigError: a key of the config can't be used.
        StoreError: the store can't be read.
    """
    from core.backup.keys.sources import load_opening_keys
    from core.restore.choose import openable
    from core.restore.timeline import recovery_timeline

    entries = store.catalog.entries(server_id)
    keys = load_opening_keys(settings.encryption, settings.keys)
    found = recovery_timeline(
        entries,
        keys=openable(entries, keys),
        objective_seconds=settings.backup.objective_seconds,
        now=now,
    )
    compared = _compared(found, store, _live_tables(server_id, settings))
    return replace(compared, database=_own_database(server_id, settings))


def contents_of(server_id: str, backup_id: str, store: Store, settings: Settings) -> BackupContents:
    """What can be chosen of a backup, and what of it is gone of the live database.

    Raises:
        RestoreError: its tables are not known here.
        StoreError: the store can't be read.
    """
    entry = store.catalog.get(backup_id)
    live = None if entry is None else _live_tables(server_id, settings)(entry)
    known = None if isinstance(live, PgvigilError) else live
    return _contents(store, backup_id, known)


def _own_database(server_id: str, settings: Settings) -> str:
    """The database that the config names for a server; empty where it names none."""
    from core.postgres.target import Target

    if (server := settings.servers.get(server_id)) is None:
        return ""
    with suppress(ConfigError):  # who asks the live database is told of it
        return Target.from_settings(server_id, server).parameters.get("dbname", "")
    return ""


def _live_tables(server_id: str, settings: Settings) -> Callable[[CatalogEntry], _Live]:
    """Gives the tables of the database that a backup is of; each is asked once."""
    known: dict[str, _Live] = {}

    def read(database: str) -> _Live:
        from core.restore.survey import endpoint_of
        from core.restore.target.tables import live_tables

        try:
            return live_tables(endpoint_of(server_id, settings).with_database(database))
        except PgvigilError as error:
            return error

    def of(entry: CatalogEntry) -> _Live:
        if entry.database not in known:
            known[entry.database] = read(entry.database)
        return known[entry.database]

    return of


def _compared(
    found: RecoveryTimeline,
    store: Store,
    live: Callable[[CatalogEntry], _Live],
) -> RecoveryTimeline:
    """The newest of its points with what is gone of the live database since."""
    from core.restore.merge.journal import is_of_a_merge

    points, not_compared = list(found.points), ""
    for place, point in enumerate(points[:_COMPARED]):
        there = live(point.entry)
        if isinstance(there, PgvigilError):
            not_compared = f"{there.what}: {there.why}" if there.why else there.what
            continue
        manifest = store.catalog.manifest(point.entry.backup_id)
        if manifest is not None:
            had = {TableName(each.schema, each.name) for each in manifest.fingerprint.tables}
            lost = {each for each in had - there if not is_of_a_merge(each.schema)}
            gone = sorted(lost, key=lambda each: (each.schema, each.name))
            points[place] = replace(point, gone=tuple(gone))
    return replace(found, points=tuple(points), not_compared=not_compared)


def _contents(store: Store, backup_id: str, live: frozenset[TableName] | None) -> BackupContents:
    from core.restore.merge.journal import is_of_a_merge

    manifest = store.catalog.manifest(backup_id)
    if manifest is None:
        raise RestoreError(
            f"What backup {backup_id} holds is not known here",
            why="the catalog has no copy of its manifest",
            remedy=f"choose everything, or: pgvigil restore plan --backup {backup_id} --table …",
        )
    sealed: dict[TableName, int] = {}
    for artifact in manifest.artifacts:
        if artifact.role is ArtifactRole.TABLE_DATA and artifact.table is not None:
            sealed[artifact.table] = sealed.get(artifact.table, 0) + artifact.sealed_bytes
    names = {
        TableName(each.schema, each.name): each.rows
        for each in manifest.fingerprint.tables
        if not is_of_a_merge(each.schema)
    }
    tables = tuple(
        TableToRestore(
            table, rows, sealed.get(table, 0), None if live is None else table not in live
        )
        for table, rows in sorted(names.items(), key=lambda each: (each[0].schema, each[0].name))
    )
    found = [e.sealed_bytes for e in manifest.artifacts if e.role is ArtifactRole.GLOBALS]
    return BackupContents(
        backup_id,
        tables,
        sum(each.sealed_bytes for each in manifest.artifacts),
        globals_bytes=sum(found) if found else None,
    )
