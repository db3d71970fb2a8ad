"""The programs that run before and after a job."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO

from core.config.schedule_settings import HookSettings
from core.errors import HookError
from core.model.job import JobOrder, JobState
from core.schedule.spawn import JOB_VARIABLE

_LOOK_SECONDS = 0.1
_STOP_SECONDS = 5.0
_LAST_WORDS_BYTES = 4_000
_LINE_CHARACTERS = 200
_KEPT = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR"})


def hook_environment(
    event: str,
    job_id: str,
    order: JobOrder,
    *,
    state: JobState = JobState.RUNNING,
    result: str = "",
    remedy: str = "",
) -> dict[str, str]:
    """What a hook is told, and of our own environment only what holds no secret."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    told = {
        "EVENT": event,
        "KIND": order.arguments.get("kind", order.kind.value),
        "JOB": order.kind.value,
        "SERVER": order.server_id,
        "SCHEDULE": order.schedule,
        "WHO": order.who,
        "STATE": state.value,
        "RESULT": result,
        "REMEDY": remedy,
    }
    named = {f"PGVIGIL_{name}": value.replace("\0", "") for name, value in told.items()}
    return kept | named | {JOB_VARIABLE: job_id}


def run_hook(
    hook: HookSettings, environment: Mapping[str, str], check_cancelled: Callable[[], None]
) -> str:
    """Run the program to its end; gives its last line. Nothing is run where there is no command.

    It has a session of its own, with which it is ended when it takes too long or is cancelled.

    Raises:
        HookError: it could not be started, failed, or took too long.
        CancelledError: ``check_cancelled`` raised it meanwhile.
    """
    if not hook.command:
        return ""
    # A file, not a pipe: what a child of it that stays behind writes must not hold us up.
    with tempfile.TemporaryFile() as words:
        process = _start(hook, environment, words)
        try:
            code = _wait(process, hook, check_cancelled)
        finally:
            _end(process)
        said = _last_line(words)
    if code != 0:
        raise HookError(
            f"The program {hook.command[0]} failed",
            why=f"{_how(code)}{f'; it said: {said}' if said else ''}",
            remedy="run it by hand to see what it lacks",
        )
    return said


def _start(
    hook: HookSettings, environment: Mapping[str, str], words: IO[bytes]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            hook.command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=dict(environment),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise HookError(
            f"The program {hook.command[0]} could not be started",
            why=str(error),
            remedy="give its whole path in the config, and see that it may be run",
        ) from error


def _wait(
    process: subprocess.Popen[bytes], hook: HookSettings, check_cancelled: Callable[[], None]
) -> int:
    deadline = time.monotonic() + hook.timeout_seconds
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_LOOK_SECONDS)
        check_cancelled()
        if time.monotonic() >= deadline:
            raise HookError(
                f"The program {hook.command[0]} took too long and was ended",
                why=f"it had not ended after {hook.timeout_seconds:g} s",
                remedy="mend it, or give it more time: timeout_seconds",
            )


def _end(process: subprocess.Popen[bytes]) -> None:
    """See that nothing of it is left: it may have started programs of its own."""
    for number, patience in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, None)):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            if number is signal.SIGTERM and not _has_left(process.pid):
                return


def _has_left(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _last_line(words: IO[bytes]) -> str:
    size = words.seek(0, os.SEEK_END)
    words.seek(max(0, size - _LAST_WORDS_BYTES))
    lines = words.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:_LINE_CHARACTERS] if lines else ""


def _how(code: int) -> str:
    if code < 0:
        return f"it was ended by {signal.Signals(-code).name}"
    return f"it ended with exit code {code}"
