"""Which earlier backup an incremental one may refer to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.opened import DataKeys, read_manifest_of
from core.backup.repository.protocol import Repository
from core.backup.seal import open_sealed
from core.errors import BackupError, CancelledError, PgvigilError
from core.model.backup import (
    ArtifactRole,
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
    of that has expired.
    """
    by_id = {entry.backup_id: entry for entry in entries}
    usable = {
        entry.backup_id for entry in by_id.values() if _is_usable(entry, database, repositories)
    }
    ordered = sorted(by_id.values(), key=lambda e: (e.snapshot_at, e.backup_id), reverse=True)
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
) -> tuple[Manifest | None, tuple[str, ...]]:
    """The manifest of the newest possible parent, and a sentence for each that can't be read.

    Raises:
        CancelledError: a person cancelled the job.
    """
    problems: list[str] = []
    names = {repository.name for repository in repositories}
    for entry in candidates(entries, database=database, repositories=names):
        try:
            return read_manifest_of(repositories[0], server, entry.backup_id, keys), tuple(problems)
        except CancelledError:
            raise
        except PgvigilError as error:
            problems.append(f"{entry.backup_id} can't be built upon: {error.what}")
    return None, tuple(problems)


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
        if copy.state is CopyState.COMPLETE and copy.level >= VerificationLevel.SEALED
    }
    return (
        entry.database == database
        and entry.kind in {BackupKind.FULL, BackupKind.INCREMENTAL}
        and entry.expired_at is None
        and whole >= set(repositories)
    )
