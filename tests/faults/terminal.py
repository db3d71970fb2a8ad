"""pgvigil as a program on a terminal of its own (pty(7)): what it draws, keys, and its end."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.servers.commands import PGVIGIL
from tests.servers.waiting import rest_after
from tests.servers.watching import Site
from tests.tui.terminal import Terminal

PATIENCE_SECONDS = 60.0
_OTHER = r"\x1b[\]P_^][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>78]|\x1b[()].|[\r\n\x0f]"
_OTHER_SEQUENCES = re.compile(_OTHER)
_WHOLE_SEQUENCES = re.compile(rf"(?:{_OTHER}|\x1b\[[?<>=]?[\d;$]*[a-zA-Z]|[^\x1b])*", re.DOTALL)


class Seat:
    """A terminal with pgvigil on it."""

    def __init__(self, command: Sequence[str], size: tuple[int, int], home: str) -> None:
        self._size = size
        self._ours, theirs = pty.openpty()
        self._resize()
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("XDG_", "PG")) and name not in {"NO_COLOR", "COLUMNS", "LINES"}
        }
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment, "HOME": home, "TERM": "xterm-256color"},
        )
        os.close(theirs)
        self._got = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._terminal = Terminal()
        self._drawn = 0  # characters of what we got

    @property
    def screen(self) -> str:
        """What stands on the terminal now."""
        self._read()
        whole = _WHOLE_SEQUENCES.match(self._got, self._drawn)
        if whole is not None:
            self._terminal.feed(_OTHER_SEQUENCES.sub("", whole[0]))
            self._drawn = whole.end()
        width, height = self._size
        rows = ("".join(cell for cell, _ in self._terminal.row(y, width)) for y in range(height))
        return "\n".join(row.rstrip() for row in rows)

    @property
    def written(self) -> str:
        """Everything that was sent to the terminal."""
        self._read()
        return self._got

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._ours, keys.encode())

    def goes(self, *steps: tuple[str, str]) -> None:
        """Press keys; each time read what comes of it before the next."""
        for keys, seen in steps:
            self.press(keys)
            self.sees(seen)

    def resize(self, width: int, height: int) -> None:
        """Make the terminal another size; what it showed is gone."""
        _ = self.screen
        self._got, self._drawn = self._got[self._drawn :], 0
        self._terminal.clear()
        self._size = width, height
        self._resize()
        self.process.send_signal(signal.SIGWINCH)

    def sees(self, *patterns: str) -> str:
        """Wait until all patterns are on the screen; gives the screen."""
        return self._until(
            lambda: self.screen,
            lambda seen: all(re.search(pattern, seen) for pattern in patterns),
            str(patterns),
        )

    def says(self, pattern: str) -> str:
        """Wait until something was written to the terminal, on whichever screen."""
        return self._until(lambda: self.written, lambda got: bool(re.search(pattern, got)), pattern)

    def ends(self) -> int:
        """Wait for the program's end; gives its exit code."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None and time.monotonic() < until:
            self._read()
            time.sleep(0.05)
        self._read()
        assert self.process.returncode is not None, f"it never ended\n{self.screen}"
        return self.process.returncode

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(5)

    def close(self) -> None:
        """Close the terminal under the program, as a dropped SSH connection does."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def clear_away(self) -> None:
        """Make sure that it is gone."""
        if self.process.poll() is None:
            self.kill()
        self.close()

    def _until(self, look: Callable[[], str], is_so: Callable[[str], bool], what: str) -> str:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            looked_at = time.monotonic()
            if is_so(seen := look()):
                return seen
            now = time.monotonic()
            assert now < until, f"never seen: {what}; the terminal had\n{seen}"
            rest_after(now - looked_at)

    def _read(self) -> None:
        while self._ours >= 0 and select.select([self._ours], [], [], 0)[0]:
            try:
                chunk = os.read(self._ours, 65536)
            except OSError:  # The last of those that held the other end has gone.
                return
            if not chunk:
                return
            self._got += self._decoder.decode(chunk)

    def _resize(self) -> None:
        width, height = self._size
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))


Sit = Callable[..., Seat]


@contextmanager
def seats_at(here: Site) -> Iterator[Sit]:
    """Starts pgvigil on terminals: ``sit(dsn, …, size=(80, 24), prefix=())``; ends them all."""
    taken: list[Seat] = []

    def sit(*arguments: str, size: tuple[int, int] = (80, 24), prefix: Sequence[str] = ()) -> Seat:
        options = ["--config", str(here.config)]
        if "demo" not in arguments:  # which keeps what it records in a folder of its own
            options += ["--state-folder", str(here.state)]
        command = (*prefix, *PGVIGIL, *options, *arguments)
        taken.append(Seat(command, size, str(here.folder)))
        return taken[-1]

    try:
        yield sit
    finally:
        for seat in taken:
            seat.clear_away()
