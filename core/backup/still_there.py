"""Whether everything that a manifest names is in a repository at this moment, by names and sizes.

What a prune deletes at the same time is told by the marks that it writes before: they are looked
at first, so that a deletion either shows as a mark or is over and shows in the list
(docs/backup-operations.md, "While a backup is written").
"""

from __future__ import annotations

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.markers import destructions, read_expiry
from core.backup.opened import DataKeys
from core.backup.repository.problems import ObjectMissingError
from core.backup.repository.protocol import Repository
from core.errors import BackupError, DamagedArtifactError, KeyMissingError
from core.model.backup import Manifest


def check_own(repository: Repository, manifest: Manifest, wraps: bytes) -> None:
    """Nothing, while the repository has all that a backup itself stored, and nobody clears it away.

    ``wraps`` is the content of its ``wraps.json``.

    Raises:
        BackupError: an object is not there, or not as it was written; or somebody destroys it.
        RepositoryError: the repository can't be read.
    """
    server, backup_id = manifest.server_id, manifest.backup_id
    if marks := destructions(repository, server, backup_id):
        raise _lost(repository, manifest, f"{marks[0].who} is clearing it away")
    folder, wraps_file = (
        layout.backup_folder(server, backup_id),
        layout.wraps_file(server, backup_id),
    )
    sizes = {each.path: each.size for each in repository.list(folder)}
    wanted = {
        layout.artifact_file(server, backup_id, each.name): each.sealed_bytes
        for each in manifest.artifacts
        if each.backup_id == backup_id
    }
    wanted[wraps_file] = len(wraps)
    lost = [path for path, size in wanted.items() if sizes.get(path) != size]
    lost += [folder + name for name, _ in manifest.beside if folder + name not in sizes]
    if not lost and repository.read(wraps_file) != wraps:
        lost = [wraps_file]
    if lost:
        others = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
        name = lost[0].removeprefix(folder)
        raise _lost(repository, manifest, f"{name} is not there as it was{others}")


def check_ancestors(repository: Repository, manifest: Manifest, keys: OpeningKeys) -> None:
    """Nothing, while the repository has every artifact of earlier backups that this one names.

    And while ``keys`` open them there: another copy of the same backup may have another key.

    Raises:
        BackupError: one is expired, destroyed, not there, or sealed with a key that is not at hand.
        RepositoryError: the repository can't be read.
    """
    server = manifest.server_id
    for ancestor in sorted(manifest.ancestors):
        if read_expiry(repository, server, ancestor) is not None:
            raise _gone(repository, manifest, ancestor, "it has expired, and is to be destroyed")
        if not repository.exists(layout.manifest_file(server, ancestor)):
            raise _gone(repository, manifest, ancestor, "it has no manifest any more")
        try:
            why = why_incomplete(repository, manifest, ancestor, keys)
        except KeyMissingError as error:
            raise _closed(repository, manifest, ancestor, error) from error
        if why:
            raise _gone(repository, manifest, ancestor, why)


def why_incomplete(
    repository: Repository, manifest: Manifest, member: str, keys: OpeningKeys
) -> str:
    """What lacks of the artifacts of ``member`` that ``manifest`` names; empty where nothing does.

    Each of their data keys is opened, too.

    Raises:
        KeyMissingError: they are sealed with a key that is not at hand.
        NewerFormatError: a newer pgvigil wrote the keys.
        RepositoryError: the repository can't be read.
    """
    server = manifest.server_id
    wanted = {
        layout.artifact_file(server, member, each.name): each
        for each in manifest.artifacts
        if each.backup_id == member
    }
    data_keys = DataKeys(repository, server, keys)
    try:
        for each in wanted.values():
            data_keys.of(member, each.name)
    except (ObjectMissingError, DamagedArtifactError) as error:
        return error.what
    prefix = f"{layout.backup_folder(server, member)}artifacts/"
    sizes = {each.path: each.size for each in repository.list(prefix)}
    lost = [e.name for path, e in wanted.items() if sizes.get(path) != e.sealed_bytes]
    return f"{lost[0]} is not there as it was" if lost else ""


def _lost(repository: Repository, manifest: Manifest, why: str) -> BackupError:
    return BackupError(
        f"What was stored of backup {manifest.backup_id} is gone from {repository.name}",
        why=why,
        remedy="nothing of it is kept there; look who deletes in that repository (a prune of a host"
        " that took this backup for dead?), then take it again",
    )


def _gone(repository: Repository, manifest: Manifest, ancestor: str, why: str) -> BackupError:
    return BackupError(
        f"Backup {manifest.backup_id} needs {ancestor}, which {repository.name} no longer has",
        why=why,
        remedy="nothing of it is kept there; the next run does not build upon that",
    )


def _closed(
    repository: Repository, manifest: Manifest, ancestor: str, error: KeyMissingError
) -> BackupError:
    return BackupError(
        f"Backup {manifest.backup_id} needs {ancestor}, which no key at hand opens in"
        f" {repository.name}",
        why=error.why,
        remedy="nothing of it is kept there; put that key back into the config, then: pgvigil key"
        f" rotate {repository.name}",
    )
