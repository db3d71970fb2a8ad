"""The last steps of a backup: wrapped keys, and the manifest last.

When they begin, each good copy has the way in without pgvigil, and has given back every artifact.
From the moment at which a manifest may be in a repository, nothing else is taken away there before
that manifest is surely gone.
"""

from __future__ import annotations

from hashlib import sha256

from core.backup import break_glass, layout
from core.backup.copies import Copies, Copy, reads_otherwise
from core.backup.identity import claim
from core.backup.keys.ring import OpeningKeys
from core.backup.keys.wraps_file import read_wraps, write_wraps
from core.backup.manifest import NAME as MANIFEST
from core.backup.manifest import read_manifest, write_manifest
from core.backup.markers import Protection, write_protection
from core.backup.sealing import Sealing
from core.backup.still_there import check_ancestors, check_own
from core.errors import BackupError
from core.model.backup import Manifest


def beside(server: str, backup_id: str) -> dict[str, bytes]:
    """What lies beside a backup in the clear, by its path: the way in without pgvigil."""
    return {
        layout.break_glass_file(server, backup_id): break_glass.script(),
        layout.readme_file(server, backup_id): break_glass.readme(),
    }


def digests_beside(server: str, backup_id: str) -> tuple[tuple[str, str], ...]:
    """The names and SHA-256 of those files, as the manifest has them."""
    return tuple(
        (path.rpartition("/")[2], sha256(content).hexdigest())
        for path, content in beside(server, backup_id).items()
    )


def write_beside(copies: Copies, server: str, backup_id: str) -> None:
    """Write that to each good copy; it may be done before anything else is there.

    Raises:
        BackupError: no copy is left.
    """
    for path, content in beside(server, backup_id).items():
        copies.write(path, content)


def commit(
    copies: Copies,
    sealing: Sealing,
    manifest: Manifest,
    *,
    protection: Protection | None = None,
) -> None:
    """Make the backup exist in each good copy; ``copies.problems`` are those where it does not.

    Raises:
        BackupError: it exists in no copy; what was stored can be discarded.
    """
    server, backup_id = manifest.server_id, manifest.backup_id
    content = write_manifest(manifest)
    # What can't be read again must not be written: a newer self is not the only reader.
    if read_manifest(content, backup_id=backup_id) != manifest:
        raise BackupError(
            f"The manifest of backup {backup_id} does not read as it was written",
            why="a name in the database is not what text can hold",
            remedy="look for names that are not valid in the database's encoding",
        )
    sealed_manifest = sealing.seal_manifest(content, MANIFEST)
    wraps = write_wraps(sealing.wraps())
    copies.write(layout.wraps_file(server, backup_id), wraps)
    sealing.check_wraps(read_wraps(wraps, backup_id=backup_id))
    if protection is not None:
        kept = protection
        copies.each(lambda copy: write_protection(copy.repository, server, backup_id, kept))
    copies.each(lambda copy: commit_copy(copy, manifest, sealed_manifest, wraps, sealing.ring))


def commit_copy(
    copy: Copy, manifest: Manifest, sealed: bytes, wraps: bytes, keys: OpeningKeys
) -> None:
    """Write the manifest of one copy, and look whether what it names is still there.

    ``keys`` open what it needs of earlier backups.

    Raises:
        BackupError: it is not; what the copy has is to be discarded.
        RepositoryError: the repository failed.
    """
    repository, server = copy.repository, manifest.server_id
    # Somebody else may have claimed the server's folder meanwhile.
    claim(repository, server, manifest.system_identifier)
    check_own(repository, manifest, wraps)
    check_ancestors(repository, manifest, keys)
    for each in sorted({manifest.backup_id, *manifest.ancestors}):
        repository.settle(layout.backup_folder(server, each))
    path = layout.manifest_file(server, manifest.backup_id)
    repository.write(path, sealed)
    if repository.read(path) != sealed:
        raise reads_otherwise(repository, path)
    # Another host may have pruned between the look and the manifest, which would have held it back.
    check_own(repository, manifest, wraps)
    check_ancestors(repository, manifest, keys)
    copy.is_committed = True
