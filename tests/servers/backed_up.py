"""A config with two repositories and a key, and a store: what jobs on stored backups work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.backup import identity
from core.backup.keys.key_file import write_key_file
from core.backup.repository.open import open_repository
from core.backup.repository.protocol import Repository
from core.config.backup_settings import BackupSettings
from core.config.encryption_settings import KeySettings
from core.config.repository_settings import RepositorySettings
from core.config.settings import Settings, StoreSettings
from core.model.backup import BackupCopy, CopyState, VerificationLevel
from core.store.store import Store
from tests.servers.sealed_backups import BEGIN, SERVER, SYSTEM, SealedBackup, Sealing


@dataclass
class BackedUp:
    """Repositories by their names, and the store and settings of one host that uses them."""

    settings: Settings
    store: Store
    repositories: dict[str, Repository]
    sealing: Sealing
    at: datetime = field(default=BEGIN)

    def now(self) -> datetime:
        """The moment at which everything happens."""
        return self.at

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.at += timedelta(**by)

    def put(
        self,
        backup: SealedBackup,
        *names: str,
        level: VerificationLevel = VerificationLevel.SEALED,
    ) -> SealedBackup:
        """Store a backup (in all repositories, unless some are named), and have it catalogued."""
        places = [self.repositories[name] for name in names or self.repositories]
        for repository in places:
            identity.claim(repository, SERVER, SYSTEM)
        backup.write_to(*places)
        self.know(backup, *names, level=level)
        return backup

    def know(
        self,
        backup: SealedBackup,
        *names: str,
        level: VerificationLevel = VerificationLevel.SEALED,
    ) -> None:
        """Have a backup catalogued that is stored already."""
        copies = (backup.copy(name, level=level) for name in names or self.repositories)
        self.store.catalog.add(backup.entry(*copies), backup.manifest)

    def copies(self, backup: SealedBackup) -> dict[str, BackupCopy]:
        """What the catalog has of its copies."""
        entry = self.store.catalog.get(backup.backup_id)
        return {copy.repository: copy for copy in entry.copies} if entry else {}

    def states(self, backup: SealedBackup) -> dict[str, CopyState]:
        """The state of each copy."""
        return {name: copy.state for name, copy in self.copies(backup).items()}


@contextmanager
def backed_up(
    folder: Path,
    places: dict[str, RepositorySettings],
    sealing: Sealing,
    *,
    host: str = "one",
    **changed: Any,
) -> Iterator[BackedUp]:
    """A host with a store of its own in ``folder``; ``changed`` are sections of its config."""
    key = folder / f"{host}.key"
    write_key_file(key, sealing.key)
    settings = Settings(
        repositories=places,
        backup=BackupSettings(copies=tuple(places)),
        keys={"main": KeySettings(file=str(key))},
    )
    settings = replace(
        settings,
        encryption=replace(settings.encryption, key="main"),
        **changed,
    )
    store = Store.open(StoreSettings(), state_folder=folder / host, migrate=True)
    repositories = {name: open_repository(name, each) for name, each in places.items()}
    try:
        yield BackedUp(settings, store, repositories, sealing)
    finally:
        for repository in repositories.values():
            repository.close()
        store.close()
