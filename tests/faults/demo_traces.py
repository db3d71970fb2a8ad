"""Demonstrations for tests: their consoles as processes, and what each has while it runs."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.postgres.embedded import residents
from tests.servers.commands import ARGUMENTS
from tests.servers.waiting import eventually

HEADLESS = (*ARGUMENTS, "demo", "--headless")


@dataclass(frozen=True)
class Traces:
    """What a demonstration has while it runs."""

    folder: Path
    port: int
    object_store_port: int
    processes: tuple[psutil.Process, ...]

    @property
    def supervisor(self) -> psutil.Process:
        return self._running("core.demo")

    @property
    def watcher(self) -> psutil.Process:
        return self._running("core.engine")

    @property
    def workload(self) -> psutil.Process:
        return self._running("core.demo.workload")

    @property
    def object_store(self) -> psutil.Process:
        return _object_store(self.folder, self.processes)

    def _running(self, module: str) -> psutil.Process:
        return next(process for process in self.processes if module in command(process))


def traces(folder: Path) -> Traces:
    """Those of the running demonstration in ``folder``."""
    pid_file = (folder / "server" / "data" / "postmaster.pid").read_text().splitlines()
    postmaster = psutil.Process(int(pid_file[0]))
    family = {*residents(folder), postmaster, *postmaster.children(recursive=True)}
    sockets = _object_store(folder, family).net_connections("tcp4")
    (listening,) = (each for each in sockets if each.status == psutil.CONN_LISTEN)
    return Traces(folder, int(pid_file[3]), listening.laddr.port, tuple(family))


def _object_store(folder: Path, processes: Iterable[psutil.Process]) -> psutil.Process:
    name = str(folder / "s3" / "rclone")
    return next(process for process in processes if command(process)[:1] == [name])


def nothing_is_left(seen: Traces) -> None:
    """Fails when any of ``seen`` is still there after some seconds."""

    ports = (seen.port, seen.object_store_port)

    def gone() -> bool:
        alive = [p for p in seen.processes if is_alive(p)]
        return not alive and not seen.folder.exists() and not any(map(answers, ports))

    eventually(gone)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


class Console:
    """A console process that shows a demonstration."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def read_until(self, pattern: str) -> re.Match[str]:
        """The first line that matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"the console ended without a line like {pattern}")

    def running(self, sign: str) -> Traces:
        """What there is once the console has said ``sign``."""
        folder = self.folder()
        self.read_until(sign)
        return traces(folder)

    def folder(self) -> Path:
        return Path(self.read_until(r"Unpacking PostgreSQL 18 into (\S+)")[1])


@contextmanager
def console(
    *arguments: str,
    prefix: tuple[str, ...] = (),
    stdin: int | None = None,
    tmpdir: Path | None = None,
) -> Iterator[Console]:
    process = subprocess.Popen(
        [*prefix, sys.executable, *arguments],
        env={**os.environ, "TMPDIR": str(tmpdir)} if tmpdir else None,
        stdin=stdin,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Console(process)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
