"""Starting jobs, cancelling them, and what is done about those that died."""

from __future__ import annotations

import logging
import os
import secrets
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import SystemClock
from core.config.settings import Settings
from core.errors import PgvigilError
from core.model.job import Job, JobKind, JobOrder, JobState
from core.schedule.order import Launch
from core.schedule.spawn import LOG_NAME, reap, spawn

if TYPE_CHECKING:
    from core.store.job_rows import Abandoned
    from core.store.store import Store

_log = logging.getLogger(__name__)

MODULE = "core.schedule"
"""What ``python -m`` runs as a job."""


def new_job_id(now: datetime | None = None) -> str:
    """A name for a job that sorts by time."""
    return f"{now or datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def start(
    store: Store,
    order: JobOrder,
    *,
    settings: Settings,
    state_folder: Path,
    module: str = MODULE,
) -> str:
    """Start a job in a process of its own; gives its id.

    ``settings`` know the server; they reach the process through a pipe.

    Raises:
        StoreError: the store can't be written to.
        PgvigilError: the process could not be started; the job's row says so too.
    """
    job_id = new_job_id()
    store.jobs.submit(job_id, order)
    begin(store, Launch(job_id, order, str(state_folder), settings), module)
    return job_id


def begin(store: Store, launch: Launch, module: str = MODULE) -> int:
    """Start the process of a job that is in the store already; gives its pid.

    Raises:
        StoreError: the store can't be written to; the process runs all the same.
        PgvigilError: the process could not be started; the job's row says so too.
    """
    try:
        pid = spawn(launch, module)
    except PgvigilError as error:
        store.jobs.finish(launch.job_id, JobState.FAILED, _told(error), error.remedy)
        raise
    store.jobs.hand_over(launch.job_id, pid)
    return pid


def clear_dead(
    store: Store, *, settings: Settings, state_folder: Path, servers: Sequence[str] = ()
) -> tuple[Job, ...]:
    """Mark the jobs (of ``servers``, where any are given) whose process is dead as interrupted.

    What they left on this host is cleared away first; of one that is silent on another host, what
    it staged goes where it is seen from here and is surely nobody's. The history of backups tells
    of each, also of one that had not come to its first row. Gives those that were marked here.

    Raises:
        StoreError: the store failed.
    """
    reap()
    marked = []
    for found in store.jobs.abandoned(lost_after_seconds=settings.jobs.lost_seconds):
        if servers and found.job.order.server_id not in servers:
            continue
        # A watcher that starts finds no dead job as a rule, and need not wait for what clears one.
        from core.schedule import leftovers

        if found.is_here:
            leftovers.clear(found.job.job_id, settings, state_folder)
        why = _why_dead(found, state_folder)
        if store.jobs.interrupt(found, why):
            if not found.is_here:
                leftovers.clear_dead_runs(store, settings, state_folder)
            _log.info("job %s is dead", found.job.job_id)
            _tell_history(store, settings, found.job, why)
            marked.append(found.job)
    return tuple(marked)


def end_stuck(store: Store, *, settings: Settings, servers: Sequence[str] = ()) -> None:
    """Kill the jobs of this host that were cancelled and don't even give a sign of life.

    Raises:
        StoreError: the store failed.
    """
    for job in store.jobs.stuck(lost_after_seconds=settings.jobs.lost_seconds):
        if not servers or job.order.server_id in servers:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(job.pid, signal.SIGKILL)


def _tell_history(store: Store, settings: Settings, job: Job, why: str) -> None:
    clock = SystemClock()
    if job.order.kind is JobKind.BACKUP:
        from core.backup.attempt import Attempt

        Attempt.note_death(store.backup_jobs, settings, job, why, clock=clock)
    elif job.order.kind is JobKind.DRILL:
        from core.restore.drill.job import note_death as note_death_of_drill

        note_death_of_drill(store, settings, job, why, clock.now())
    elif job.order.kind is JobKind.RESTORE:
        from core.restore.job import note_death

        note_death(store, settings, job, why, clock.now())


def _told(error: PgvigilError) -> str:
    return f"{error.what}: {error.why}" if error.why else error.what


def _why_dead(found: Abandoned, state_folder: Path) -> str:
    job = found.job
    if not found.is_here:
        return f"nothing was heard of it for long; it ran on {job.host}"
    if not found.had_begun:
        return "its process died before it had begun"
    phase = f" while in phase {job.progress.phase}" if job.progress.phase else ""
    return f"its process (pid {job.pid}) died{phase}; see {state_folder / LOG_NAME}"
