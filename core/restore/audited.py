"""What the audit log tells of restores besides that they were asked for.

What came of one, which databases changed their names, what was opened or dropped again and by whom:
it is written down after it was done, and nothing that was done is undone because it can't be.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from core.errors import StoreError
from core.model.restore import TargetKind
from core.model.restore_operation import RestoreOperation, RestoreStatus, Verdict
from core.restore.doing import Done
from core.store.store import Store

CLEARED = "clear up after restores"
"""The action of what is taken away that restores left behind."""

_ENDED = "end of restore"
_EXCHANGED = "exchange databases"
_REPAIRED = "settle an interrupted swap"
_UNDO_FAILED = "undo of restore failed"
_log = logging.getLogger(__name__)


def ended(
    store: Store,
    operation: RestoreOperation,
    status: RestoreStatus,
    *,
    verdict: Verdict | None = None,
    what: str = "",
    differences: int = 0,
) -> None:
    """Tell what came of a restore: ``what`` in words, or why it failed."""
    told = {"status": status.value, "what": what, "backup": operation.backup_id}
    if verdict is not None:
        told["verdict"] = verdict.value
    if differences:
        told["differences"] = str(differences)
    _append(store, operation.who, _ENDED, operation, told)


def exchanged(store: Store, operation: RestoreOperation, done: Done) -> None:
    """Tell of a swap's exchange of names, where there was one."""
    if done.aside is not None:
        told = {"kept": done.aside.name, "kept oid": str(done.aside.oid)}
        _append(store, operation.who, _EXCHANGED, operation, told)


def repaired(store: Store, operation: RestoreOperation, what: str, who: str) -> None:
    """Tell what was found, and done, after a swap whose process died."""
    _append(store, who, _REPAIRED, operation, {"what": what})


def undo_failed(store: Store, operation: RestoreOperation, why: str, who: str) -> None:
    """Tell of an undo that was refused, or failed."""
    _append(store, who, _UNDO_FAILED, operation, {"why": why})


def cleared(store: Store, who: str, where: str, told: Iterable[str]) -> tuple[str, ...]:
    """Tell each thing that was taken away, as soon as it is; gives them all.

    Raises:
        StoreError: the store can't be written to.
    """
    found = []
    for each in told:
        store.audit.append(who, CLEARED, where, {"what": each})
        found.append(each)
    return tuple(found)


def _append(
    store: Store, who: str, action: str, operation: RestoreOperation, told: dict[str, str]
) -> None:
    where = f"database {operation.target_database} on {operation.target_server}"
    if operation.target is TargetKind.GLOBALS:
        where = f"server {operation.target_server}"
    try:
        store.audit.append(who, action, where, {"restore": operation.operation_id} | told)
    except StoreError as error:
        _log.warning(
            "the audit log could not be written to",
            extra={"action": action, "restore": operation.operation_id, "problem": error.what},
        )
