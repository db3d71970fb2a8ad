"""The driver on a real pseudo-terminal: every key arrives, and the app ends with its terminal."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tui.driver import typed_apart

PATIENCE_SECONDS = 20
APP = """
import sys
from textual.app import App
from tui.driver import ConsoleDriver

class Typed(App):
    def get_driver_class(self):
        return ConsoleDriver

    def on_mount(self):
        self.note("%dx%d" % self.size)
        self.call_after_refresh(self.note, "ready")

    def on_key(self, event):
        self.note(event.key)
        if event.key == "q":
            self.exit()

    def note(self, what):
        with open(sys.argv[1], "a") as notes:
            print(what, file=notes)

Typed().run()
"""


@dataclass
class Typist:
    """Types on the terminal of an app that notes each key."""

    terminal: int
    process: subprocess.Popen[bytes]
    notes: Path

    def notes_until(self, last: str) -> list[str]:
        """What the app has noted, as soon as ``last`` is among it."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            noted = self.notes.read_text().split() if self.notes.exists() else []
            if last in noted:
                return noted
            if select.select([self.terminal], [], [], 0.02)[0]:
                os.read(self.terminal, 65536)
        pytest.fail(f"{last} was never noted")

    def type(self, keys: bytes) -> None:
        """Type them at once."""
        os.write(self.terminal, keys)


@pytest.fixture
def typist(tmp_path: Path) -> Iterator[Typist]:
    """Somebody before an app that is ready."""
    with typist_before(tmp_path) as made:
        yield made


@contextmanager
def typist_before(folder: Path, term: str = "xterm-256color") -> Iterator[Typist]:
    """Somebody before an app that is ready, on a terminal of 97x31 of that name."""
    terminal, other_end = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 31, 97, 0, 0))
    environment = {n: v for n, v in os.environ.items() if n not in {"COLUMNS", "LINES"}}
    with subprocess.Popen(
        [sys.executable, "-c", APP, str(folder / "notes")],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        env={**environment, "TERM": term},
    ) as process:
        os.close(other_end)
        made = Typist(terminal, process, folder / "notes")
        made.notes_until("ready")
        yield made
        process.kill()
    if made.terminal >= 0:
        os.close(made.terminal)


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_the_app_begins_in_the_terminals_size_whatever_its_name(tmp_path: Path, term: str) -> None:
    with typist_before(tmp_path, term) as typist:
        typist.type(b"q")
        assert typist.notes_until("q") == ["97x31", "ready", "q"]


def test_letters_sequences_and_what_is_not_ascii_arrive(typist: Typist) -> None:
    typist.type(b"a\x1b[B\xc3\xa9")
    assert typist.notes_until("é") == ["97x31", "ready", "a", "down", "é"]


def test_an_esc_by_itself_arrives_though_nothing_follows(typist: Typist) -> None:
    typist.type(b"\x1b")
    assert typist.notes_until("escape") == ["97x31", "ready", "escape"]


def test_a_key_right_behind_an_esc_is_neither_lost_nor_another_key(typist: Typist) -> None:
    typist.type(b"\x1bx\x1b2\x1b:\x1b[Az")
    assert typist.notes_until("z") == [
        "97x31", "ready", "escape", "x", "escape", "2", "escape", "colon", "up", "z",
    ]  # fmt: skip


def test_keys_that_come_in_two_pieces_are_told_apart_too(typist: Typist) -> None:
    typist.type(b"\x1b")
    typist.type(b"/\x1b")
    typist.type(b"[B/")
    typist.type(b"z")
    assert typist.notes_until("z") == ["97x31", "ready", "escape", "slash", "down", "slash", "z"]


@pytest.mark.parametrize(
    ("text", "before", "parts"),
    [
        ("abc", "", ["abc"]),
        ("\x1bx", "", ["\x1b", "x"]),
        ("\x1b[Ax\x1bOP", "", ["\x1b[Ax\x1bOP"]),
        ("\x1b\x1b[A", "", ["\x1b\x1b[A"]),
        ("x", "a\x1b", ["", "x"]),
        ("[A", "a\x1b", ["[A"]),
        ("x", "a", ["x"]),
    ],
)
def test_an_esc_that_begins_no_sequence_stands_by_itself(
    text: str, before: str, parts: list[str]
) -> None:
    assert typed_apart(text, before) == parts


def test_a_key_that_ends_the_app_ends_the_thread_that_waits_for_keys(typist: Typist) -> None:
    typist.type(b"q")
    typist.notes_until("q")
    assert typist.process.wait(PATIENCE_SECONDS) == 0


def test_the_app_ends_when_its_terminal_is_gone_without_a_signal(typist: Typist) -> None:
    os.close(typist.terminal)
    typist.terminal = -1
    typist.process.wait(PATIENCE_SECONDS)
