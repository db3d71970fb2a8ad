"""A private copy of one backup: what is spoilt is this, never what is kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.progress import JobReporter
from core.backup.repository.open import open_repository
from core.backup.repository.protocol import Repository
from core.config.repository_settings import RepositorySettings
from core.errors import RestoreError
from core.model.backup import Artifact, Manifest

COPY = "copy"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class PrivateCopy:
    """The copy in ``folder``; ``keys`` are those at hand, ``room`` an empty folder to unpack in."""

    manifest: Manifest
    folder: Path
    keys: OpeningKeys
    room: Path

    @property
    def server(self) -> str:
        """Whose backup it is."""
        return self.manifest.server_id

    @property
    def manifest_file(self) -> Path:
        """The sealed manifest."""
        return self.folder / layout.manifest_file(self.server, self.manifest.backup_id)

    @property
    def largest(self) -> Artifact:
        """The artifact with the most bytes."""
        return max(self.manifest.artifacts, key=lambda each: each.sealed_bytes)

    def file_of(self, artifact: Artifact) -> Path:
        """Where an artifact lies."""
        path = layout.artifact_file(self.server, artifact.backup_id, artifact.name)
        return self.folder / path

    @contextmanager
    def opened(self) -> Iterator[Repository]:
        """The copy as a repository."""
        repository = open_repository("private copy", RepositorySettings(path=str(self.folder)))
        try:
            yield repository
        finally:
            repository.close()

    @contextmanager
    def emptied(self) -> Iterator[Path]:
        """An empty folder to unpack in; what is left there goes in the end."""
        self.room.mkdir(mode=0o700)
        try:
            yield self.room
        finally:
            shutil.rmtree(self.room)


def copied(
    source: Repository,
    manifest: Manifest,
    keys: OpeningKeys,
    folder: Path,
    reporter: JobReporter,
) -> PrivateCopy:
    """Everything that restoring this backup reads, copied sealed as it is below ``folder``.

    Raises:
        RestoreError: there is no room for it.
        RepositoryError: the repository can't be read.
        CancelledError: a person cancelled the job.
    """
    needed = sum(each.sealed_bytes + each.plain_bytes for each in manifest.artifacts)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise RestoreError(
            "There is no room for a copy of the backup to be spoilt",
            why=f"{needed:,} bytes are needed in {folder}, and {free:,} are free",
            remedy="make room, or name another folder: [backup] staging; nothing was touched",
        )
    reporter.phase(COPY, sum(each.sealed_bytes for each in manifest.artifacts))
    server = manifest.server_id
    paths = {
        layout.manifest_file(server, manifest.backup_id),
        *(layout.wraps_file(server, each) for each in (manifest.backup_id, *manifest.ancestors)),
        *(layout.artifact_file(server, e.backup_id, e.name) for e in manifest.artifacts),
    }
    place = folder / "copy"
    try:
        for path in sorted(paths):
            _copy(source, path, place / path, reporter)
    except OSError as error:
        raise RestoreError(
            f"The backup can't be copied into {folder}",
            why=error.strerror or str(error),
            remedy="make room there, or name another folder: [backup] staging",
        ) from error
    return PrivateCopy(manifest, place, keys, folder / "unpacked")


def _copy(source: Repository, path: str, target: Path, reporter: JobReporter) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.reader(path) as sealed, target.open("xb") as file:
        while block := sealed.read(_BLOCK):
            reporter.check_cancelled()
            file.write(block)
            reporter.advance(len(block))
