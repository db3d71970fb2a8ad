"""Scratch servers that outlived their restore: found again, and taken away."""

from __future__ import annotations

from pathlib import Path

from core.config.settings import Settings
from core.model.restore_operation import RestoreOperation, RestoreStatus
from core.postgres.embedded import kept_folders, kept_for, remove_kept
from core.restore.scratch.server import PREFIX, places, sweep_dead
from core.restore.undo import Undo, Undone, refused, require_over
from core.store.local import host
from core.store.store import Store


def kept_folder(operation: RestoreOperation) -> Path:
    """The folder of the server that a restore left running.

    Raises:
        RestoreError: it is no more, or it is on another host.
    """
    require_over(operation)
    kept = operation.kept
    if kept is None:
        raise refused(operation, "it left no server", "")
    folder = Path(kept.folder)
    if kept_for(folder) == operation.operation_id:
        return folder
    if kept.host != host():
        raise refused(operation, f"its server is on {kept.host}", "undo it there")
    raise refused(operation, f"there is no {folder} any more", "")


def plan_take_away(operation: RestoreOperation) -> Undo:
    """What undoing a restore on a scratch server would do.

    Raises: as ``kept_folder``.
    """
    folder = kept_folder(operation)
    return Undo(
        f"the scratch server is stopped, and {folder} removed with all that is in it",
        operation.target_database,
        0,
        (),
    )


def take_away(operation: RestoreOperation) -> Undone:
    """Stop the server that a restore left running, and remove it.

    Raises: as ``kept_folder``.
    """
    folder = kept_folder(operation)
    remove_kept(folder)
    return Undone(f"the scratch server is stopped, and {folder} removed")


def clear_dead(store: Store, settings: Settings) -> tuple[str, ...]:
    """Take away what dead restores left on this host; gives a sentence for each.

    Raises:
        StoreError: the store failed.
    """
    told = [f"cleared up after a dead scratch server: {each}" for each in sweep_dead(settings)]
    for folder in kept_folders(PREFIX, places(settings)):
        operation = store.restore_operations.get(kept_for(folder))
        if operation is not None and _is_nobodys(operation):
            remove_kept(folder)
            told.append(f"cleared up the scratch server of restore {operation.operation_id}")
    return tuple(told)


def _is_nobodys(operation: RestoreOperation) -> bool:
    """Whether a restore died between keeping its server and saying so, or was undone."""
    return operation.status.is_over and operation.status is not RestoreStatus.COMPLETED
