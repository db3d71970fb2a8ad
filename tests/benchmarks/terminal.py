"""Runs a terminal program in a pseudo-terminal and measures it from outside.

The terminal answers nothing: what a program asks of it (sizes, protocols) stays without a reply.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.tui import terminal as emulated

COLUMNS, ROWS = 200, 50
_PATIENCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes and CPU seconds a minute, and the peaks of the resident size in MiB."""

    bytes_per_minute: float
    cpu_per_minute: float
    helpers_cpu_per_minute: float
    peak_mib: float
    helpers_peak_mib: float


class Terminal:
    """One program on a pseudo-terminal of its own, which it controls as a login shell's does."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_control_the_terminal,  # noqa: PLW1509 - before threads of ours matter
            env={
                **env,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "LINES": str(ROWS),
                "COLUMNS": str(COLUMNS),
            },
        )
        os.close(slave)
        self.received = 0
        self._chunks: list[tuple[float, bytes]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                if not select.select([self._master], [], [], 1)[0]:
                    continue
                if not (data := os.read(self._master, 65536)):
                    return
                self.received += len(data)
                self._chunks.append((time.monotonic() - self.started, data))

    def moment_of(self, seen: Callable[[str], bool]) -> float | None:
        """Seconds from the start until what stood on the screen first satisfied ``seen``."""
        sent = b""
        for at, data in list(self._chunks):
            sent += data
            if seen(screen_text(sent)):
                return at
        return None

    def processes(self) -> list[psutil.Process]:
        """The program and its children; what it detached has a session of its own."""
        return _processes(lambda process: os.getsid(process.pid) == self._process.pid)

    def close(self) -> None:
        """End the program and everything that it left in its session."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_SECONDS)
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._master)


def _control_the_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def screen_text(sent: bytes) -> str:
    """What stands on the screen after ``sent``, without the blanks at the end of lines."""
    screen = emulated.Terminal()
    screen.feed(sent.decode(errors="replace"))
    rows = (
        "".join(text for text, _ in screen.row(y, COLUMNS)).replace("?", " ") for y in range(ROWS)
    )
    return "\n".join(row.rstrip() for row in rows)


def detached_helpers(module: str, state_folder: Path) -> list[psutil.Process]:
    """Processes that run ``module`` for the store in ``state_folder``, whoever started them."""
    return _processes(
        lambda process: (
            module in process.cmdline()
            and process.environ().get("XDG_STATE_HOME") == str(state_folder)
        )
    )


def _processes(is_wanted: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if is_wanted(process):
                found.append(process)
    return found


class _Usage:
    """CPU seconds used so far by every process ever seen, and the peak of their memory."""

    def __init__(self) -> None:
        self._cpu: dict[int, float] = {}
        self.peak_mib = 0.0

    def look(self, processes: Iterable[psutil.Process]) -> float:
        resident = 0
        for process in processes:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                self._cpu[process.pid] = times.user + times.system
                resident += process.memory_info().rss
        self.peak_mib = max(self.peak_mib, resident / 2**20)
        return sum(self._cpu.values())


class Watch:
    """Measures a terminal program: first let it settle, then measure the steady part."""

    def __init__(
        self, terminal: Terminal, helpers: Callable[[], list[psutil.Process]] = list
    ) -> None:
        self._terminal = terminal
        self._helpers = helpers
        self._own, self._others = _Usage(), _Usage()

    def settle(self, seconds: float) -> None:
        """Wait until ``seconds`` after the program's start, looking at its memory."""
        while time.monotonic() < self._terminal.started + seconds:
            self._look()
            time.sleep(1)

    def measure(self, seconds: float) -> Measured:
        """Measure for ``seconds``."""
        own, others = self._look()
        sent, began = self._terminal.received, time.monotonic()
        while time.monotonic() - began < seconds:
            time.sleep(1)
            self._look()
        own_after, others_after = self._look()
        minutes = (time.monotonic() - began) / 60
        return Measured(
            bytes_per_minute=(self._terminal.received - sent) / minutes,
            cpu_per_minute=(own_after - own) / minutes,
            helpers_cpu_per_minute=(others_after - others) / minutes,
            peak_mib=self._own.peak_mib,
            helpers_peak_mib=self._others.peak_mib,
        )

    def _look(self) -> tuple[float, float]:
        return self._own.look(self._terminal.processes()), self._others.look(self._helpers())
