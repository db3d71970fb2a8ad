"""Runs a terminal program in a pseudo-terminal and measures it from outside."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run showed.

    Times are seconds from the start; CPU is seconds per minute of the steady part; memory is the
    peak of the program's resident size in MiB, with its helpers' beside it.
    """

    first_paint: float | None
    ready: float | None
    bytes_per_minute: float
    cpu_per_minute: float
    helpers_cpu_per_minute: float
    peak_mib: float
    helpers_peak_mib: float


class Terminal:
    """One program in a pseudo-terminal of ``columns`` x ``rows``."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], columns: int = 200, rows: int = 50
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={
                **env,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "LINES": str(rows),
                "COLUMNS": str(columns),
            },
            close_fds=True,
        )
        os.close(slave)
        self.received = 0
        self.chunks: list[tuple[float, bytes]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                readable, _, _ = select.select([self.master], [], [], 1)
                if not readable:
                    if self.process.poll() is not None:
                        return
                    continue
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.received += len(data)
            self.chunks.append((time.monotonic() - self.started, data))

    def type(self, keys: str) -> None:
        """Send ``keys`` as if they were typed."""
        os.write(self.master, keys.encode())

    def moment_of(self, seen: Callable[[bytes], bool]) -> float | None:
        """When what had arrived, free of escape sequences, first satisfied ``seen``."""
        text = b""
        for at, data in list(self.chunks):
            text += data
            if seen(ESCAPES.sub(b"", text)):
                return at
        return None

    def close(self) -> None:
        """End the program and its children."""
        family = self.process_tree()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for process in family:
            if process.is_running():
                process.kill()
        os.close(self.master)

    def process_tree(self) -> list[psutil.Process]:
        """The program and its children."""
        try:
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def detached_helpers(module: str, state_folder: Path) -> list[psutil.Process]:
    """Processes that run ``module`` for the store in ``state_folder``, whoever started them."""
    found = []
    for process in psutil.process_iter():
        try:
            if module in process.cmdline() and str(state_folder) in process.environ().get(
                "XDG_STATE_HOME", ""
            ):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def cpu_and_memory(
    processes: Sequence[psutil.Process], seen: dict[int, float]
) -> tuple[float, float]:
    """CPU seconds used so far by all processes ever ``seen``, and resident MiB of the living."""
    resident = 0
    for process in processes:
        try:
            times = process.cpu_times()
            seen[process.pid] = times.user + times.system
            resident += process.memory_info().rss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return sum(seen.values()), resident / 2**20


class Watch:
    """Measures a terminal program: first let it settle, then measure the steady part."""

    def __init__(
        self, terminal: Terminal, helpers: Callable[[], list[psutil.Process]] = list
    ) -> None:
        self._terminal = terminal
        self._helpers = helpers
        self._own: dict[int, float] = {}
        self._others: dict[int, float] = {}
        self._peak = 0.0
        self._helpers_peak = 0.0

    def settle(self, seconds: float) -> None:
        """Wait until ``seconds`` after the program's start, looking at its memory."""
        end = self._terminal.started + seconds
        while time.monotonic() < end:
            self._look()
            time.sleep(0.2)

    def measure(
        self,
        seconds: float,
        painted: Callable[[bytes], bool],
        ready: Callable[[bytes], bool] | None = None,
    ) -> Measured:
        """Measure for ``seconds``; ``painted`` and ``ready`` judge all text since the start."""
        cpu_before, helpers_before = self._look()
        bytes_before, began = self._terminal.received, time.monotonic()
        while time.monotonic() - began < seconds:
            time.sleep(0.5)
            self._look()
        cpu_after, helpers_after = self._look()
        minutes = (time.monotonic() - began) / 60
        return Measured(
            first_paint=self._terminal.moment_of(painted),
            ready=self._terminal.moment_of(ready) if ready else None,
            bytes_per_minute=(self._terminal.received - bytes_before) / minutes,
            cpu_per_minute=(cpu_after - cpu_before) / minutes,
            helpers_cpu_per_minute=(helpers_after - helpers_before) / minutes,
            peak_mib=self._peak,
            helpers_peak_mib=self._helpers_peak,
        )

    def _look(self) -> tuple[float, float]:
        cpu, resident = cpu_and_memory(self._terminal.process_tree(), self._own)
        self._peak = max(self._peak, resident)
        helpers_cpu, resident = cpu_and_memory(self._helpers(), self._others)
        self._helpers_peak = max(self._helpers_peak, resident)
        return cpu, helpers_cpu


def visible_characters(text: bytes) -> int:
    """How many printable, non-blank characters there are."""
    return sum(1 for character in text.decode(errors="replace") if character.isprintable()) - (
        text.count(b" ")
    )
