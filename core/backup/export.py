"""A backup written out as pg_dump wrote it, for plain pg_restore: decrypted, every byte checked."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from core.backup.keys.ring import OpeningKeys
from core.backup.progress import JobReporter
from core.backup.repository.protocol import Repository
from core.backup.unsealing import ARCHIVE_FOLDER, SealedSource, place_in, unseal
from core.errors import BackupError
from core.model.backup import ArtifactRole, Manifest


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
        source = SealedSource.of(repository, manifest.server_id, keys)
        for artifact in manifest.artifacts:
            target = place_in(unfinished, artifact)
            unseal(source, artifact, target, reporter)
            _settle(target)
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


def _settle(path: Path) -> None:
    """Have what a file holds outlast a loss of power."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
