"""Which servers a process of this host watches: a file lock each, so that asking costs nothing.

The lock (``flock(2)``) belongs to the open file description. A console that finds one free takes
it and hands it down to the watcher that it starts, so two consoles never start two watchers, and
the kernel gives it back when the watcher dies, however it dies.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Collection, Iterable
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
            remedy="make it writable for you, or give another one: --state-folder, or without it"
            " XDG_STATE_HOME",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


class Locks:
    """The locks that this process takes itself, for as long as they are not released."""

    def __init__(self, state_folder: Path) -> None:
        self._folder = state_folder
        self._held: dict[str, int] = {}
        self._was_usable = False

    def claim_again(self, servers: Iterable[str]) -> None:
        """Claim them now and then: once it went, a folder that can't be used for a while is no end.

        Raises:
            PgvigilError: the state folder could never be written to.
        """
        try:
            self.claim(servers)
        except PgvigilError:
            if not self._was_usable:
                raise
        else:
            self._was_usable = True

    def claim(self, servers: Iterable[str]) -> None:
        """Take those of ``servers`` that are free; one that this process was handed down is not.

        Raises:
            PgvigilError: the state folder can't be written to.
        """
        for server_id in servers:
            if server_id not in self._held:
                descriptor = claim(self._folder, server_id)
                if descriptor is not None:
                    self._held[server_id] = descriptor

    def keep(self, servers: Collection[str]) -> None:
        """Give back all but those of ``servers``."""
        for server_id in [each for each in self._held if each not in servers]:
            os.close(self._held.pop(server_id))

    def release(self) -> None:
        """Give all of them back."""
        self.keep(())


def is_watched(state_folder: Path, server_id: str) -> bool:
    """Whether a living process of this host watches the server."""
    descriptor = claim(state_folder, server_id)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
