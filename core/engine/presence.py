"""Which servers a process of this host watches: a file lock each, so that asking costs nothing.

The lock (``flock(2)``) belongs to the open file description. A console that finds one free takes
it and hands it down to the watcher that it starts, so two consoles never start two watchers, and
the kernel gives it back when the watcher dies, however it dies.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path

from core.errors import PgvigilError


def lock_file(state_folder: Path, server_id: str) -> Path:
    """The lock file of a server; a server's id may hold what a file's name can't."""
    digest = hashlib.sha256(server_id.encode()).hexdigest()[:24]
    return state_folder / "watched" / f"{digest}.lock"


def claim(state_folder: Path, server_id: str) -> int | None:
    """Take a server's lock: an open file that holds it, or ``None`` while a watcher has it.

    Raises:
        PgvigilError: the state folder can't be written to.
    """
    path = lock_file(state_folder, server_id)
    try:
        # mkdir's mode is that of the last folder only, so each gets its own.
        state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PgvigilError(
            f"The state folder {state_folder} can't be used",
            why=str(error),
            remedy="make it writable for you, or set XDG_STATE_HOME to another folder",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_watched(state_folder: Path, server_id: str) -> bool:
    """Whether a living process of this host watches the server."""
    descriptor = claim(state_folder, server_id)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
