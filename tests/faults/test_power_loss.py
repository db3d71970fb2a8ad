"""The power goes while a backup is written to a folder; only what was synced is there afterwards.

After each single fsync two states are looked at: that in which no name is there which was not
synced, and that in which all names are there at once but contents only when they were synced.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core.backup.keys.records import ring_of
from core.backup.progress import SilentReporter
from core.backup.repository.open import open_repository
from core.backup.verify.copy import CopyVerifier
from core.config.repository_settings import RepositorySettings
from core.postgres.embedded import EmbeddedServer
from tests.faults.figures import Faults, check_kept
from tests.faults.power import Image, watched_disk
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import SERVER, BackupSite, backup_site

pytestmark = pytest.mark.fault


def backups_in(image: Image) -> set[str]:
    """The backups that exist: those with a manifest."""
    return {path.split("/")[1] for path in image.files if path.endswith("/manifest.sealed")}


def is_whole(site: BackupSite, folder: Path, backup_id: str) -> bool:
    """Whether what is in a folder, and nothing else, says that a backup is good."""
    repository = open_repository("local", RepositorySettings(path=str(folder)))
    verifier = CopyVerifier(repository, SERVER, ring_of(site.settings, ()), SilentReporter())
    return verifier.problems(verifier.manifest(backup_id, None)) == []


@pytest.mark.parametrize("kind", ["full", "incremental"])
def test_a_backup_exists_whole_or_not_at_all(
    postgres: EmbeddedServer, database: str, tmp_path: Path, faults: Faults, kind: str
) -> None:
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as site:
        earlier = site.take().manifest.backup_id
        folder = f"{SERVER}/{earlier}/"
        before = {
            str(path.relative_to(site.local)): path.read_bytes()
            for path in (site.local / folder).rglob("*")
            if path.is_file()
        }
        run(database, "UPDATE orders SET note = 'later' WHERE id = 1")
        with watched_disk(site.local) as disk:
            taken = site.take(kind).manifest.backup_id
            in_the_end = disk.least()
        for number, image in enumerate(disk.images):
            faults.tried += 1
            there = {name: what for name, what in image.files.items() if name.startswith(folder)}
            check_kept(there == before)
            if taken in backups_in(image):
                image.write_to(tmp_path / f"image{number}")
                assert is_whole(site, tmp_path / f"image{number}", taken)
            faults.survived += 1
    assert taken in backups_in(in_the_end), "what is reported as stored is on the disk"
    assert any(backups_in(image) == {earlier} for image in disk.images)
    assert len(disk.images) > 20


@pytest.mark.parametrize("made", ["shop", "shop/b1", "shop/b1/artifacts"])
def test_a_folder_whose_maker_was_killed_is_on_the_disk_when_something_is_stored_in_it(
    tmp_path: Path, made: str
) -> None:
    root = tmp_path / "repository"
    root.mkdir(mode=0o700)
    with watched_disk(root) as disk:
        (root / made).mkdir(parents=True)
        repository = open_repository("local", RepositorySettings(path=str(root)))
        repository.write("shop/b1/artifacts/rows", b"rows")
        assert disk.least().files == {"shop/b1/artifacts/rows": b"rows"}


def test_a_folder_that_somebody_made_anew_is_on_the_disk_again(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir(mode=0o700)
    repository = open_repository("local", RepositorySettings(path=str(root)))
    with watched_disk(root) as disk:
        repository.write("shop/b1/rows", b"rows")
        repository.delete(["shop/b1/rows"])
        assert not (root / "shop").exists()
        (root / "shop" / "b1").mkdir(parents=True)
        repository.write("shop/b1/rows", b"rows")
        assert disk.least().files == {"shop/b1/rows": b"rows"}


def test_what_a_backup_refers_to_is_on_the_disk_before_its_manifest_though_its_writer_was_killed(
    postgres: EmbeddedServer, database: str, tmp_path: Path
) -> None:
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as site:
        full = site.take().manifest.backup_id
        run(database, "UPDATE orders SET note = 'later' WHERE id = 1")
        with watched_disk(site.local) as disk:
            disk.forget(site.local / SERVER / full)
            taken = site.take("incremental").manifest
        assert taken.ancestors == {full}
        for number, image in enumerate(disk.images):
            if taken.backup_id in backups_in(image):
                image.write_to(tmp_path / f"image{number}")
                assert is_whole(site, tmp_path / f"image{number}", taken.backup_id)
                assert is_whole(site, tmp_path / f"image{number}", full)
        assert taken.backup_id in backups_in(disk.least())
