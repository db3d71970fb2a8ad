"""Destroys one copy of a backup: its keys first, so that from then on nobody can read it."""

from __future__ import annotations

from dataclasses import replace

from core.backup import layout
from core.backup.repository.protocol import Deletion, Repository


def destroy(repository: Repository, server: str, backup_id: str) -> Deletion:
    """Delete every object of a backup; what can be called again after it was interrupted.

    The wrapped keys go first, then the manifest, then the artifacts and what lies beside them, and
    last what says that it is destroyed and that it had expired: whoever finds only a part knows
    that the rest was to go. That nobody keeps it, the caller has seen to.
    What is locked stops it, so that a backup whose keys are locked stays whole.

    Raises:
        RepositoryError: the repository failed; call it again.
    """
    folder = layout.backup_folder(server, backup_id)
    wraps, manifest = layout.wraps_file(server, backup_id), layout.manifest_file(server, backup_id)
    there = [each.path for each in repository.list(folder)]
    last = [layout.protected_file(server, backup_id), layout.restored_file(server, backup_id)]
    last += [e for e in there if e.startswith(layout.destroying_prefix(server, backup_id))]
    last.append(layout.expired_file(server, backup_id))
    rest = [path for path in there if path not in {wraps, manifest, *last}]
    done = Deletion()
    for step in ([wraps], [manifest], rest):
        deleted = repository.delete(step)
        done = Deletion(
            (*done.removed, *deleted.removed),
            (*done.hidden, *deleted.hidden),
            (*done.kept, *deleted.kept),
        )
        if deleted.kept:
            return done
    # They are the youngest, so that a lock may hold them for longest; they hold nothing.
    said = repository.hide([path for path in last if path in there])
    return replace(done, removed=(*done.removed, *said.removed), kept=said.kept)
