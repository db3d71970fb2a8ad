"""A private folder with an owner: whoever comes later knows whether the owner still lives.

The owner holds a lock (``flock(2)``) on the file ``owner`` in the folder. The kernel gives it back
when the owner dies, however it dies; pids that are used again or a changed clock can't deceive it.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from core.postgres.embedded.account import ServerAccount
from core.postgres.embedded.folder import make_private_folder, parents, remove_folder
from core.postgres.embedded.residents import end_residents

_OWNER = "owner"
# Between the making of a folder and its lock: how old an ownerless folder must be to be stale.
_YOUNG_SECONDS = 30.0


class ClaimedFolder:
    """A private folder that is ours until ``remove``; ``sweep`` clears it away if we die before."""

    def __init__(self, prefix: str, account: ServerAccount) -> None:
        """Make and claim it.

        Raises:
            EmbeddedServerError: no place for it will do.
        """
        self.path = make_private_folder(prefix, account)
        self._lock = os.open(self.path / _OWNER, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.write(self._lock, f"{os.getpid()}\n".encode())

    def remove(self, *, spare: tuple[int, ...] = ()) -> None:
        """End the processes that live in it (not those in ``spare``), then remove it."""
        end_residents(self.path, spare=spare)
        remove_folder(self.path)
        os.close(self._lock)


def sweep(prefix: str) -> tuple[Path, ...]:
    """Clear away the folders whose owners died: their processes, then their files.

    Only folders of our own account whose names begin with ``prefix``, where ``make_private_folder``
    makes them. Gives those that were removed.
    """
    stale = [folder for folder in _folders(prefix) if _is_stale(folder)]
    for folder in stale:
        end_residents(folder, grace=0.5)
        remove_folder(folder)
    return tuple(stale)


def _folders(prefix: str) -> list[Path]:
    return [
        folder
        for parent in parents()
        if parent.is_dir()
        for folder in parent.glob(f"{prefix}*")
        if folder.is_dir() and not folder.is_symlink() and folder.lstat().st_uid == os.geteuid()
    ]


def _is_stale(folder: Path) -> bool:
    try:
        lock = os.open(folder / _OWNER, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return folder.exists() and time.time() - folder.stat().st_mtime > _YOUNG_SECONDS
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(lock)
