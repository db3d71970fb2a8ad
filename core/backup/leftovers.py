"""Taking away what a backup that was not finished left in a repository.

The manifest goes first, and only when it is surely gone anything else does: what has a manifest is
believed to be whole.
"""

from __future__ import annotations

from datetime import UTC, datetime

from core.backup import layout
from core.backup.markers import Destruction, announce_destruction, withdraw_destruction
from core.backup.repository.protocol import Repository
from core.errors import BackupError, RepositoryError
from core.store.local import host_name

_AT_ONCE = 1000


def discard(repository: Repository, server: str, backup_id: str) -> None:
    """Take a backup away that is not to be: its manifest first, then everything.

    Raises:
        BackupError: the manifest is held there, so that nothing was taken away.
        RepositoryError: the repository can't be reached; the next run tries again.
    """
    manifest = layout.manifest_file(server, backup_id)
    if repository.delete([manifest]).kept or repository.exists(manifest):
        raise BackupError(
            f"The manifest of backup {backup_id} can't be taken away from {repository.name}",
            why="an object lock or missing rights hold it",
            remedy="nothing else was taken away; look at the rights on the repository",
        )
    _delete(repository, server, backup_id, _all_of(repository, server, backup_id))


def discard_unless_whole(repository: Repository, server: str, backup_id: str) -> bool:
    """Take away what there is of a backup without a manifest; false where it has one.

    Its run writes to it no more: what that was sending when it died goes, too. Another host may be
    writing the copy again: it is said before it is looked for the manifest for the last time, so
    that whoever writes that meanwhile finds it said, or is found (docs/backup-operations.md).

    Raises:
        RepositoryError: the repository can't be reached.
        BackupError: ``backup_id`` is none.
    """
    manifest = layout.manifest_file(server, backup_id)
    if repository.exists(manifest):
        return False
    if any(repository.list(layout.backup_folder(server, backup_id))):
        who = f"the host {host_name()}, after a run that died,"
        destruction = Destruction.begin(who, datetime.now(UTC))
        announce_destruction(repository, server, backup_id, destruction)
        try:
            if repository.exists(manifest):
                return False
            said = layout.destroying_prefix(server, backup_id)
            paths = _all_of(repository, server, backup_id)
            # As long as we delete, ours stands there; others who delete have theirs.
            paths = [path for path in paths if not path.startswith(said)]
            _delete(repository, server, backup_id, paths)
        finally:
            withdraw_destruction(repository, server, backup_id, destruction)
    repository.clean_dead(layout.backup_folder(server, backup_id))
    return True


def _all_of(repository: Repository, server: str, backup_id: str) -> list[str]:
    return [each.path for each in repository.list(layout.backup_folder(server, backup_id))]


def _delete(repository: Repository, server: str, backup_id: str, paths: list[str]) -> None:
    # Without its keys the rest is noise, even where it can't be deleted.
    wraps = layout.wraps_file(server, backup_id)
    paths.sort(key=lambda path: path != wraps)
    for start in range(0, len(paths), _AT_ONCE):
        kept = repository.delete(paths[start : start + _AT_ONCE]).kept
        if kept:
            raise RepositoryError(
                f"{len(kept)} objects of an unfinished backup stay in {repository.name}",
                why=kept[0].why,
                remedy="they hold nothing that can be read; pgvigil backup prune clears them when"
                " their lock is over",
            )
