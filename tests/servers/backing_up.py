"""Backups for tests: a config with repositories and a key, a store, and what opens them again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from core.backup.fingerprint import compare
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.progress import JobReporter, SilentReporter
from core.backup.result import BackupResult, TakenBackup
from core.backup.run import take_backups
from core.config.backup_settings import BackupSettings
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.repository_settings import RepositorySettings
from core.config.settings import ServerSettings, Settings
from core.model.backup import Manifest
from core.model.job import JobKind, JobOrder
from core.postgres.embedded import EmbeddedServer, Programs
from core.store.store import Store
from tests.servers.dumping import SETTINGS, clients, fingerprint, restore
from tests.servers.everything import empty_database

SERVER = "shop"


@dataclass
class BackupSite:
    """A host that takes backups of one server: its config, its key, its store, its folder."""

    folder: Path
    settings: Settings
    store: Store
    server: EmbeddedServer
    tools: Programs
    reporter: JobReporter = field(default_factory=SilentReporter)

    @property
    def local(self) -> Path:
        """The folder of the first repository."""
        return self.folder / "local"

    @property
    def key_file(self) -> Path:
        """The file with the key."""
        return self.folder / "main.key"

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    @property
    def dsn(self) -> str:
        """The superuser's DSN of the database."""
        return self.settings.servers[SERVER].dsn

    @property
    def server_database(self) -> str:
        """The database's name."""
        return str(conninfo_to_dict(self.dsn)["dbname"])

    def order(self, kind: str = "full", **arguments: object) -> JobOrder:
        """An order for a backup; lists become JSON."""
        told = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in arguments.items()
        }
        return JobOrder(JobKind.BACKUP, SERVER, "anna@bastion", {"kind": kind, **told})

    def results(self, kind: str = "full", **arguments: object) -> tuple[BackupResult, ...]:
        """What comes of an order."""
        return take_backups(
            self.store,
            self.settings,
            self.order(kind, **arguments),
            self.reporter,
            state_folder=self.state,
        )

    def take(self, kind: str = "full", **arguments: object) -> TakenBackup:
        """A backup of the one database; what went wrong is raised."""
        (result,) = self.results(kind, **arguments)
        if result.error is not None:
            raise result.error
        assert result.taken is not None
        return result.taken

    def changed(self, **sections: object) -> BackupSite:
        """The same host with other settings."""
        return replace(self, settings=replace(self.settings, **sections))  # type: ignore[arg-type]

    def leftovers(self) -> set[str]:
        """Files of staging and of unfinished objects: there should be none."""
        places = [self.state / "staging"]
        places += [
            Path(each.path) / ".pgvigil-unfinished"
            for each in self.settings.repositories.values()
            if each.kind == "folder"
        ]
        return {str(path) for place in places for path in place.rglob("*") if path.is_file()}

    def backups_in(self, repository: Path) -> dict[str, set[str]]:
        """What is in each backup's folder of a repository that is a folder."""
        return {
            each.name: {str(path.relative_to(each)) for path in each.rglob("*") if path.is_file()}
            for each in sorted((repository / SERVER).iterdir())
            if each.is_dir()
        }

    def opened(self, manifest: Manifest, out: Path, repository: Path | None = None) -> Path:
        """What break-glass.py writes of a backup, with the key and without pgvigil."""
        folder = (repository or self.local) / SERVER / manifest.backup_id
        subprocess.run(
            [sys.executable, "-I", folder / "break-glass.py", out, "--key-file", self.key_file],
            check=True,
            capture_output=True,
            text=True,
        )
        return out

    @contextmanager
    def restored(
        self, manifest: Manifest, out: Path, repository: Path | None = None
    ) -> Iterator[str]:
        """The DSN of a database into which plain pg_restore has put the backup."""
        opened = self.opened(manifest, out, repository)
        archive = opened / "database"
        if not archive.exists():
            archive = opened / "archive.dump"
        with empty_database(self.server) as name:
            restore(self.server, name, archive, clients(self.tools), jobs=2)
            yield self.server.dsn(name)

    def differences(
        self, manifest: Manifest, out: Path, repository: Path | None = None
    ) -> tuple[str, ...]:
        """What is different in a restored backup from what its fingerprint says."""
        with self.restored(manifest, out, repository) as dsn:
            found = fingerprint(dsn, seeds=manifest.fingerprint.seeds)
        return compare(manifest.fingerprint, found)


@contextmanager
def backup_site(
    folder: Path,
    server: EmbeddedServer,
    dsn: str,
    *,
    tools: Programs | None = None,
    further: Mapping[str, RepositorySettings] | None = None,
) -> Iterator[BackupSite]:
    """A host with a folder for backups, and ``further`` repositories.

    ``tools`` are the client programs, where they are not the server's own.
    """
    tools = tools or server.programs
    local, state = folder / "local", folder / "state"
    local.mkdir(mode=0o700, parents=True)
    carried = state / "programs"
    carried.mkdir(parents=True)
    # What would be unpacked is there already.
    (carried / "postgresql").symlink_to(tools.bin.parent)
    write_key_file(folder / "main.key", KeyEncryptionKey.generate())
    repositories = {"local": RepositorySettings(path=str(local)), **(further or {})}
    configured = "" if tools.lib else str(tools.bin)
    settings = Settings(
        servers={SERVER: ServerSettings(dsn=dsn)},
        repositories=repositories,
        backup=BackupSettings(copies=tuple(repositories), lease_seconds=5),
        dump=replace(SETTINGS, client_programs=configured),
        encryption=EncryptionSettings(recovery_kept_by="the tests"),
        keys={"main": KeySettings(file=str(folder / "main.key"))},
    )
    store = Store.open(settings.store, state_folder=state, migrate=True)
    try:
        yield BackupSite(folder, settings, store, server, tools)
    finally:
        store.close()
