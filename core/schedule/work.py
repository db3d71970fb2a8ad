"""What each kind of job does; a job imports only what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.backup.progress import JobReporter
from core.config.settings import Settings
from core.model.job import JobKind, JobOrder

if TYPE_CHECKING:
    from core.store.store import Store

Work = Callable[["Store", Settings, JobOrder, JobReporter], str]
"""Does what an order says and gives one sentence of what came of it.

Raises ``CancelledError`` where a person cancelled it, and ``PgvigilError`` where it failed.
"""


def work_of(kind: JobKind) -> Work:
    """What a job of this kind does."""
    match kind:
        case JobKind.BACKUP:
            from core.backup.run import run_backup_job

            return run_backup_job
        case JobKind.VERIFY:
            from core.backup.verify.job import run_verify_job

            return run_verify_job
        case JobKind.PRUNE:
            from core.backup.prune.job import run_prune_job

            return run_prune_job
        case JobKind.RESTORE:
            from core.restore.job import run_restore_job

            return run_restore_job
        case JobKind.DRILL:
            from core.restore.drill.job import run_drill_job

            return run_drill_job
