"""A backup as it lies in a repository: its wrapped keys and its manifest, read and opened."""

from __future__ import annotations

from collections import defaultdict
from threading import Lock

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.keys.wrap import Wrap
from core.backup.keys.wraps_file import Wraps, read_wraps
from core.backup.manifest import NAME as MANIFEST
from core.backup.manifest import read_manifest
from core.backup.repository.protocol import Repository
from core.backup.seal import open_sealed
from core.errors import DamagedArtifactError, ManifestError
from core.model.backup import Manifest


def read_wraps_of(repository: Repository, server: str, backup_id: str) -> Wraps:
    """The wrapped data keys of a backup.

    Raises:
        ObjectMissingError: they are not there: never written, lost, or destroyed.
        DamagedArtifactError: they can't be read, or are those of another backup.
        NewerFormatError: a newer pgvigil wrote them.
        RepositoryError: the repository can't be read.
    """
    content = repository.read(layout.wraps_file(server, backup_id))
    return read_wraps(content, backup_id=backup_id)


def read_manifest_of(
    repository: Repository, server: str, backup_id: str, keys: OpeningKeys
) -> Manifest:
    """The manifest of a backup, authenticated to its end.

    Raises:
        ObjectMissingError: the backup has no manifest or no wrapped keys.
        ManifestError: it is not that of this backup of this server.
        DamagedArtifactError: it, or its wrapped key, is not as it was written.
        KeyMissingError: its key is not at hand.
        NewerFormatError: a newer pgvigil wrote it.
        RepositoryError: the repository can't be read.
    """
    return read_manifest_with(DataKeys(repository, server, keys), backup_id)


def read_manifest_with(data_keys: DataKeys, backup_id: str) -> Manifest:
    """The same, of the repository and server that ``data_keys`` are of; what they read they keep.

    Raises: as ``read_manifest_of``.
    """
    repository, server = data_keys.repository, data_keys.server
    with repository.reader(layout.manifest_file(server, backup_id)) as source:
        data_key = data_keys.of(backup_id, MANIFEST)
        opened = open_sealed(source, data_key, backup_id=backup_id, name=MANIFEST)
        content = b"".join(opened)
    manifest = read_manifest(content, backup_id=backup_id)
    if manifest.server_id != server:
        raise ManifestError(
            f"The manifest of backup {backup_id} is in the wrong place",
            why=f"it is of server {manifest.server_id}, and lies among the backups of {server}",
            remedy="move the backup's folder to its server's, or look who moved it",
        )
    return manifest


class DataKeys:
    """Data keys of one server's backups in one repository; each ``wraps.json`` is read once.

    May be used from several threads.
    """

    def __init__(self, repository: Repository, server: str, keys: OpeningKeys) -> None:
        self.repository = repository
        self.server = server
        self._keys = keys
        self._wraps: dict[str, dict[str, list[Wrap]]] = {}
        self._reading = Lock()

    def of(self, backup_id: str, artifact: str) -> bytes:
        """The data key of one artifact.

        Raises:
            DamagedArtifactError: ``wraps.json`` is damaged, or has no key of this artifact.
            KeyMissingError: the key that it is wrapped with is not at hand.
            NewerFormatError: a newer pgvigil wrote ``wraps.json``.
            RepositoryError: it is not there, or the repository can't be read.
        """
        wraps = self._wraps_of(backup_id).get(artifact)
        if not wraps:
            raise DamagedArtifactError(
                f"The key of {artifact} of backup {backup_id} is lost",
                why="wraps.json has no key for it",
                remedy="use wraps.json of another copy of this backup",
            )
        return self._keys.unwrap(wraps, backup_id=backup_id)

    def _wraps_of(self, backup_id: str) -> dict[str, list[Wrap]]:
        with self._reading:
            if backup_id not in self._wraps:
                by_artifact: dict[str, list[Wrap]] = defaultdict(list)
                for each in read_wraps_of(self.repository, self.server, backup_id).wraps:
                    by_artifact[each.artifact].append(each)
                self._wraps[backup_id] = dict(by_artifact)
            return self._wraps[backup_id]
