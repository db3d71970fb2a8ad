"""Consoles, services and watchers for tests: launches with a short patience, and what runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from core.api.console import ConsoleSession
from core.api.launch import Launch, open_launch
from core.model.snapshot import Frame
from tests.servers.waiting import rest_after

QUICK_ENGINE = """\
[engine]
lease_seconds = 2
lease_renew_seconds = 0.5
lease_retry_seconds = 0.1
heartbeat_seconds = 1
heartbeat_lost_seconds = 5
store_retry_seconds = 0.3
watcher_check_seconds = 0.3
watcher_grace_seconds = 1.5
request_seconds = 5

[collect]
budget_ms_per_minute = 60000
connect_timeout_seconds = 2
network_timeout_seconds = 0.5
statement_timeout_seconds = 1
reconnect_first_seconds = 0.2
reconnect_most_seconds = 0.5
connections = { attended = 0.5, unattended = 1 }
statements = { attended = 0.7, unattended = 1 }
databases = { attended = 0.8, unattended = 1 }
server = { attended = 0.9, unattended = 1 }
"""


@dataclass(frozen=True)
class Site:
    """A state folder with a config: where consoles, services and watchers of one test meet."""

    folder: Path
    config: Path = field(init=False)
    state: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "config", self.folder / "config.toml")
        object.__setattr__(self, "state", self.folder / "state")

    def launch(self, *targets: str) -> Launch:
        """A launch for DSNs."""
        return open_launch(targets, self.config, state_folder=self.state)

    def watchers(self) -> list[psutil.Process]:
        """The watchers that work for this site now."""
        found = []
        for process in psutil.process_iter():
            # Some processes end meanwhile, and those of other accounts don't show their files.
            with contextlib.suppress(psutil.Error, OSError):
                words = process.cmdline()
                log = Path(f"/proc/{process.pid}/fd/2")
                if "core.engine" in words and log.readlink().parent == self.state:
                    found.append(process)
        return found

    def log(self) -> str:
        """What the watchers of this site said."""
        path = self.state / "watcher.log"
        return path.read_text() if path.exists() else ""


@contextmanager
def site(folder: Path, engine: str = QUICK_ENGINE) -> Iterator[Site]:
    """A site whose watchers are gone in the end."""
    here = Site(folder)
    here.config.write_text(engine)
    try:
        yield here
    finally:
        for process in here.watchers():
            with contextlib.suppress(psutil.Error):
                process.kill()
                process.wait(5)


@asynccontextmanager
async def console(launch: Launch) -> AsyncIterator[ConsoleSession]:
    """A console in this process, looking at the first server."""
    session = await ConsoleSession.open(launch)
    session.look_at(launch.servers[0].server_id)
    try:
        yield session
    finally:
        await session.close()


async def frame_where(
    session: ConsoleSession, wanted: Callable[[Frame], bool], seconds: float = 60
) -> Frame:
    """The first frame of the first server that is as ``wanted``."""
    server_id = session.servers()[0].server_id
    last: Frame | None = None
    try:
        async with asyncio.timeout(seconds):
            async with contextlib.aclosing(session.changes(server_id)) as frames:
                async for frame in frames:
                    last = frame
                    if wanted(frame):
                        return frame
    except TimeoutError:
        seen = last and (last.moment, last.link, last.assessment)
        raise AssertionError(f"no such frame within {seconds} s; last {seen}") from None
    raise AssertionError


def is_full(frame: Frame) -> bool:
    """Whether every subject has been asked."""
    parts = (frame.server, frame.connections, frame.statements, frame.databases, frame.assessment)
    return all(part is not None for part in parts)


def until(condition: Callable[[], object], seconds: float = 60) -> float:
    """Wait until ``condition`` holds; the seconds that it took."""
    started = time.monotonic()
    while True:
        looked_at = time.monotonic()
        if condition():
            return time.monotonic() - started
        now = time.monotonic()
        if now - started > seconds:
            raise AssertionError(f"not within {seconds} s")
        rest_after(now - looked_at)


class Program:
    """A process of pgvigil that a test starts and ends; ``before`` are words before its command."""

    def __init__(
        self,
        *arguments: str,
        environment: dict[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            text=True,
        )

    def said(self, words: str) -> bool:
        """Whether a line of its messages holds ``words``; waits for the next line if not yet."""
        return any(words in line for line in self.process.stderr or ())

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(5)

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

    def end(self) -> None:
        """Make sure that it is gone."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def programs_of(
    here: Site, dsn: str, *, before: Sequence[str] = ()
) -> Iterator[Callable[[str], Program]]:
    """Starts ``"console"`` or ``"serve"`` as processes of their own, and ends them all."""
    running: list[Program] = []

    def start(kind: str) -> Program:
        program = Program("-m", "tests.servers.program", kind, dsn, str(here.folder), before=before)
        running.append(program)
        return program

    try:
        yield start
    finally:
        for program in running:
            program.end()
