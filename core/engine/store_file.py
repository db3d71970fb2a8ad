"""Whether the store's file still is the one that was opened."""

from __future__ import annotations

from pathlib import Path

STORE_FILE = "store.sqlite3"
"""The name of `core.store.sqlite.FILE_NAME`, known without importing a database."""


def file_id(path: Path) -> tuple[int, int] | None:
    """What tells one file from another at the same place; ``None`` where there is none.

    A store on PostgreSQL has no file, and that stays the same too.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
