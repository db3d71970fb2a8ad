"""Who may take away or rewrap what a repository holds: one process at a time, whatever its host.

Reading and adding backups needs no such right.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from core.backup.alone import Held, alone
from core.errors import BackupError
from core.store.leases import Leases


def right_to_change(repository: str) -> str:
    """The resource whose lease in the store is held while backups are pruned or keys rotated."""
    return f"repository:{repository}"


@contextmanager
def changing(
    leases: Leases, repository: str, *, who: str, now: datetime, seconds: float
) -> Iterator[Held]:
    """Hold the right to change ``repository``; it is free again ``seconds`` after a death.

    Raises:
        BackupError: another process changes it.
        StoreError: the store can't be used.
    """

    def refused(holder: str) -> BackupError:
        return BackupError(
            f"Repository {repository} is being changed",
            why=f"{holder} prunes or repairs it, or rotates its keys",
            remedy="try again when it is done",
        )

    resource = right_to_change(repository)
    with alone(leases, resource, who=who, since=now, seconds=seconds, refused=refused) as held:
        yield held
