"""Who may take away or rewrap what a repository holds: one process at a time, whatever its host.

Reading and adding backups needs no such right.
"""

from __future__ import annotations


def right_to_change(repository: str) -> str:
    """The resource whose lease in the store is held while backups are pruned or keys rotated."""
    return f"repository:{repository}"
