"""What was there before a bad day of a backup, what strikes it, and what has to hold afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from core.backup.keys.records import ring_of
from core.backup.progress import SilentReporter
from core.backup.repository.open import open_repository
from core.backup.repository.protocol import Repository
from core.backup.verify.copy import CopyVerifier
from core.config.repository_settings import RepositorySettings
from core.model.backup import CopyState, Manifest
from tests.faults.figures import check_kept
from tests.servers.backing_up import SERVER, BackupSite


class Before:
    """What was there before a bad day, and whether it still is."""

    def __init__(self, site: BackupSite) -> None:
        self._site = site
        self.manifest = site.take().manifest
        self._files = self._content()

    def is_untouched(self) -> bool:
        """Whether every byte of it is as it was."""
        return self._content() == self._files

    def _content(self) -> dict[str, bytes]:
        folder = self._site.local / SERVER / self.manifest.backup_id
        return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check_after(site: BackupSite, before: Before) -> Manifest:
    """The next run succeeds; what is in the repository is whole, and there is nothing else."""
    check_kept(before.is_untouched())
    # What a dead writer left unfinished is cleared by its age, for another may still write.
    local = replace(site.settings.repositories["local"], stale_seconds=0.001)
    old = site.changed(repositories={**site.settings.repositories, "local": local})
    manifest = old.take("incremental").manifest
    check_kept(before.is_untouched())
    assert site.leftovers() == set()
    stored = site.backups_in(site.local)
    assert [name for name, files in stored.items() if "manifest.sealed" not in files] == []
    repository = open_repository("local", site.settings.repositories["local"])
    verifier = CopyVerifier(repository, SERVER, ring_of(site.settings, ()), SilentReporter())
    for backup_id in stored:
        assert verifier.problems(verifier.manifest(backup_id, None)) == []
    known = {
        copy.backup_id
        for entry in site.store.catalog.entries()
        for copy in entry.copies
        if copy.repository == "local" and copy.state is CopyState.COMPLETE
    }
    assert known == set(stored)
    return manifest


def started(site: BackupSite, kind: str = "full", stop: str = "") -> subprocess.Popen[bytes]:
    """A backup in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.backup_program", str(site.state), kind, stop],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(site.settings))
    process.stdin.close()
    return process


class Acting(SilentReporter):
    """Does something when a phase begins."""

    def __init__(self, name: str, act: Callable[[], object]) -> None:
        self._name = name
        self._act = act

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        if name == self._name:
            self._act()


def with_copy(site: BackupSite, offsite: RepositorySettings) -> BackupSite:
    """The host with a second repository."""
    repositories = {**site.settings.repositories, "offsite": offsite}
    backup = replace(site.settings.backup, copies=tuple(repositories))
    return site.changed(repositories=repositories, backup=backup)


class Striking:
    """A real repository; right after the manifest (or ``last``) was written, something happens."""

    def __init__(
        self, repository: Repository, act: Callable[[], object], last: str = "/manifest.sealed"
    ) -> None:
        self._repository = repository
        self._act = act
        self._last = last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._repository, name)

    def write(self, path: str, data: bytes) -> None:
        self._repository.write(path, data)
        if path.endswith(self._last):
            self._act()
