"""What each kind of job does, found by name: a job imports only what it needs."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from core.backup.progress import JobReporter
from core.config.settings import Settings
from core.errors import BackupError
from core.model.job import JobKind, JobOrder

if TYPE_CHECKING:
    from core.store.store import Store

Work = Callable[["Store", Settings, JobOrder, JobReporter], str]
"""Does what an order says and gives one sentence of what came of it.

Raises ``CancelledError`` where a person cancelled it, and ``PgvigilError`` where it failed.
"""

_PLACES = {
    JobKind.BACKUP: ("core.backup.run", "run_backup_job"),
    JobKind.VERIFY: ("core.backup.verify.job", "run_verify_job"),
    JobKind.PRUNE: ("core.backup.prune.job", "run_prune_job"),
}


def work_of(kind: JobKind) -> Work:
    """What a job of this kind does.

    Raises:
        BackupError: this release has no such work.
    """
    module, name = _PLACES.get(kind, ("", ""))
    try:
        return cast("Work", getattr(import_module(module), name))
    except (ModuleNotFoundError, ValueError, AttributeError) as error:
        if isinstance(error, ModuleNotFoundError) and not module.startswith(error.name or ""):
            raise
        raise BackupError(
            f"There is no work of the kind {kind.value} yet",
            why="this release of pgvigil can't do that",
            remedy="use a newer release",
        ) from error
