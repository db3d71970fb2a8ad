"""Which backups this host, or who shares its store, is taking just now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.backup.layout import parse_backup_id
from core.backup.staged_runs import living_backups, state_in
from core.backup.staging import folder_of_state, staging_path
from core.config.settings import Settings
from core.store.store import Store


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Backups of one server that are being taken.

    ``backup_ids`` are those that live as their staging folder here tells, suspended or not,
    whatever the clock says. ``since`` is when the oldest of those began that hold their right in
    the store: what began then or later may be theirs.
    """

    backup_ids: frozenset[str] = frozenset()
    since: datetime | None = None

    def covers(self, backup_id: str) -> bool:
        """Whether the backup may be one of them."""
        if backup_id in self.backup_ids:
            return True
        name = parse_backup_id(backup_id)
        return self.since is not None and name is not None and name.started_at >= self.since


def under_way(store: Store, settings: Settings, server: str) -> UnderWay:
    """The backups of ``server`` that are being taken now.

    Raises:
        StoreError: the store can't be read.
    """
    databases = store.leases.held_below(f"backup:{server}/")
    began = store.backup_jobs.oldest_running(server, databases) if databases else None
    root = staging_path(settings.backup, folder_of_state(store))
    living = living_backups(root, state_in(store))
    # An id has whole seconds.
    return UnderWay(living, began.replace(microsecond=0) if began else None)
