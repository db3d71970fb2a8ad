"""What a command prints: whole lines, in whatever encoding the other side has."""

from __future__ import annotations

import sys
from typing import TextIO


def say(text: str = "") -> None:
    """Print ``text`` and a newline on standard output."""
    _write(sys.stdout, f"{text}\n")


def complain(text: str) -> None:
    """Print ``text`` and a newline on standard error."""
    _write(sys.stderr, f"{text}\n")


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
