"""Which earlier backup an incremental one may refer to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import attrgetter

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.opened import DataKeys, read_manifest_of
from core.backup.repository.protocol import Repository
from core.backup.seal import open_sealed
from core.backup.still_there import why_incomplete
from core.errors import BackupError, CancelledError, KeyMissingError, PgvigilError, StoreError
from core.model.backup import (
    ArchiveFormat,
    ArtifactRole,
    BackupCopy,
    BackupKind,
    CatalogEntry,
    CopyState,
    Manifest,
    VerificationLevel,
)


def candidates(
    entries: Iterable[CatalogEntry], *, database: str, repositories: Collection[str]
) -> Iterator[CatalogEntry]:
    """The backups of ``database`` that may be a parent in every one of these, newest first.

    Such a one is whole and sealed in each of the repositories, and so is all that it needs; nothing
    of that has expired there.
    """
    by_id = {entry.backup_id: entry for entry in entries}
    usable = {
        entry.backup_id for entry in by_id.values() if _is_usable(entry, database, repositories)
    }
    ordered = sorted(by_id.values(), key=attrgetter("order"), reverse=True)
    for entry in ordered:
        if entry.backup_id in usable and entry.needs <= usable:
            yield entry


def newest_parent(
    entries: Iterable[CatalogEntry],
    *,
    server: str,
    database: str,
    repositories: Sequence[Repository],
    keys: OpeningKeys,
    on_damage: Callable[[BackupCopy], object],
) -> tuple[Manifest | None, tuple[str, ...]]:
    """The manifest of the newest possible parent, and a sentence for each that is none after all.

    Whatever a parent names is there with its size, and opens with ``keys`` in each repository; its
    table of contents can be read. A copy that lacks something is told to ``on_damage``, which the
    catalog did not know.

    Raises:
        CancelledError: a person cancelled the job.
        StoreError: the catalog can't be told.
    """
    problems: list[str] = []
    names = {repository.name for repository in repositories}
    for entry in candidates(entries, database=database, repositories=names):
        try:
            manifest = read_manifest_of(repositories[0], server, entry.backup_id, keys)
            damaged = _damaged(manifest, repositories, keys)
            if not damaged and manifest.archive_format is ArchiveFormat.DIRECTORY:
                table_of_contents_of(manifest, repositories, keys)
        except (CancelledError, StoreError):
            raise
        except PgvigilError as error:
            problems.append(f"{entry.backup_id} can't be built upon: {error.what}")
            continue
        if not damaged:
            return manifest, tuple(problems)
        for copy in damaged:
            on_damage(copy)
        told = "; ".join(f"{e.backup_id} in {e.repository}: {e.problem}" for e in damaged)
        problems.append(f"{entry.backup_id} can't be built upon: {told}")
    return None, tuple(problems)


def _damaged(
    manifest: Manifest, repositories: Sequence[Repository], keys: OpeningKeys
) -> list[BackupCopy]:
    """The copies of a backup, and of what it needs, that lack something which it names.

    Raises:
        BackupError: one of them is sealed with a key that is not at hand.
    """
    found = []
    for repository in repositories:
        for member in sorted({manifest.backup_id, *manifest.ancestors}):
            try:
                why = why_incomplete(repository, manifest, member, keys)
            except KeyMissingError as error:
                raise BackupError(
                    f"no key at hand opens {member} in {repository.name}", why=error.why
                ) from error
            if why:
                state, level = CopyState.DAMAGED, VerificationLevel.NONE
                found.append(BackupCopy(member, repository.name, state, level, None, why))
    return found


def table_of_contents_of(
    manifest: Manifest, repositories: Sequence[Repository], keys: OpeningKeys
) -> bytes:
    """The parent's ``toc.dat``, authenticated, from the first repository that gives it.

    Raises:
        BackupError: none does.
    """
    found = [e for e in manifest.artifacts if e.role is ArtifactRole.TABLE_OF_CONTENTS]
    failure: PgvigilError | None = None
    for artifact in found[:1]:
        path = layout.artifact_file(manifest.server_id, artifact.backup_id, artifact.name)
        for repository in repositories:
            try:
                data_keys = DataKeys(repository, manifest.server_id, keys)
                data_key = data_keys.of(artifact.backup_id, artifact.name)
                with repository.reader(path) as source:
                    opened = open_sealed(
                        source,
                        data_key,
                        backup_id=artifact.backup_id,
                        name=artifact.name,
                        digest=artifact.digest,
                    )
                    return b"".join(opened)
            except PgvigilError as error:
                failure = failure or error
    raise BackupError(
        f"The table of contents of backup {manifest.backup_id} can't be read",
        why=failure.what if failure else "it has none",
        remedy="take a full backup, and verify that one: pgvigil backup verify",
    )


def _is_usable(entry: CatalogEntry, database: str, repositories: Collection[str]) -> bool:
    whole = {
        copy.repository
        for copy in entry.copies
        if copy.state is CopyState.COMPLETE
        and copy.level >= VerificationLevel.SEALED
        and copy.expired_at is None
    }
    return (
        entry.database == database
        and entry.kind in {BackupKind.FULL, BackupKind.INCREMENTAL}
        and whole >= set(repositories)
    )
