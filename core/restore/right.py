"""One at a time: who restores to a database, or undoes that, has the right to it alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from core.backup.alone import Held, alone
from core.config.settings import Settings
from core.errors import BackupError
from core.store.store import Store


def resource_of(server: str, database: str) -> str:
    """The name of the right to restore to a database, in the store's leases."""
    return f"restore:{server}/{database}"


@contextmanager
def restoring_alone(
    store: Store, settings: Settings, server: str, database: str, who: str
) -> Iterator[Held]:
    """The right to restore to a database, which nobody else has meanwhile.

    Raises:
        BackupError: somebody else restores to it, or undoes a restore.
        StoreError: the store can't be used.
    """

    def refused(holder: str) -> BackupError:
        return BackupError(
            f"A restore to {database} on {server} is under way",
            why=f"by {holder}",
            remedy="wait for it (pgvigil restore attach), or cancel it first; nothing was touched",
        )

    with alone(
        store.leases,
        resource_of(server, database),
        who=who,
        since=datetime.now(UTC),
        seconds=settings.backup.lease_seconds,
        refused=refused,
    ) as held:
        yield held
