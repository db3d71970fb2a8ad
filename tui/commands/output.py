"""What a command prints: whole lines, in whatever encoding the other side has."""

from __future__ import annotations

import io
import shutil
import sys


def say(text: str = "") -> None:
    """Print ``text`` and a newline on standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print ``text`` and a newline on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def replace_what_cannot_be_encoded() -> None:
    """Have a terminal that knows no dashes and ellipses get question marks, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def width_of_terminal() -> int | None:
    """Columns of the terminal that reads; ``None`` where a file or a program does."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
