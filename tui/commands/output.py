"""What a command prints: whole lines, in whatever encoding the other side has."""

from __future__ import annotations

import codecs
import io
import shutil
import sys

_IN_PLAIN_SIGNS = "pgvigil.plain"


def say(text: str = "") -> None:
    """Print ``text`` and a newline on standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print ``text`` and a newline on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


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
