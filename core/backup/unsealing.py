"""A sealed artifact written out decrypted, every byte of it authenticated."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.manifest import is_safe_name
from core.backup.opened import DataKeys
from core.backup.progress import JobReporter
from core.backup.repository.protocol import Repository
from core.backup.seal import open_sealed
from core.errors import DamagedArtifactError
from core.model.backup import Artifact, ArtifactRole

ARCHIVE_FOLDER = "database"
"""Below the folder that is written to: the archive in directory format."""


@dataclass(frozen=True, slots=True)
class SealedSource:
    """The backups of one server in one repository, and what opens them."""

    repository: Repository
    server: str
    data_keys: DataKeys

    @classmethod
    def of(cls, repository: Repository, server: str, keys: OpeningKeys) -> Self:
        """The source that is opened with ``keys``."""
        return cls(repository, server, DataKeys(repository, server, keys))


def place_in(folder: Path, artifact: Artifact) -> Path:
    """Where an artifact goes.

    Raises:
        DamagedArtifactError: its name leads elsewhere.
    """
    if not is_safe_name(artifact.file_name):
        raise DamagedArtifactError(f"{artifact.file_name!r} is no name that pgvigil gives")
    is_apart = artifact.role in {ArtifactRole.GLOBALS, ArtifactRole.ARCHIVE}
    return folder / artifact.file_name if is_apart else folder / ARCHIVE_FOLDER / artifact.file_name


def unseal(source: SealedSource, artifact: Artifact, target: Path, reporter: JobReporter) -> None:
    """Write an artifact to the new file ``target``, for its owner alone.

    It is not seen to that it outlasts a loss of power: who restores from it begins anew then.

    Raises:
        DamagedArtifactError: it is not what the manifest names.
        KeyMissingError: the key is not at hand.
        RepositoryError: the repository can't be read.
        CancelledError: a person cancelled the job.
        OSError: the file can't be written.
    """
    path = layout.artifact_file(source.server, artifact.backup_id, artifact.name)
    data_key = source.data_keys.of(artifact.backup_id, artifact.name)
    size = 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, source.repository.reader(path) as sealed:
        for plain in open_sealed(
            sealed,
            data_key,
            backup_id=artifact.backup_id,
            name=artifact.name,
            digest=artifact.digest,
        ):
            reporter.check_cancelled()
            file.write(plain)
            size += len(plain)
    if size != artifact.plain_bytes:
        raise DamagedArtifactError(
            f"{artifact.name} of backup {artifact.backup_id} is not as long as it should be",
            why=f"{size} bytes instead of {artifact.plain_bytes}",
            remedy="use another copy of this backup",
        )
    reporter.advance(artifact.sealed_bytes)
