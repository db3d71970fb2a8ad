"""Backups that a test's host takes: into which copies, and what the history says of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config.repository_settings import RepositorySettings
from core.model.backup_history import BackupRun
from tests.servers.backing_up import SERVER, BackupSite

DAY = timedelta(days=1)


def attempts(site: BackupSite) -> list[BackupRun]:
    """What the history says of each attempt, newest first."""
    page = site.store.attempts.history(SERVER, 20, until=datetime.now(UTC) + DAY)
    return [row.run for row in page.rows if row.run is not None]


def with_copies(site: BackupSite, **further: RepositorySettings) -> BackupSite:
    repositories = {**site.settings.repositories, **further}
    backup = replace(site.settings.backup, copies=tuple(repositories))
    return site.changed(repositories=repositories, backup=backup)


def in_two_places(site: BackupSite, folder: Path) -> tuple[BackupSite, Path]:
    """A host that keeps each backup in a second place too, below ``folder``; and that place."""
    second = folder / "second"
    second.mkdir(mode=0o700)
    return with_copies(site, offsite=RepositorySettings(path=str(second))), second
