"""What lies in a repository, folder by folder, without opening anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.backup import layout
from core.backup.repository.protocol import ObjectInfo, Repository


@dataclass(frozen=True, slots=True)
class Folder:
    """The objects of one backup; ``newest`` is when the last of them was written."""

    server: str
    backup_id: str
    paths: frozenset[str]
    bytes: int
    newest: datetime

    @property
    def has_manifest(self) -> bool:
        """Whether the backup exists."""
        return layout.manifest_file(self.server, self.backup_id) in self.paths

    @property
    def has_wraps(self) -> bool:
        """Whether its keys are there."""
        return layout.wraps_file(self.server, self.backup_id) in self.paths

    @property
    def is_protected(self) -> bool:
        """Whether a person keeps it, and anything of it is left to be kept."""
        if layout.protected_file(self.server, self.backup_id) not in self.paths:
            return False
        artifacts = f"{layout.backup_folder(self.server, self.backup_id)}artifacts/"
        has_artifacts = any(path.startswith(artifacts) for path in self.paths)
        return self.has_manifest or self.has_wraps or has_artifacts

    @property
    def is_destroyed(self) -> bool:
        """Whether a prune has taken its keys away: nothing brings it back."""
        prefix = layout.destroying_prefix(self.server, self.backup_id)
        return not self.has_wraps and any(path.startswith(prefix) for path in self.paths)

    @property
    def is_expired(self) -> bool:
        """Whether its time of grace has begun."""
        return layout.expired_file(self.server, self.backup_id) in self.paths


def folders_in(repository: Repository, server: str) -> dict[str, Folder]:
    """Every folder of a backup of ``server``, by the backup's id.

    Raises:
        RepositoryError: the repository can't be listed.
    """
    found: dict[str, list[ObjectInfo]] = {}
    for each in repository.list(layout.server_folder(server)):
        place = layout.place_of(each.path)
        if place is not None and place.server == server:
            found.setdefault(place.backup_id, []).append(each)
    return {
        backup_id: Folder(
            server,
            backup_id,
            frozenset(each.path for each in objects),
            sum(each.size for each in objects),
            max(each.modified_at for each in objects),
        )
        for backup_id, objects in found.items()
    }


def paths_of(repository: Repository, server: str, backup_id: str) -> frozenset[str]:
    """The paths of one backup's objects.

    Raises:
        RepositoryError: the repository can't be listed.
    """
    folder = layout.backup_folder(server, backup_id)
    return frozenset(each.path for each in repository.list(folder))
