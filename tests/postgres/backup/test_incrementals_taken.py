"""An incremental has what changed, and restores like a full backup."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.backup.markers import write_expiry
from core.backup.repository.open import open_repository
from core.model.backup import BackupKind, CopyState
from tests.postgres.backup.conftest import run
from tests.postgres.backup.taken import in_two_places
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
    both, _ = in_two_places(site, tmp_path)
    run(site.dsn, "UPDATE orders SET note = 'x' WHERE id = 1")
    assert both.take("incremental").manifest.kind is BackupKind.FULL
    assert both.take("incremental").manifest.kind is BackupKind.INCREMENTAL


@pytest.mark.parametrize("loss", ["an artifact", "the keys", "a cut artifact", "a bit of toc.dat"])
def test_a_parent_that_lost_something_is_not_built_upon(site: BackupSite, loss: str) -> None:
    full = site.take().manifest
    run(site.dsn, "UPDATE orders SET note = 'x' WHERE id = 1")
    folder = site.local / SERVER / full.backup_id
    data = next(each for each in full.artifacts if each.table and each.table.name == "items")
    path = folder / "artifacts" / f"{data.name}.sealed"
    if loss == "an artifact":
        path.unlink()
    elif loss == "a cut artifact":
        path.write_bytes(path.read_bytes()[:-1])
    elif loss == "the keys":
        (folder / "wraps.json").unlink()
    else:
        contents = folder / "artifacts" / "toc.dat.sealed"
        content = bytearray(contents.read_bytes())
        content[-1] ^= 1
        contents.write_bytes(content)
    assert site.take("incremental").manifest.kind is BackupKind.FULL
    if loss != "a bit of toc.dat":
        entry = site.store.catalog.get(full.backup_id)
        assert entry is not None
        assert [copy.state for copy in entry.copies] == [CopyState.DAMAGED]
    assert site.take("incremental").manifest.kind is BackupKind.INCREMENTAL


def test_a_parent_that_one_copy_lost_a_part_of_is_repaired_by_the_run_that_finds_it(
    site: BackupSite, tmp_path: Path
) -> None:
    both, second = in_two_places(site, tmp_path)
    full = both.take().manifest
    run(site.dsn, "UPDATE orders SET note = 'x' WHERE id = 1")
    step = both.take("incremental").manifest
    lost = next(each for each in full.artifacts if each.table and each.table.name == "items")
    (second / SERVER / full.backup_id / "artifacts" / f"{lost.name}.sealed").unlink()
    run(site.dsn, "UPDATE orders SET note = 'y' WHERE id = 2")
    assert both.take("incremental").manifest.kind is BackupKind.FULL
    for backup_id in (full.backup_id, step.backup_id):
        entry = site.store.catalog.get(backup_id)
        assert entry is not None
        assert {copy.state for copy in entry.copies} == {CopyState.COMPLETE}
