"""A backup written out as pg_dump wrote it, for plain pg_restore: decrypted, every byte checked."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.manifest import is_safe_name
from core.backup.opened import DataKeys
from core.backup.progress import JobReporter
from core.backup.repository.protocol import ObjectReader, Repository
from core.backup.seal import open_sealed
from core.errors import BackupError, DamagedArtifactError
from core.model.backup import Artifact, ArtifactRole, Manifest

ARCHIVE_FOLDER = "database"
"""Below the folder that is written: the archive in directory format."""


def export_backup(
    repository: Repository,
    manifest: Manifest,
    keys: OpeningKeys,
    out: Path,
    reporter: JobReporter,
) -> Path:
    """Write the backup into the new folder ``out``; gives the path of the archive in it.

    The folder is for its owner alone; it has its name only when all of it is there and durable.

    Raises:
        BackupError: there is something at ``out`` already, or it can't be written.
        DamagedArtifactError: an artifact is not what the manifest names.
        KeyMissingError: the key is not at hand.
        RepositoryError: the repository can't be read.
        CancelledError: a person cancelled the job.
    """
    unfinished = out.with_name(f"{out.name}.unfinished")
    if os.path.lexists(out) or os.path.lexists(unfinished):
        there = out if os.path.lexists(out) else unfinished
        raise BackupError(
            f"{there} is there already",
            why="a backup is written into a new folder, so that nothing of another is among it",
            remedy="name a new folder, or remove that one",
        )
    reporter.phase("export", sum(each.sealed_bytes for each in manifest.artifacts))
    try:
        unfinished.mkdir(mode=0o700)
        (unfinished / ARCHIVE_FOLDER).mkdir(mode=0o700)
        data_keys = DataKeys(repository, manifest.server_id, keys)
        for artifact in manifest.artifacts:
            path = layout.artifact_file(manifest.server_id, artifact.backup_id, artifact.name)
            with repository.reader(path) as source:
                _write(source, data_keys, artifact, place_in(unfinished, artifact), reporter)
            reporter.advance(artifact.sealed_bytes)
        with suppress(OSError):
            (unfinished / ARCHIVE_FOLDER).rmdir()  # an archive in custom format is one file
        unfinished.rename(out)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise BackupError(
            f"The backup can't be written to {out}",
            why=error.strerror or str(error),
            remedy="make room there, or name a folder elsewhere",
        ) from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    archives = [each for each in manifest.artifacts if each.role is ArtifactRole.ARCHIVE]
    return out / (archives[0].file_name if archives else ARCHIVE_FOLDER)


def place_in(folder: Path, artifact: Artifact) -> Path:
    """Where an artifact goes.

    Raises:
        DamagedArtifactError: its name leads elsewhere.
    """
    if not is_safe_name(artifact.file_name):
        raise DamagedArtifactError(f"{artifact.file_name!r} is no name that pgvigil gives")
    is_apart = artifact.role in {ArtifactRole.GLOBALS, ArtifactRole.ARCHIVE}
    return folder / artifact.file_name if is_apart else folder / ARCHIVE_FOLDER / artifact.file_name


def _write(
    source: ObjectReader,
    data_keys: DataKeys,
    artifact: Artifact,
    target: Path,
    reporter: JobReporter,
) -> None:
    data_key = data_keys.of(artifact.backup_id, artifact.name)
    size = 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for plain in open_sealed(
            source,
            data_key,
            backup_id=artifact.backup_id,
            name=artifact.name,
            digest=artifact.digest,
        ):
            reporter.check_cancelled()
            file.write(plain)
            size += len(plain)
        file.flush()
        os.fsync(file.fileno())
    if size != artifact.plain_bytes:
        raise DamagedArtifactError(
            f"{artifact.name} of backup {artifact.backup_id} is not as long as it should be",
            why=f"{size} bytes instead of {artifact.plain_bytes}",
            remedy="use another copy of this backup",
        )
