"""Starting a job's process, which outlives whoever starts it, and its terminal."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from core.errors import PgvigilError
from core.schedule.order import Launch

LOG_NAME = "jobs.log"
JOB_VARIABLE = "PGVIGIL_JOB_ID"
"""In the environment of a job and of all that it starts: how what a dead one left is found."""

_STANDARD_ERROR = 2

_children: set[int] = set()


def spawn(launch: Launch, module: str = "core.schedule") -> int:
    """Start the process of a job; gives its pid.

    It has a session of its own, no terminal, and its messages in ``jobs.log``; what it is to do
    reaches it through a pipe.

    Raises:
        PgvigilError: it could not be started.
    """
    reap()
    _keep_to_ourselves()
    log = _open_log(launch.folder)
    read_end, write_end = os.pipe()
    try:
        pid = os.posix_spawn(
            sys.executable,
            # -P: the folder in which this one was started must not shadow a package.
            [sys.executable, "-P", "-m", module],
            {**os.environ, JOB_VARIABLE: launch.job_id},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, read_end, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
            setsid=True,
            setsigmask=(),
        )
    except OSError as error:
        os.close(write_end)
        raise PgvigilError(
            "The job could not be started",
            why=str(error),
            remedy="see whether the machine is out of processes or memory",
        ) from error
    finally:
        os.close(read_end)
        os.close(log)
    _children.add(pid)
    try:
        with os.fdopen(write_end, "wb") as pipe:
            pipe.write(launch.to_json())
    except BrokenPipeError as error:
        raise PgvigilError(
            "The job ended as soon as it was started", remedy=f"see {launch.folder / LOG_NAME}"
        ) from error
    return pid


def reap() -> None:
    """Collect jobs that this process started and that ended, so that none stays as a zombie."""
    for pid in list(_children):
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            ended = pid
        if ended:
            _children.discard(pid)


def _keep_to_ourselves() -> None:
    """See that the job inherits nothing that is open here.

    A watcher has its servers' locks from the console that started it. A job that held them too
    would keep them when the watcher dies, and nobody would start another one.
    """
    for path in Path("/dev/fd").iterdir():
        # The one with which the folder was listed is closed by now.
        with suppress(OSError):
            if int(path.name) > _STANDARD_ERROR:
                os.set_inheritable(int(path.name), False)  # noqa: FBT003 - it takes no keyword


def _open_log(folder: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(folder / LOG_NAME, flags, 0o600)
    except OSError as error:
        raise PgvigilError(
            f"The log of jobs in {folder} can't be written",
            why=str(error),
            remedy="make the state folder writable for you",
        ) from error
