"""What a restore needs of a backup, decrypted in a private folder: authenticated before it is used.

Nothing of it reaches a server before all of it was read to its end.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from core.backup.dump.complete import without_suffix
from core.backup.progress import JobReporter
from core.backup.unsealing import ARCHIVE_FOLDER, SealedSource, place_in, unseal
from core.errors import CancelledError, RestoreError
from core.model.backup import Artifact, ArtifactRole, Manifest
from core.restore.damage import naming_what_is_read

FETCH = "fetch"

_FEWEST_READERS, _MOST_READERS = 2, 8


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lies decrypted: pg_restore's archive, and the SQL of roles and tablespaces."""

    archive: Path
    globals_file: Path | None


def needed_artifacts(manifest: Manifest, files: Collection[str] | None) -> tuple[Artifact, ...]:
    """The artifacts that a restore reads: all, or those with the rows in ``files``.

    ``files`` are names as the table of contents has them. Of an archive that is one stream all of
    it is read.
    """
    if files is None:
        return manifest.artifacts
    wanted = frozenset(files)  # of a schema they are thousands
    always = {ArtifactRole.TABLE_OF_CONTENTS, ArtifactRole.ARCHIVE}
    return tuple(
        each
        for each in manifest.artifacts
        if each.role in always or without_suffix(each.file_name) in wanted
    )


def fetch(
    source: SealedSource, artifacts: Sequence[Artifact], folder: Path, reporter: JobReporter
) -> Fetched:
    """Decrypt ``artifacts`` into the empty ``folder``, several at once, the biggest first.

    Raises:
        DamagedCopyError: one is not what the manifest names.
        KeyMissingError: its key is not at hand.
        RepositoryError: the repository can't be read.
        RestoreError: the folder can't be written to.
        CancelledError: a person cancelled the job.
    """
    reporter.phase(FETCH, sum(each.sealed_bytes for each in artifacts))
    stopped = Event()

    def one(artifact: Artifact) -> None:
        if stopped.is_set():
            raise CancelledError("The fetching was stopped")
        target = place_in(folder, artifact)
        place, table = source.repository, artifact.table
        with naming_what_is_read(place, artifact.backup_id, artifact.name, table):
            unseal(source, artifact, target, reporter)

    ordered = sorted(artifacts, key=lambda each: each.sealed_bytes, reverse=True)
    try:
        (folder / ARCHIVE_FOLDER).mkdir(mode=0o700)
        with ThreadPoolExecutor(_readers(), thread_name_prefix="fetch") as pool:
            reading = [pool.submit(one, artifact) for artifact in ordered]
            try:
                done, _ = wait(reading, return_when=FIRST_EXCEPTION)
            finally:
                stopped.set()
            # Of several failures that which stopped the others is the one that counts.
            for each in sorted(done, key=lambda one: isinstance(one.exception(), CancelledError)):
                each.result()
    except OSError as error:
        raise RestoreError(
            f"The backup can't be unpacked into {folder}",
            why=error.strerror or str(error),
            remedy="make room there, or name another folder: [backup] staging; nothing was changed"
            " on any server",
        ) from error
    return _fetched(folder, artifacts)


def _fetched(folder: Path, artifacts: Sequence[Artifact]) -> Fetched:
    by_role = {each.role: place_in(folder, each) for each in artifacts}
    archive = by_role.get(ArtifactRole.ARCHIVE, folder / ARCHIVE_FOLDER)
    return Fetched(archive, by_role.get(ArtifactRole.GLOBALS))


def _readers() -> int:
    """Threads at once: opening needs cores, a bucket needs patience."""
    return max(_FEWEST_READERS, min(_MOST_READERS, len(os.sched_getaffinity(0))))
