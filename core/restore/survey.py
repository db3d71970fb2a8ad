"""What a restore is planned by: the backup in its repository, and the target's server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from core.backup import layout
from core.backup.dump.endpoint import Endpoint
from core.backup.dump.table_of_contents import (
    TableOfContents,
    read_start_of_archive,
    read_table_of_contents,
)
from core.backup.keys.sources import load_opening_keys
from core.backup.opened import read_manifest_with
from core.backup.ordered import server_of
from core.backup.progress import JobReporter
from core.backup.repository.open import repository_named
from core.backup.repository.protocol import Repository
from core.backup.seal import open_sealed
from core.backup.staging import staging_root
from core.backup.unsealing import SealedSource
from core.config.settings import Settings
from core.errors import BackupError, RestoreError
from core.model.backup import Artifact, ArtifactRole, CatalogEntry, Manifest, TableName
from core.model.restore import RestoreWish, TargetKind
from core.model.restore_target import TargetState
from core.postgres.client_programs import ClientPrograms, embedded_place, find_client_programs
from core.postgres.failure import ConnectError
from core.postgres.target import Target
from core.postgres.text import python_codec
from core.restore.choose import Wanted, choose_backup, openable
from core.restore.damage import naming_what_is_read, noting_damage
from core.restore.estimate import Earlier, earlier_restore
from core.restore.merge.apply import Reviewed, read_reviewed
from core.restore.merge.live import LiveDatabase, read_live
from core.restore.merge.partitions import PartitionGone, partitions_gone
from core.restore.planner import START
from core.restore.scratch.server import ScratchServer, scratch_server
from core.restore.surroundings import Surroundings
from core.restore.swap.properties import Properties, read_properties
from core.restore.target.state import read_target
from core.restore.target.tables import tables_left_out
from core.restore.validate import further_of
from core.store.store import Store

_LOOKED_THROUGH = 200
_MAINTENANCE = "postgres"
"""The database that every server has, whatever happened to the others."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was found; ``source`` is open for as long as the survey's context lasts.

    So long ``scratch`` runs, too, where the restore is to one.
    """

    around: Surroundings
    source: SealedSource
    staging: Path
    scratch: ScratchServer | None = None


@contextmanager
def surveyed(
    wish: RestoreWish,
    store: Store,
    settings: Settings,
    *,
    state_folder: Path,
    reporter: JobReporter,
) -> Iterator[Surveyed]:
    """Look at all that a restore of ``wish`` is planned by.

    A copy that turns out damaged, now or while this lasts, is noted as damaged.

    Raises:
        DamagedCopyError: the copy that would serve is damaged.
        BackupError: no backup serves, or the one that was chosen can't be read.
        RestoreError: the target can't be looked at.
        ConfigError: the config has no such server.
        ConnectError: the target's server can't be reached.
        StoreError: the store failed.
    """
    keys = load_opening_keys(settings.encryption, settings.keys)
    entries = _entries(wish, store)
    choice = choose_backup(
        entries,
        Wanted(wish.server_id, wish.database, wish.moment, wish.backup_id, wish.repository),
        keys=openable(entries, keys),
        repositories=settings.backup.copies or tuple(settings.repositories),
    )
    name, entry = choice.copy.repository, choice.entry
    with (
        noting_damage(store.catalog),
        closing(repository_named(name, settings.repositories, reporter)) as repository,
        ExitStack() as until_done,
    ):
        source = SealedSource.of(repository, entry.server_id, keys)
        with naming_what_is_read(repository, entry.backup_id, "the manifest"):
            manifest = read_manifest_with(source.data_keys, entry.backup_id)
        staging = staging_root(settings.backup, state_folder)
        contents = contents_of(source, manifest)
        scratch = None
        if wish.target is TargetKind.SCRATCH:
            reporter.phase(START)
            started = scratch_server(manifest, contents, settings, state_folder=state_folder)
            scratch = until_done.enter_context(started)
        endpoint = scratch.endpoint if scratch else endpoint_of(wish.target_server, settings)
        target = _looked_at(endpoint, wish.target_server)
        around = Surroundings(
            choice=choice,
            manifest=manifest,
            contents=contents,
            target=target,
            endpoint=endpoint,
            programs=scratch.programs
            if scratch
            else programs_for(manifest, endpoint, settings, state_folder),
            workers=settings.dump.workers,
            staging_free=shutil.disk_usage(staging).free,
            target_free=scratch.free_bytes if scratch else None,
            shares_disk=scratch is not None and share_a_disk(staging, scratch.server.folder),
            live=_live(endpoint, wish),
            earlier=_earlier(wish, store, settings),
            there=_there(wish, endpoint, target),
            partitions_gone=_partitions_gone(wish, endpoint, target, contents, manifest),
            further=further_of(wish, settings.restore),
            reviewed=_reviewed(wish, endpoint, target),
            globals_sql=_globals(wish, source, manifest),
            left_out=_left_out(wish, endpoint, target, manifest),
        )
        yield Surveyed(around, source, staging, scratch)


def share_a_disk(one: Path, other: Path) -> bool:
    """Whether two folders take their room from the same file system."""
    return one.stat().st_dev == other.stat().st_dev


def _there(wish: RestoreWish, endpoint: Endpoint, target: TargetState) -> LiveDatabase | None:
    """What is in the database that a merge goes into, where there is such a database."""
    if wish.target is not TargetKind.MERGE or target.database(wish.target_database) is None:
        return None
    wanted = [(each.table.schema, each.table.name) for each in wish.tables]
    return read_live(endpoint.with_database(wish.target_database), wanted)


def _left_out(
    wish: RestoreWish, endpoint: Endpoint, target: TargetState, manifest: Manifest
) -> frozenset[TableName] | None:
    """What a swap would take from under the live database's name, as backups leave it out."""
    if wish.target is not TargetKind.SWAP or target.database(wish.target_database) is None:
        return frozenset()
    return tables_left_out(endpoint.with_database(wish.target_database), manifest.selection)


def _partitions_gone(
    wish: RestoreWish,
    endpoint: Endpoint,
    target: TargetState,
    contents: TableOfContents,
    manifest: Manifest,
) -> tuple[PartitionGone, ...]:
    """The backup's partitions that a merge finds to be none any more."""
    is_there = target.database(wish.target_database) is not None
    if wish.target is not TargetKind.MERGE or wish.staged_by or not (wish.tables and is_there):
        return ()
    codec = python_codec(manifest.fingerprint.encoding)
    live = endpoint.with_database(wish.target_database)
    return partitions_gone(live, contents, wish.tables, codec)


def _reviewed(wish: RestoreWish, endpoint: Endpoint, target: TargetState) -> Reviewed | None:
    """What an earlier merge staged in the database, where this one is about that."""
    if not wish.staged_by or target.database(wish.target_database) is None:
        return None
    return read_reviewed(endpoint.with_database(wish.target_database), wish.staged_by)


def _globals(wish: RestoreWish, source: SealedSource, manifest: Manifest) -> bytes:
    """The SQL of roles and tablespaces, where these are wanted and the backup has them."""
    found = [each for each in manifest.artifacts if each.role is ArtifactRole.GLOBALS]
    if not (wish.target is TargetKind.GLOBALS or wish.create_roles) or not found:
        return b""
    return b"".join(_plain(source, found[0]))


def _earlier(wish: RestoreWish, store: Store, settings: Settings) -> Earlier:
    """What earlier restores, and drills, tell of how long this one takes."""
    told = map(earlier_restore, store.restore_operations.newest(_LOOKED_THROUGH))
    runs = tuple(each for each in told if each is not None)
    return Earlier(runs, wish.target, wish.target_server, settings.jobs.earlier_runs)


def _entries(wish: RestoreWish, store: Store) -> Sequence[CatalogEntry]:
    if not wish.backup_id:
        return store.catalog.entries(wish.server_id)
    entry = store.catalog.get(wish.backup_id)
    return (*store.catalog.some(entry.needs), entry) if entry is not None else ()


def _looked_at(endpoint: Endpoint, server_id: str) -> TargetState:
    try:
        with endpoint.connect_to_change() as connection:
            return read_target(connection)
    except psycopg.Error as error:
        raise RestoreError(
            f"The server {server_id} can't be looked at",
            why=str(error).strip(),
            remedy="try it with: pgvigil doctor; nothing was touched",
        ) from error


def _live(endpoint: Endpoint, wish: RestoreWish) -> Properties | None:
    """The live database's own properties, where another one is to take its place."""
    if wish.target is not TargetKind.SWAP:
        return None
    with endpoint.explaining(), endpoint.connect_to_change() as connection:
        return read_properties(connection, wish.target_database)


def endpoint_of(server_id: str, settings: Settings) -> Endpoint:
    """The server, through the database of its config, or another where that is not there.

    As the role that restores, where the config names one.

    Raises:
        ConfigError: the config has no such server.
        ConnectError: it can't be reached.
    """
    server = server_of(settings, server_id).for_restores()
    target = Target.from_settings(server_id, server)
    try:
        return Endpoint.of(target, settings.dump)
    except ConnectError as failure:
        try:
            return Endpoint.of(target.with_database(_MAINTENANCE), settings.dump)
        except ConnectError:
            raise failure from None


def programs_for(
    manifest: Manifest, endpoint: Endpoint, settings: Settings, state_folder: Path
) -> ClientPrograms:
    """pg_restore and its like: neither older than the archive nor than the server.

    Raises:
        PreflightError: there are none.
    """
    wanted = max(manifest.program_version, endpoint.server_version)
    return find_client_programs(
        wanted,
        configured=settings.dump.client_programs,
        embedded=lambda: embedded_place(state_folder / "programs"),
    )


def contents_of(source: SealedSource, manifest: Manifest) -> TableOfContents:
    """The table of contents of a backup's archive; of an archive that is one stream, its start.

    Raises:
        BackupError: it can't be understood.
        DamagedArtifactError: it is not as it was written.
        RepositoryError: the repository can't be read.
    """
    roles = {each.role: each for each in manifest.artifacts}
    if (contents := roles.get(ArtifactRole.TABLE_OF_CONTENTS)) is not None:
        return read_table_of_contents(b"".join(_plain(source, contents)))
    archive = roles.get(ArtifactRole.ARCHIVE)
    if archive is None:
        raise BackupError(
            f"Backup {manifest.backup_id} has no archive", why="its manifest names none"
        )
    start = b""
    for chunk in _plain(source, archive):
        start += chunk
        try:
            return read_start_of_archive(start)
        except BackupError:
            continue  # its entries go on in the next chunk
    return read_start_of_archive(start)


def _plain(source: SealedSource, artifact: Artifact) -> Iterator[bytes]:
    path = layout.artifact_file(source.server, artifact.backup_id, artifact.name)
    repository: Repository = source.repository
    with (
        naming_what_is_read(repository, artifact.backup_id, artifact.name),
        repository.reader(path) as sealed,
    ):
        yield from open_sealed(
            sealed,
            source.data_keys.of(artifact.backup_id, artifact.name),
            backup_id=artifact.backup_id,
            name=artifact.name,
            digest=artifact.digest,
        )
