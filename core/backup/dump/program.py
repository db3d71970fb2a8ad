"""One of PostgreSQL's programs at work: what it says is heard, and it never outlives its job."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import psutil

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.failure import explained
from core.config.dump_settings import DumpSettings
from core.errors import BackupError, PgvigilError
from core.postgres.client_programs import ClientPrograms

_LINES_KEPT = 200
_WARNINGS_KEPT = 20
Explain = Callable[[str, str], PgvigilError]
"""The error for what a program said, redacted, and where it worked."""

_WARNING = re.compile(r"(?:(?P<program>pg_\w+): warning|WARNING): +(?P<text>.+)")
_DETAIL = re.compile(r"(?:pg_\w+: detail|DETAIL): +(?P<text>.+)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Child:
    """A program that runs; its standard error is read by a thread, line by line.

    Secrets in what it says are replaced before anybody sees them.
    """

    def __init__(
        self,
        name: str,
        process: subprocess.Popen[bytes],
        secrets: Sequence[str],
        settings: DumpSettings,
        explain: Explain,
    ) -> None:
        self._name = name
        self._explain = explain
        self._process = process
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)
        self._settings = settings
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._kept: deque[str] = deque(maxlen=_LINES_KEPT)
        self._warnings: list[str] = []
        self._reader = threading.Thread(target=self._listen, name="stderr", daemon=True)
        self._reader.start()

    @property
    def stdout(self) -> IO[bytes]:
        """Its standard output, where that is a pipe."""
        assert self._process.stdout is not None  # noqa: S101
        return self._process.stdout

    @property
    def messages(self) -> tuple[str, ...]:
        """The last lines that it said, redacted."""
        return tuple(self._kept)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What it warned of, each once, with the detail; the first ones, where they are many."""
        return tuple(self._warnings)

    def hear(self, seconds: float) -> str | None:
        """The next line of its standard error; empty after so long a silence, ``None`` at its end.

        The lines end when the program and all its workers have ended.
        """
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            return ""

    def finish(self, where: str) -> None:
        """Wait for its end.

        Raises:
            PgvigilError: it failed; says why.
        """
        self._reader.join()
        status = self._process.wait()
        if status == 0:
            return
        if status == -signal.SIGKILL:
            raise BackupError(
                f"{self._name} was killed: {where}",
                why="by somebody, or by the kernel because memory ran out (see dmesg)",
                remedy="run it again, with fewer workers if memory ran out",
            )
        raise self._explain("\n".join(self._kept) or f"{self._name} ended with {status}", where)

    def end(self) -> None:
        """End it and its workers at once; nothing where it has ended."""
        if self._process.poll() is None:
            # pg_dump passes the signal on to its workers, and cancels what the server does for it.
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._settings.stop_seconds)
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _signal(self, number: signal.Signals) -> None:
        # The program leads a group of its own, which its workers are in.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _listen(self) -> None:
        assert self._process.stderr is not None  # noqa: S101
        for raw in self._process.stderr:
            line = self._redacted(raw.decode("utf-8", "replace").rstrip("\n"))
            self._kept.append(line)
            self._note_warning(line)
            self._lines.put(line)
        self._lines.put(None)

    def _note_warning(self, line: str) -> None:
        if found := _WARNING.match(line):
            told = f"{found['program'] or self._name}: {found['text']}"
            if told not in self._warnings and len(self._warnings) < _WARNINGS_KEPT:
                self._warnings.append(told)
        elif self._warnings and (found := _DETAIL.match(line)):
            detail = f" ({found['text']})"
            if not self._warnings[-1].endswith(detail):
                self._warnings[-1] += detail

    def _redacted(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return _CONTROL.sub("", line)


@contextmanager
def running(
    programs: ClientPrograms,
    name: str,
    arguments: Sequence[str | bytes],
    endpoint: Endpoint,
    *,
    stdout: int = subprocess.DEVNULL,
    explain: Explain = explained,
) -> Iterator[Child]:
    """The program ``name`` at work on ``endpoint``; however the context is left, it has ended then.

    Raises:
        BackupError: it could not be started.
    """
    settings = endpoint.settings
    with endpoint.secret_environment() as secret:
        try:
            process = subprocess.Popen(
                [programs.path(name), "--no-password", *arguments],
                env=programs.environment() | secret,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                start_new_session=True,
                umask=0o077,
            )
        except OSError as error:
            raise BackupError(
                f"{name} could not be started",
                why=error.strerror or str(error),
                remedy="see whether the machine is out of processes or memory, and whether the"
                " arguments are too many (fewer chosen tables)",
            ) from error
        child = Child(name, process, list(endpoint.secrets.values()), settings, explain)
        try:
            _step_back(process.pid, settings)
            yield child
        finally:
            child.end()


def _step_back(pid: int, settings: DumpSettings) -> None:
    """Have the program give way to others; workers that it starts later inherit that."""
    with contextlib.suppress(psutil.Error, OSError, AttributeError):
        process = psutil.Process(pid)
        if settings.nice:
            process.nice(settings.nice)
        if settings.io_priority == "low":
            process.ionice(psutil.IOPRIO_CLASS_BE, 7)
        elif settings.io_priority == "idle":
            process.ionice(psutil.IOPRIO_CLASS_IDLE)
