"""What a dead job left behind: programs that it started, and its staging folder."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from core.config.settings import Settings
from core.errors import PgvigilError
from core.schedule.spawn import JOB_VARIABLE

if TYPE_CHECKING:
    from core.store.store import Store

_log = logging.getLogger(__name__)

_STOP_SECONDS = 3.0


def clear(job_id: str, settings: Settings, state_folder: Path) -> None:
    """End what still runs of a dead job on this host, and take its staging away."""
    end_programs(job_id)
    clear_staging(job_id, settings, state_folder)


def end_programs(job_id: str) -> int:
    """End every program that a job started and that still runs; gives how many there were."""
    left = [process for process in psutil.process_iter() if _is_of(process, job_id)]
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, _STOP_SECONDS)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return len(left)


def clear_staging(job_id: str, settings: Settings, state_folder: Path) -> None:
    """Take away what a job staged; what can't be taken away is the next one's affair."""
    from core.backup import staged_runs

    try:
        staged_runs.clear(job_id, settings, state_folder)
    except (PgvigilError, OSError) as error:
        _log.warning("the staging of a dead job could not be cleared", extra={"problem": error})


def clear_dead_runs(store: Store, settings: Settings, state_folder: Path) -> None:
    """Take away what runs staged that are known to be dead, wherever they ran."""
    from core.backup.staged_runs import clear_dead, state_in
    from core.backup.staging import staging_path

    try:
        clear_dead(staging_path(settings.backup, state_folder), settings, state_in(store))
    except (PgvigilError, OSError) as error:
        _log.warning("the staging of dead runs could not be cleared", extra={"problem": error})


def _is_of(process: psutil.Process, job_id: str) -> bool:
    """Whether a process was started by the job; this one is not, though it may be the job."""
    if process.pid == os.getpid():
        return False
    # Some end meanwhile, and those of other accounts don't show their environment.
    with contextlib.suppress(psutil.Error, OSError):
        return process.environ().get(JOB_VARIABLE) == job_id
    return False
