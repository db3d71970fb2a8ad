"""An incremental has what changed, and restores like a full backup."""

from __future__ import annotations

from pathlib import Path

from core.backup.markers import write_expiry
from core.backup.repository.open import open_repository
from core.config.repository_settings import RepositorySettings
from core.model.backup import BackupKind
from tests.postgres.backup.conftest import run
from tests.postgres.backup.taken import with_copies
from tests.servers.backing_up import SERVER, BackupSite


def test_an_incremental_dumps_what_changed_and_restores_like_a_full_one(
    site: BackupSite, tmp_path: Path
) -> None:
    full = site.take().manifest
    run(site.dsn, "UPDATE orders SET note = 'changed' WHERE id = 7")
    step = site.take("incremental").manifest
    assert step.kind is BackupKind.INCREMENTAL
    assert (step.parent_id, step.chain_id, step.generation) == (full.backup_id, full.chain_id, 1)
    assert step.ancestors == {full.backup_id}
    own = {e.table.name for e in step.artifacts if e.table and e.backup_id == step.backup_id}
    assert own == {"orders"}
    run(site.dsn, "INSERT INTO items (order_id) VALUES (1)")
    last = site.take("incremental").manifest
    assert (last.parent_id, last.generation) == (step.backup_id, 2)
    assert last.ancestors == {full.backup_id, step.backup_id}
    assert site.differences(last, tmp_path / "out") == ()


def test_each_backup_of_a_chain_restores_to_its_own_moment(
    site: BackupSite, tmp_path: Path
) -> None:
    manifests = [site.take().manifest]
    for number in range(2):
        run(site.dsn, f"UPDATE orders SET note = 'round {number}' WHERE id % 3 = {number}")
        manifests.append(site.take("incremental").manifest)
    for number, manifest in enumerate(manifests):
        assert site.differences(manifest, tmp_path / f"out{number}") == ()


def test_without_a_good_parent_an_incremental_is_a_full_one_and_says_so(site: BackupSite) -> None:
    manifest = site.take("incremental").manifest
    assert manifest.kind is BackupKind.FULL
    assert any("no earlier backup" in note for note in manifest.notes)


def test_an_expired_backup_is_never_built_upon(site: BackupSite) -> None:
    full = site.take().manifest
    repository = open_repository("local", site.settings.repositories["local"])
    write_expiry(repository, SERVER, full.backup_id, full.finished_at)
    run(site.dsn, "UPDATE orders SET note = 'x' WHERE id = 1")
    assert site.take("incremental").manifest.kind is BackupKind.FULL


def test_a_parent_that_a_copy_lacks_is_not_built_upon(site: BackupSite, tmp_path: Path) -> None:
    site.take()
    second = tmp_path / "second"
    second.mkdir(mode=0o700)
    both = with_copies(site, offsite=RepositorySettings(path=str(second)))
    run(site.dsn, "UPDATE orders SET note = 'x' WHERE id = 1")
    assert both.take("incremental").manifest.kind is BackupKind.FULL
    assert both.take("incremental").manifest.kind is BackupKind.INCREMENTAL
