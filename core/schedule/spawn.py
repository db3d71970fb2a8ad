"""Starting a job's process: it knows whose job it is, and inherits nothing."""

from __future__ import annotations

import os
from pathlib import Path

from core.detached import Detached
from core.errors import PgvigilError
from core.schedule.order import Launch

LOG_NAME = "jobs.log"
JOB_VARIABLE = "PGVIGIL_JOB_ID"
"""In the environment of a job and of all that it starts: how what a dead one left is found."""

_jobs = Detached("job")


def spawn(launch: Launch, module: str = "core.schedule") -> int:
    """Start the process of a job; gives its pid.

    It has a session of its own, no terminal, and its messages in ``jobs.log``; what it is to do
    reaches it through a pipe.

    Raises:
        PgvigilError: the state folder can't be used, or the process could not be started.
    """
    _make(launch.folder)
    return _jobs.start(
        module,
        launch.to_json(),
        launch.folder / LOG_NAME,
        environment={**os.environ, JOB_VARIABLE: launch.job_id},
    )


def reap() -> None:
    """Collect jobs that this process started and that ended, so that none stays as a zombie."""
    _jobs.reap()


def _make(folder: Path) -> None:
    """With a store on PostgreSQL, nobody may have needed the folder yet."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise PgvigilError(
            f"The state folder {folder} can't be made",
            why=str(error),
            remedy="make it yourself, or the folder above it writable for you",
        ) from error
