"""The errors of this package, and what a program that failed said of why."""

from __future__ import annotations

import re
from pathlib import Path

from core.errors import ServerError

_MOST_LINES = 6
# What surrounds the words of the server and of its programs is the statement that failed.
_ERROR = re.compile(r"\b(?:ERROR|FATAL|PANIC):|\berror: |No space left|Disk quota exceeded")
_FULL = re.compile(r"No space left on device|Disk quota exceeded", re.IGNORECASE)


class EmbeddedServerError(ServerError):
    """A PostgreSQL server of our own could not be unpacked, set up, started or stopped."""


class NoRoomError(EmbeddedServerError):
    """It could not because its disk is full."""


def failure(what: str, said: str, folder: Path, *, remedy: str = "") -> EmbeddedServerError:
    """The error for ``what``, by the words ``said``; where the disk of ``folder`` is full, that."""
    if _FULL.search(said):
        remedy = f"make room on the disk of {folder}"
        return NoRoomError(what, why=_errors_in(said), remedy=remedy)
    return EmbeddedServerError(what, why=_errors_in(said), remedy=remedy)


def _errors_in(said: str) -> str:
    """The last lines that tell of an error; where none does, the last of all."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if _ERROR.search(line)]
    return "; ".join((told or lines)[-_MOST_LINES:])
