"""Notices when the demonstration must end: its console is gone, a signal came, its time is up."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import IO

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

CONSOLE_GONE = "the console is gone"
TIME_IS_UP = "its time is up"


class Ending:
    """Waits for the end, and meanwhile passes on what is said on other pipes.

    The console holds the other end of ``console`` and says nothing more on it: the kernel closes
    it when the console dies, whatever killed it.
    """

    def __init__(self, console: IO[bytes]) -> None:
        self.reason = ""
        self._console = console
        self._console_has_gone = False
        self._deadline: float | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(console, selectors.EVENT_READ, self._console_gone)
        woken, waking = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(waking, False)
        self._selector.register(woken, selectors.EVENT_READ, lambda: os.read(woken, 64))
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        for number in _SIGNALS:
            signal.signal(number, self._signalled)

    def after(self, seconds: float) -> None:
        """End ``seconds`` from now."""
        self._deadline = time.monotonic() + seconds

    def listen(
        self, pipe: IO[bytes], heard: Callable[[str], None], over: Callable[[], None]
    ) -> None:
        """Call ``heard`` with each line that comes through ``pipe``, and ``over`` at its end."""

        def read() -> None:
            line = pipe.readline()
            if line:
                heard(line.decode(errors="replace").rstrip("\n"))
            else:
                self._selector.unregister(pipe)
                over()

        self._selector.register(pipe, selectors.EVENT_READ, read)

    def watch(self, pid: int, over: Callable[[], None]) -> None:
        """Call ``over`` when the process ends, where the kernel tells of it (pidfd_open(2))."""
        try:
            process = os.pidfd_open(pid)
        except (AttributeError, OSError):
            return

        def ended() -> None:
            self._selector.unregister(process)
            os.close(process)
            over()

        self._selector.register(process, selectors.EVENT_READ, ended)

    def has_come(self) -> bool:
        """Whether it must end now."""
        self._look(timeout=0)
        return bool(self.reason)

    def wait(self) -> None:
        """Return when it must end."""
        while not self.reason:
            left = None if self._deadline is None else self._deadline - time.monotonic()
            if left is not None and left <= 0:
                self.reason = TIME_IS_UP
            else:
                self._look(timeout=left)

    def wait_for_console(self, seconds: float) -> None:
        """Return when the console is gone, at the latest after ``seconds``."""
        deadline = time.monotonic() + seconds
        while not self._console_has_gone and (left := deadline - time.monotonic()) > 0:
            self._look(timeout=left)

    def _look(self, timeout: float | None) -> None:
        for key, _ in self._selector.select(timeout):
            key.data()

    def _console_gone(self) -> None:
        self._console_has_gone = True
        self._selector.unregister(self._console)
        self.reason = self.reason or CONSOLE_GONE

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        self.reason = self.reason or f"it was told to ({signal.Signals(number).name})"
