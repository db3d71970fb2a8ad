"""Work on stored backups, killed before each single call that changes files.

Whatever the step: what was good stays good, and the next run of the same work ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.api.keys import Keys
from core.backup import layout
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.keys.ring import KeyRing, OpeningKeys
from core.backup.markers import write_expiry
from core.backup.progress import SilentReporter
from core.backup.prune.job import run_prune_job
from core.backup.verify.copy import CopyVerifier
from core.backup.verify.job import run_verify_job
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.repository_settings import RepositorySettings
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.verify_settings import VerifySettings
from core.model.job import JobKind, JobOrder
from tests.faults.figures import Faults, check_kept
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import BEGIN, SERVER, SealedBackup, Sealing
from tests.servers.striking import Striker

pytestmark = pytest.mark.fault

KEEP = KeepSettings(days=5, count=1, weekly=0, monthly=0, yearly=0)
SETTINGS: dict[str, Any] = {
    "retention": RetentionSettings(KEEP, replace(KEEP, count=0), KEEP, KEEP, grace_seconds=86_400),
    "verify": VerifySettings(level="sealed", share=1),
}
SEALING = Sealing()
DATA = "3001.dat.zst"


@dataclass
class Stage:
    """A host with three backups, all of this month: a chain of two that is old, and a young one."""

    host: BackedUp
    folder: Path
    old: SealedBackup
    step: SealedBackup
    young: SealedBackup
    faults: Faults

    @property
    def backups(self) -> tuple[SealedBackup, ...]:
        return self.old, self.step, self.young

    def path(self, name: str, repository: str = "first") -> Path:
        return self.folder / repository / name

    def is_as_written(self, backup: SealedBackup, repository: str = "first") -> bool:
        """Whether every byte of a copy is there."""
        return all(
            (path := self.path(name, repository)).is_file() and path.read_bytes() == content
            for name, content in backup.objects.items()
        )

    def is_good(self, backup: SealedBackup, repository: str, keys: OpeningKeys) -> bool:
        """Whether a copy is verified by what is in the repository alone."""
        there = self.host.repositories[repository]
        verifier = CopyVerifier(there, SERVER, keys, SilentReporter())
        return verifier.problems(verifier.manifest(backup.backup_id, None)) == []

    def unfinished(self) -> list[Path]:
        return [path for path in self.folder.glob("*/.pgvigil-unfinished/*") if path.is_file()]

    def strike(self, killer: Striker, work: str, step: int) -> bool:
        """Whether it was killed at the step; ``False``: it came to its end before."""
        struck = killer.strike(
            work,
            step,
            server=SERVER,
            state=self.folder / "one",
            settings=self.host.settings,
        )
        assert struck.how != "failed", struck.where
        was_killed = struck.how == "killed"
        self.faults.tried += was_killed
        return was_killed


def today() -> float:
    """Days after the begin by this machine's clock, which is that of the files."""
    return (datetime.now(UTC) - BEGIN) / timedelta(days=1)


@contextmanager
def stage(folder: Path, faults: Faults, names: tuple[str, ...]) -> Iterator[Stage]:
    places = {}
    for name in names:
        path = folder / name
        path.mkdir(parents=True, mode=0o700)
        # What a dead process left unfinished is cleared by its age.
        places[name] = RepositorySettings(path=str(path), stale_seconds=0.001)
    with backed_up(folder, places, SEALING, **SETTINGS) as host:
        old = host.put(SEALING.full(today() - 12))
        step = host.put(SEALING.incremental(old, today() - 11.5, {"toc.dat": b"P"}, [DATA]))
        young = host.put(SEALING.full(today() - 1))
        yield Stage(host, folder, old, step, young, faults)


def each_step(tmp_path: Path, faults: Faults, *names: str) -> Iterator[tuple[int, Stage]]:
    """A fresh stage for each step, for as long as somebody asks."""
    number = 0
    while True:
        with stage(tmp_path / str(number), faults, names) as made:
            yield number, made
        faults.survived += 1
        number += 1


def test_a_prune_that_is_killed(tmp_path: Path, killer: Striker, faults: Faults) -> None:
    for number, here in each_step(tmp_path, faults, "first"):
        host = here.host
        since = datetime.now(UTC) - timedelta(days=2)
        for backup in (here.old, here.step):
            for name, repository in host.repositories.items():
                write_expiry(repository, SERVER, backup.backup_id, since)
                host.store.catalog.expire([backup.backup_id], since, repository=name)
        was_killed = here.strike(killer, "prune", number)
        check_kept(*(here.is_as_written(here.young, name) for name in host.repositories))
        for name in host.repositories:
            paths = layout.manifest_file, layout.wraps_file
            if all(here.path(path(SERVER, here.step.backup_id), name).exists() for path in paths):
                assert here.is_good(here.step, name, SEALING.ring), "its parent went before it"
        run_prune_job(
            host.store, host.settings, JobOrder(JobKind.PRUNE, SERVER, "anna"), SilentReporter()
        )
        check_kept(*(here.is_as_written(here.young, name) for name in host.repositories))
        for name in host.repositories:
            kept = {path.name for path in here.path(SERVER, name).iterdir() if path.is_dir()}
            assert kept == {here.young.backup_id}
        entries = host.store.catalog.entries(SERVER)
        assert [entry.backup_id for entry in entries] == [here.young.backup_id]
        assert here.unfinished() == []
        if not was_killed:
            break
    assert number > 8


def test_a_verification_that_repairs_and_is_killed(
    tmp_path: Path, killer: Striker, faults: Faults
) -> None:
    for number, here in each_step(tmp_path, faults, "first", "second"):
        host = here.host
        cut = here.path(layout.artifact_file(SERVER, here.old.backup_id, DATA), "second")
        cut.write_bytes(cut.read_bytes()[:-1])
        here.path(layout.wraps_file(SERVER, here.young.backup_id), "second").unlink()
        for name in here.step.objects:
            here.path(name, "second").unlink()
        was_killed = here.strike(killer, "verify", number)
        check_kept(*(here.is_as_written(backup) for backup in here.backups))
        if here.path(layout.manifest_file(SERVER, here.step.backup_id), "second").exists():
            assert here.is_good(here.step, "second", SEALING.ring)
        run_verify_job(
            host.store,
            host.settings,
            JobOrder(JobKind.VERIFY, SERVER, "anna", {"everything": "yes"}),
            SilentReporter(),
        )
        for name in host.repositories:
            check_kept(*(here.is_as_written(backup, name) for backup in here.backups))
            host.repositories[name].clean_stale(0.001)
        assert here.unfinished() == []
        if not was_killed:
            break
    assert number > 8


def test_a_rotation_of_keys_that_is_killed(tmp_path: Path, killer: Striker, faults: Faults) -> None:
    new = KeyEncryptionKey.generate()
    write_key_file(tmp_path / "new.key", new)
    write_key_file(tmp_path / "old.key", SEALING.key)
    keys = {name: KeySettings(file=str(tmp_path / f"{name}.key")) for name in ("new", "old")}
    both = KeyRing(new, [SEALING.key])
    for number, here in each_step(tmp_path, faults, "first"):
        host = here.host
        host.settings = replace(host.settings, keys=keys, encryption=EncryptionSettings(key="new"))
        was_killed = here.strike(killer, "rotate", number)
        for name in host.repositories:
            check_kept(*(here.is_good(backup, name, both) for backup in here.backups))
        for _ in Keys(host.settings, host.store).rotate([]):
            pass
        for name in host.repositories:
            alone = KeyRing(new)
            check_kept(*(here.is_good(backup, name, alone) for backup in here.backups))
            host.repositories[name].clean_stale(0.001)
        assert here.unfinished() == []
        if not was_killed:
            break
    assert number > 8
