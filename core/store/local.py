"""This host, its accounts and its processes: who holds something, and whether that one lives."""

from __future__ import annotations

import os
import pwd
import socket
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Here:
    """This process, as other processes of the same host can look it up."""

    host: str
    pid: int
    pid_started: float


def here() -> Here:
    """This process's host, pid and start."""
    pid = os.getpid()
    return Here(host(), pid, _started(pid) or 0.0)


def child(pid: int) -> Here:
    """The same of a process of this host; one that is gone already began at an impossible time."""
    return Here(host(), pid, _started(pid) or -1.0)


@lru_cache(maxsize=1)
def host() -> str:
    """The host's name, with its pid namespace where there is one: containers share names."""
    try:
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()} {namespace}"


def host_name() -> str:
    """The host's name as people know it."""
    return host().split(" ")[0]


@lru_cache(maxsize=1)
def place() -> str:
    """This pid namespace of this boot of the machine, whatever that is called; empty: not known.

    There a pid and its start belong to one process alone, for ever.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink().name}"
    except OSError:
        return ""


def account() -> str:
    """The account that this process works by, as PostgreSQL's programs know it."""
    return account_name(os.geteuid())


def account_name(uid: int) -> str:
    """An account's name; its number where no name is known, as in a container with any user."""
    try:
        return pwd.getpwuid(uid).pw_name.encode(errors="replace").decode()
    except KeyError:
        return str(uid)


def is_gone(of_host: str, pid: int, pid_started: float) -> bool:
    """Whether a process is surely dead; of other hosts nothing is sure."""
    return of_host == host() and has_ended(pid, pid_started)


def has_ended(pid: int, pid_started: float) -> bool:
    """Whether a process of this host is dead.

    A pid whose process began at another time belongs to somebody else by now.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    started = _started(pid)
    return started is None or pid_started not in (0.0, started)


def _started(pid: int) -> float | None:
    """When the process began; ``None`` when there is none or it only waits to be reaped.

    On Linux in clock ticks since boot (proc_pid_stat(5), field 22): unlike a time of day, it stays
    the same when the clock is set.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return _started_elsewhere(pid)
    return None if fields[0] in ("Z", "X") else float(fields[19])


def _started_elsewhere(pid: int) -> float | None:
    """The same without /proc: seconds since the epoch, rounded because clocks are set."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(round(process.create_time()))
    except psutil.Error:
        return None
