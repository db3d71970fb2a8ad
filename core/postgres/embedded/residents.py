"""The processes that live in a folder of ours, so that nothing survives its folder."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import psutil

_GRACE_SECONDS = 3.0
_POLL_SECONDS = 0.02
_EXEC_SECONDS = 1.0
_EXEC_POLL_SECONDS = 0.001


def end_residents(
    folder: Path, *, spare: Collection[int] = (), grace: float = _GRACE_SECONDS
) -> None:
    """End every process that lives in ``folder``: asked to, and killed after ``grace`` seconds.

    Ourselves and the pids in ``spare`` stay. Looks again until nobody is left, since a process that
    is just ending may have started another.
    """
    spared = {os.getpid(), *spare}
    kill_from = time.monotonic() + grace
    give_up = kill_from + _GRACE_SECONDS
    told: set[psutil.Process] = set()
    while found := [process for process in residents(folder) if process.pid not in spared]:
        now = time.monotonic()
        if now > give_up:
            return
        for process in found:
            if now > kill_from:
                _kill(process)
            elif process not in told:
                told.add(process)
                _ask_to_end(process)
        psutil.wait_procs(found, timeout=_POLL_SECONDS)


def residents(folder: Path) -> Iterator[psutil.Process]:
    """The living processes of PostgreSQL and of pgvigil that live in ``folder``.

    A program unpacked there; a postmaster whose data is there; a process of pgvigil's own that
    works there or has a file open there. Not somebody's shell or pager that only looks around.
    """
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and _lives_in(process, folder):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def command_of(process: psutil.Process) -> list[str]:
    """Its arguments; where its program is only just being executed, they are waited for.

    A parent that called posix_spawn(3) goes on before the kernel has put the arguments of the new
    program in place: until then they read as empty. Of a kernel thread, which has no memory of its
    own, they are empty for ever.
    """
    give_up = time.monotonic() + _EXEC_SECONDS
    while not (command := process.cmdline()) and process.memory_info().vms:
        if time.monotonic() > give_up:
            break
        time.sleep(_EXEC_POLL_SECONDS)
    return command


def _lives_in(process: psutil.Process, folder: Path) -> bool:
    # Arguments can be read of anybody's process. What it runs, where, and with which files can
    # not, not even by root in a container without CAP_SYS_PTRACE.
    command = command_of(process)
    if not command:
        return False
    if Path(command[0]).is_relative_to(folder):
        return True
    if Path(command[0]).name == "postgres":
        return any(Path(argument).is_relative_to(folder) for argument in command)
    if not _is_ours(command):
        return False
    return any(place.is_relative_to(folder) for place in _places(process.pid))


def _places(pid: int) -> Iterator[Path]:
    """Where a process works and what it has open, also what has been deleted since (proc(5))."""
    try:
        yield Path(f"/proc/{pid}/cwd").readlink()
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                yield descriptor.readlink()
    except (FileNotFoundError, PermissionError):
        return


def _is_ours(command: list[str]) -> bool:
    """Whether a command line is ``python … -m core.SOMETHING``."""
    return any(
        flag == "-m" and (module == "core" or module.startswith("core."))
        for flag, module in pairwise(command)
    )


def _ask_to_end(process: psutil.Process) -> None:
    """SIGTERM; to PostgreSQL SIGQUIT, since its SIGTERM waits until all clients have gone."""
    try:
        postgres = process.name().startswith("postgres")
        process.send_signal(signal.SIGQUIT if postgres else signal.SIGTERM)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return


def wait_for_end(pid: int, timeout: float = 10) -> None:
    """Wait until ``pid`` is gone, or is a zombie that only its parent can remove."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        time.sleep(_POLL_SECONDS)
