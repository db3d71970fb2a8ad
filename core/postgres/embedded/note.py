"""Notes of folders that are not where everybody looks: whoever comes later finds them by these.

A private folder under somebody's ``TMPDIR`` would be lost to a process that has another one. So a
note, a file of its owner's, is left in a place that is always looked at, before the folder is made.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from core.postgres.embedded.folder import COMMON_PLACES, chosen_place
from core.postgres.embedded.lock import is_abandoned, is_young, make_locked

# /var/tmp first: unlike the others it survives when the machine starts anew.
_NOTE_PLACES = (Path("/var/tmp"), *COMMON_PLACES)  # noqa: S108


class Note:
    """What ``TMPDIR`` was when a folder was about to be made; none where everybody looks anyway."""

    def __init__(self, prefix: str) -> None:
        """Leave a note; where no place takes one, only those with the same ``TMPDIR`` find us."""
        self._path: Path | None = None
        if chosen_place() in COMMON_PLACES:
            return
        for place in _NOTE_PLACES:
            path = place / f"{_beginning(prefix)}{secrets.token_hex(4)}"
            with suppress(OSError):
                self._lock = make_locked(path, os.fsencode(chosen_place()))
                self._path = path
                return

    def remove(self) -> None:
        """Take the note away; twice does no harm."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._lock)
            self._path = None


def abandoned_notes(prefix: str) -> Iterator[tuple[Path, Path]]:
    """The notes of those who died, and where each says that folders may be."""
    for place in dict.fromkeys(_NOTE_PLACES):
        for note in place.glob(f"{_beginning(prefix)}*"):
            with suppress(FileNotFoundError):  # Somebody else has taken it away.
                if _is_our_file(note) and _is_stale(note):
                    yield note, Path(os.fsdecode(note.read_bytes()))


def _beginning(prefix: str) -> str:
    return f"{prefix}note-"


def _is_our_file(note: Path) -> bool:
    state = note.lstat()
    return stat.S_ISREG(state.st_mode) and state.st_uid == os.geteuid()


def _is_stale(note: Path) -> bool:
    return is_abandoned(note) and not (note.suffix and is_young(note))
