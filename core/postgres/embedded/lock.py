"""Locks by which those who come later know whether the owner of a file still lives.

The kernel gives a lock (``flock(2)``) back when its owner dies, however it dies; pids that are used
again or a changed clock can't deceive it.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

# Between the making of a file or folder and its lock: how old one without must be to be stale.
_YOUNG_SECONDS = 30.0


def make_locked(path: Path, content: bytes) -> int:
    """Make the private file ``path``, which is never to be seen without our lock.

    Gives the descriptor that holds the lock: it lasts until that is closed, or we die.

    Raises:
        OSError: it can't be made.
    """
    unlocked = path.with_name(f"{path.name}.new")
    lock = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.write(lock, content)
    unlocked.rename(path)
    return lock


def take_over(path: Path) -> int | None:
    """The lock of the file ``path`` whose owner has died; ``None`` where somebody holds it.

    Gives the descriptor that holds it, as ``make_locked`` does; where there is no file, none.
    """
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def is_abandoned(path: Path) -> bool:
    """Whether the file ``path`` is there and nobody holds its lock any more."""
    lock = take_over(path)
    if lock is not None:
        os.close(lock)
    return lock is not None


def is_young(path: Path) -> bool:
    """Whether ``path`` was made so lately that its owner may not have come to lock it yet."""
    try:
        return time.time() - path.lstat().st_mtime < _YOUNG_SECONDS
    except FileNotFoundError:
        return True
