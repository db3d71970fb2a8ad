"""What a restore fetches of a backup: no more than it needs, and nothing that is not authentic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.backup.dump.table_of_contents import read_table_of_contents
from core.backup.keys.sources import load_opening_keys
from core.backup.opened import read_manifest_of
from core.backup.progress import SILENT
from core.backup.repository.open import open_repository
from core.backup.unsealing import SealedSource
from core.errors import DamagedArtifactError, RestoreError
from core.model.backup import ArtifactRole, Manifest, TableName
from core.model.restore import ChosenTable
from core.restore.archive.choice import choose
from core.restore.fetch import Fetched, fetch, needed_artifacts
from tests.servers.backing_up import SERVER, BackupSite


@pytest.fixture
def manifest(site: BackupSite) -> Manifest:
    return site.take().manifest


def fetched(site: BackupSite, manifest: Manifest, folder: Path, files: list[str] | None) -> Fetched:
    folder.mkdir()
    settings = site.settings
    keys = load_opening_keys(settings.encryption, settings.keys)
    repository = open_repository("local", settings.repositories["local"])
    source = SealedSource.of(repository, SERVER, keys)
    assert read_manifest_of(repository, SERVER, manifest.backup_id, keys) == manifest
    return fetch(source, needed_artifacts(manifest, files), folder, SILENT)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_whole_backup_is_fetched_as_pg_dump_wrote_it(
    site: BackupSite, manifest: Manifest, tmp_path: Path
) -> None:
    found = fetched(site, manifest, tmp_path / "out", None)
    by_hand = site.opened(manifest, tmp_path / "by hand")

    assert names(tmp_path / "out") == names(by_hand)
    for name in names(by_hand):
        assert (tmp_path / "out" / name).read_bytes() == (by_hand / name).read_bytes()
    assert found.archive == tmp_path / "out" / "database"
    assert found.globals_file is not None
    assert found.globals_file.exists()


def test_of_one_table_only_its_file_and_the_contents_are_fetched(
    site: BackupSite, manifest: Manifest, tmp_path: Path
) -> None:
    whole = fetched(site, manifest, tmp_path / "whole", None)
    contents = read_table_of_contents((whole.archive / "toc.dat").read_bytes())
    choice = choose(contents, [ChosenTable(TableName("public", "orders"))])

    fetched(site, manifest, tmp_path / "part", list(choice.files))

    (rows,) = (each for each in manifest.artifacts if each.table == TableName("public", "orders"))
    assert names(tmp_path / "part") == {"database/toc.dat", f"database/{rows.file_name}"}


def test_of_a_streamed_archive_all_is_fetched_for_one_table(manifest: Manifest) -> None:
    roles = (ArtifactRole.ARCHIVE, ArtifactRole.GLOBALS)
    archive, roles_sql = (replace(manifest.artifacts[0], role=role) for role in roles)
    streamed = replace(manifest, artifacts=(archive, roles_sql))
    assert needed_artifacts(streamed, ["1.dat"]) == (archive,)


def test_a_damaged_artifact_is_found_before_anything_is_restored(
    site: BackupSite, manifest: Manifest, tmp_path: Path
) -> None:
    (rows,) = (each for each in manifest.artifacts if each.table == TableName("public", "orders"))
    path = site.local / SERVER / rows.backup_id / "artifacts" / f"{rows.name}.sealed"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with pytest.raises(DamagedArtifactError):
        fetched(site, manifest, tmp_path / "out", None)


def test_a_folder_that_is_full_is_told(
    site: BackupSite, manifest: Manifest, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "database").write_text("in the way")
    settings = site.settings
    keys = load_opening_keys(settings.encryption, settings.keys)
    repository = open_repository("local", settings.repositories["local"])
    with pytest.raises(RestoreError) as said:
        fetch(
            SealedSource.of(repository, SERVER, keys), manifest.artifacts, tmp_path / "out", SILENT
        )
    assert said.value.what == f"The backup can't be unpacked into {tmp_path / 'out'}"
    assert "nothing was changed on any server" in said.value.remedy
