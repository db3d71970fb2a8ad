"""What a command prints: whole lines, in whatever encoding the other side has."""

from __future__ import annotations

import codecs
import errno
import io
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_IN_PLAIN_SIGNS = "pgvigil.plain"


class TerminalGoneError(Exception):
    """The terminal was closed under the program: nobody is left to be told anything."""


def say(text: str = "") -> None:
    """Print ``text`` and a newline on standard output.

    Raises:
        TerminalGoneError: it is a terminal that was closed.
    """
    _print(sys.stdout, text)


def complain(text: str) -> None:
    """Print ``text`` and a newline on standard error; raises the same."""
    _print(sys.stderr, text)


def _print(stream: TextIO, text: str) -> None:
    with _while_it_is_there():  # standard error writes each line at once
        stream.write(f"{text}\n")
    flush(stream)


def flush(stream: TextIO) -> None:
    """Have all that was printed on ``stream`` written; raises the same."""
    with _while_it_is_there():
        stream.flush()


@contextmanager
def _while_it_is_there() -> Iterator[None]:
    """Tell a terminal that was closed from whatever else can't be written to."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EIO:
            raise TerminalGoneError from error
        raise


def replace_what_cannot_be_encoded() -> None:
    """Have a terminal that knows no dashes and ellipses get plain signs, not an error."""
    codecs.register_error(_IN_PLAIN_SIGNS, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_IN_PLAIN_SIGNS)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """The codec error handler that writes plain signs (codecs.register_error)."""
    from tui.glyphs import in_plain_signs

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_plain_signs(error.object[error.start : error.end]), error.end


def width_of_terminal() -> int | None:
    """Columns of the terminal that reads; ``None`` where a file or a program does."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
