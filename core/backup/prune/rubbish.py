"""Whether a folder without a manifest is what a dead run left, looked at for the last time."""

from __future__ import annotations

from collections.abc import Callable

from core.backup import layout
from core.backup.markers import Destruction
from core.backup.repository.protocol import Repository
from core.backup.stock import Folder


def why_alive(
    repository: Repository,
    folder: Folder,
    destruction: Destruction,
    is_under_way: Callable[[str], bool],
) -> str:
    """Why a folder is not to be cleared away; empty where it is.

    ``folder`` is as it was when that was planned, ``destruction`` has just been announced in it.
    How long nobody has written to it is told by the repository's clock, which dated that
    announcement: ours may be wrong.

    Raises:
        RepositoryError: the repository can't be read.
    """
    server, backup_id = folder.server, folder.backup_id
    there = {
        each.path: each.modified_at
        for each in repository.list(layout.backup_folder(server, backup_id))
    }
    now = there.pop(layout.destroying_file(server, backup_id, destruction.token), None)
    if layout.manifest_file(server, backup_id) in there:
        return "it was finished meanwhile"
    if there.keys() != folder.paths or now is None:
        return "somebody else writes to it"
    silent = (now - max(there.values())).total_seconds()
    if silent < repository.settings.stale_seconds:
        return f"by the repository's clock somebody wrote to it {max(silent, 0):.0f} seconds ago"
    return "it is being taken" if is_under_way(backup_id) else ""
