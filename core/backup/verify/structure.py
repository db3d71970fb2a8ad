"""Level 2: the parts of a backup fit together, so that pg_restore will find what it needs."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from core.backup import layout
from core.backup.dump.table_of_contents import (
    TableOfContents,
    read_start_of_archive,
    read_table_of_contents,
)
from core.backup.keys.ring import OpeningKeys
from core.backup.opened import DataKeys, read_manifest_of
from core.backup.progress import JobReporter
from core.backup.repository.protocol import Repository
from core.backup.seal import open_sealed
from core.backup.verify.archive import archive_problems, file_problems, large_object_lists
from core.backup.verify.chain import chain_problems
from core.backup.verify.listing import ArchiveListing, list_directory, list_stream
from core.backup.verify.problems import BAD, UnsoundBackupError, reason_of
from core.backup.verify.roles import globals_problems
from core.errors import BackupError, RepositoryError
from core.model.backup import ArchiveFormat, Artifact, ArtifactRole, Manifest
from core.postgres.client_programs import ClientPrograms

_LONGEST_TABLE_OF_CONTENTS = 1 << 30


def verify_structure(
    repository: Repository,
    manifest: Manifest,
    keys: OpeningKeys,
    reporter: JobReporter,
    *,
    programs: ClientPrograms | None,
    timeout_seconds: float,
) -> None:
    """See that archive, files, fingerprint, globals and chain of a sealed backup fit together.

    ``programs`` are asked for their opinion where there are any.

    Raises:
        UnsoundBackupError: something does not fit, in whatever copy.
        DamagedArtifactError: what had to be read is not what was sealed; see level 1.
        KeyMissingError, NewerFormatError, RepositoryError: nothing can be said.
        CancelledError: a person cancelled the job.
    """
    structure = _Structure(repository, manifest, keys, programs, timeout_seconds)
    for checks in ((structure.chain,), (structure.archive, structure.globals)):
        problems: list[str] = []
        for check in checks:
            reporter.check_cancelled()
            problems += check()
        if problems:
            raise UnsoundBackupError(manifest.backup_id, problems)


class _Structure:
    """What is read of one backup to see how its parts fit."""

    def __init__(
        self,
        repository: Repository,
        manifest: Manifest,
        keys: OpeningKeys,
        programs: ClientPrograms | None,
        timeout_seconds: float,
    ) -> None:
        self._repository = repository
        self._manifest = manifest
        self._keys = keys
        self._data_keys = DataKeys(repository, manifest.server_id, keys)
        self._programs = programs
        self._timeout_seconds = timeout_seconds

    def chain(self) -> Iterator[str]:
        """The ancestors are there, are not expired, and have what is referred to."""
        server, ancestors = self._manifest.server_id, {}
        for backup_id in sorted(self._manifest.ancestors):
            try:
                found = read_manifest_of(self._repository, server, backup_id, self._keys)
            except BAD as error:
                yield f"backup {backup_id}, which it needs, is not good: {reason_of(error)}"
            else:
                ancestors[backup_id] = found
        yield from chain_problems(self._manifest, ancestors)

    def archive(self) -> Iterator[str]:
        """The archive can be listed, and has what the fingerprint counted."""
        is_stream = self._manifest.archive_format is ArchiveFormat.CUSTOM
        role = ArtifactRole.ARCHIVE if is_stream else ArtifactRole.TABLE_OF_CONTENTS
        found = self._with_role(role)
        if len(found) != 1:
            yield f"it has {len(found)} artifacts that are its {role}"
            return
        try:
            contents = self._start(found[0]) if is_stream else self._contents(found[0])
        except BackupError as error:
            if isinstance(error, (*BAD, RepositoryError)):
                raise
            yield f"its table of contents can't be read: {error.why or error.what}"
            return
        yield from archive_problems(contents, self._manifest)
        if not is_stream:
            yield from file_problems(contents, self._manifest, self._lists(contents))
        yield from self._opinion(found[0], contents)

    def globals(self) -> Iterator[str]:
        """What pg_dumpall wrote is whole, where it was kept."""
        found = self._with_role(ArtifactRole.GLOBALS)
        if len(found) > 1:
            yield f"it has {len(found)} artifacts with globals"
        for each in found:
            yield from globals_problems(self._read(each))

    def _opinion(self, archive: Artifact, contents: TableOfContents) -> Iterator[str]:
        """What pg_restore says, where it is there."""
        if self._programs is None:
            return
        try:
            listing = self._listing(self._programs, archive)
        except BackupError as error:
            if isinstance(error, (*BAD, RepositoryError)):
                raise
            yield f"{error.what}: {error.why}"
            return
        if listing.entries != len(contents.entries):
            yield (
                f"pg_restore finds {listing.entries} entries in its table of contents,"
                f" pgvigil {len(contents.entries)}"
            )
        if listing.database != self._manifest.database:
            yield f"its archive is of database {listing.database}, not {self._manifest.database}"

    def _listing(self, programs: ClientPrograms, archive: Artifact) -> ArchiveListing:
        if archive.role is ArtifactRole.TABLE_OF_CONTENTS:
            return list_directory(programs, self._read(archive), self._timeout_seconds)
        with closing(self._chunks(archive)) as chunks:
            return list_stream(programs, chunks, self._timeout_seconds)

    def _contents(self, artifact: Artifact) -> TableOfContents:
        return read_table_of_contents(self._read(artifact))

    def _start(self, artifact: Artifact) -> TableOfContents:
        """The table of contents at the beginning of a stream, however long it is."""
        content, enough = bytearray(), 0
        with closing(self._chunks(artifact)) as chunks:
            for chunk in chunks:
                content += chunk
                if len(content) < enough:
                    continue
                try:
                    return read_start_of_archive(bytes(content))
                except BackupError:
                    enough = 2 * len(content)
                if enough > _LONGEST_TABLE_OF_CONTENTS:
                    break
        return read_start_of_archive(bytes(content))

    def _lists(self, contents: TableOfContents) -> dict[str, bytes]:
        wanted = large_object_lists(contents)
        return {
            each.file_name: self._read(each)
            for each in self._manifest.artifacts
            if each.file_name in wanted
        }

    def _with_role(self, role: ArtifactRole) -> list[Artifact]:
        return [each for each in self._manifest.artifacts if each.role is role]

    def _read(self, artifact: Artifact) -> bytes:
        with closing(self._chunks(artifact)) as chunks:
            return b"".join(chunks)

    def _chunks(self, artifact: Artifact) -> Generator[bytes, None, None]:
        path = layout.artifact_file(self._manifest.server_id, artifact.backup_id, artifact.name)
        data_key = self._data_keys.of(artifact.backup_id, artifact.name)
        with self._repository.reader(path) as source:
            yield from open_sealed(
                source,
                data_key,
                backup_id=artifact.backup_id,
                name=artifact.name,
                digest=artifact.digest,
            )
