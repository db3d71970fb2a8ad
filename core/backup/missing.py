"""Copies that were never written, noted as missing: so that they are told and repaired."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.opened import read_manifest_of
from core.backup.repository.protocol import Repository
from core.backup.retention import plan_prune
from core.config.settings import Settings
from core.errors import CancelledError, PgvigilError, StoreError
from core.model.backup import BackupCopy, CatalogEntry, CopyState, VerificationLevel
from core.store.catalog import Catalog

_STATES = {CopyState.COMPLETE: 1, CopyState.DAMAGED: 0}


def note_missing(
    repositories: Sequence[Repository],
    catalog: Catalog,
    keys: OpeningKeys,
    settings: Settings,
    server: str,
    *,
    now: datetime,
) -> tuple[BackupCopy, ...]:
    """Note each copy that one of these repositories should have and never had; gives those.

    The catalog is in line with these repositories. ``[backup] copies`` says which of them should
    have what; a backup whose order named its repositories itself is wanted in those only, and one
    that the policy lets go is wanted nowhere. Of what can't be found out nothing is noted.

    Raises:
        StoreError: the catalog can't be used.
        CancelledError: a person cancelled the job.
    """
    noted: list[BackupCopy] = []
    entries = catalog.entries(server)
    for repository in repositories:
        if repository.name not in settings.backup.copies:
            continue
        try:
            for entry in _lacking(entries, repository.name, settings, now):
                meant = _meant_for(entry, repositories, catalog, keys)
                if meant and repository.name not in meant:
                    continue
                # It may have been written since the list was made.
                if repository.exists(layout.manifest_file(server, entry.backup_id)):
                    continue
                missing = BackupCopy(
                    entry.backup_id,
                    repository.name,
                    CopyState.MISSING,
                    VerificationLevel.NONE,
                    None,
                    "it was never written there",
                )
                catalog.record_copy(missing)
                noted.append(missing)
        except (StoreError, CancelledError):
            raise
        except PgvigilError:
            continue
    return tuple(noted)


def _lacking(
    entries: Iterable[CatalogEntry], repository: str, settings: Settings, now: datetime
) -> list[CatalogEntry]:
    """What the catalog does not know there at all, and the policy would keep there, oldest first.

    Where prune has destroyed it, it is not known there either, and is not to come back.

    Raises:
        BackupError: the entries are of several servers.
    """
    unknown: dict[str, CatalogEntry] = {}
    here: list[CatalogEntry] = []
    for entry in entries:
        own = tuple(copy for copy in entry.copies if copy.repository == repository)
        if own:
            here.append(replace(entry, copies=own))
        elif entry.expired_at is None and (best := _best(entry)) is not None:
            unknown[entry.backup_id] = entry
            here.append(replace(entry, copies=(best,)))
    if not unknown:
        return []
    # A leap of the clock is no reason to bring back what prune has let go.
    kept = plan_prune(here, replace(settings.retention, settle_days=0), now).kept
    return [unknown[e.entry.backup_id] for e in kept if e.entry.backup_id in unknown]


def _best(entry: CatalogEntry) -> BackupCopy | None:
    """The copy from which another could be written."""
    there = [copy for copy in entry.copies if copy.state in _STATES]
    return max(there, key=lambda copy: (_STATES[copy.state], copy.level), default=None)


def _meant_for(
    entry: CatalogEntry,
    repositories: Sequence[Repository],
    catalog: Catalog,
    keys: OpeningKeys,
) -> tuple[str, ...]:
    """The repositories that its order named; empty: those of the config.

    Raises:
        PgvigilError: its manifest can't be read.
    """
    manifest = catalog.manifest(entry.backup_id)
    there = {copy.repository for copy in entry.copies if copy.state is CopyState.COMPLETE}
    if manifest is None:
        for repository in repositories:
            if repository.name in there:
                manifest = read_manifest_of(repository, entry.server_id, entry.backup_id, keys)
                break
    return manifest.copies if manifest else ()
