"""A backup is sealed, stored, read back and known; plain programs restore it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql

from core.backup.catalog import bring_in_line
from core.backup.keys.records import ring_of
from core.backup.progress import SilentReporter
from core.backup.repository.open import open_repository
from core.backup.verify.copy import CopyVerifier
from core.backup.verify.sealed import SealedVerifier
from core.config.encryption_settings import EncryptionSettings
from core.model.backup import ArchiveFormat, ArtifactRole, BackupKind, VerificationLevel
from core.postgres.embedded import EmbeddedServer
from core.store.store import Store
from tests.postgres.backup.conftest import TABLES, run
from tests.postgres.backup.taken import DAY, attempts
from tests.servers.backing_up import SERVER, BackupSite, backup_site


def test_a_full_backup_is_there_whole_and_restores_to_the_same(
    site: BackupSite, tmp_path: Path
) -> None:
    taken = site.take()
    manifest = taken.manifest
    assert (manifest.kind, manifest.database) == (BackupKind.FULL, site.server_database)
    assert taken.copies == ("local",)
    files = site.backups_in(site.local)[manifest.backup_id]
    assert files >= {"manifest.sealed", "wraps.json", "break-glass.py", "README.txt"}
    assert {f"artifacts/{each.name}.sealed" for each in manifest.artifacts} <= files
    roles = {each.role for each in manifest.artifacts}
    assert roles == {
        ArtifactRole.TABLE_OF_CONTENTS,
        ArtifactRole.TABLE_DATA,
        ArtifactRole.LARGE_OBJECTS,
        ArtifactRole.GLOBALS,
    }
    assert site.differences(manifest, tmp_path / "out") == ()
    assert site.leftovers() == set()


def test_the_catalog_and_the_history_know_it(site: BackupSite) -> None:
    manifest = site.take(keep="before the migration").manifest
    entry = site.store.catalog.get(manifest.backup_id)
    assert entry is not None
    assert entry.is_good
    assert entry.kept_because == "before the migration"
    assert (entry.sealed_bytes, entry.database) == (manifest.sealed_bytes, manifest.database)
    assert site.store.catalog.manifest(manifest.backup_id) == manifest
    (last,) = attempts(site)
    assert (last.status, last.verification, last.backup_id) == (
        "completed",
        "verified",
        manifest.backup_id,
    )
    (good,) = site.store.protection.last_good(SERVER, until=manifest.finished_at + DAY)
    assert good == entry
    sizes = site.store.backup_jobs.figures(SERVER, "backup_size_bytes", manifest.started_at)
    assert [value for _, value in sizes] == [manifest.sealed_bytes]


def test_level_1_finds_nothing_wrong_with_it(site: BackupSite) -> None:
    manifest = site.take().manifest
    with_key = ring_of(site.settings, ())
    repository = open_repository("local", site.settings.repositories["local"])
    SealedVerifier(repository, SERVER, with_key, SilentReporter()).verify(manifest)
    assert CopyVerifier(repository, SERVER, with_key, SilentReporter()).problems(manifest) == []
    assert [name for name, _ in manifest.beside] == ["break-glass.py", "README.txt"]


def test_a_new_machine_learns_all_of_it_from_the_repository(
    site: BackupSite, tmp_path: Path
) -> None:
    manifest = site.take(keep="for ever").manifest
    elsewhere = Store.open(site.settings.store, state_folder=tmp_path / "new", migrate=True)
    repository = open_repository("local", site.settings.repositories["local"])
    ring = ring_of(site.settings, ())
    news = bring_in_line(
        repository, elsewhere.catalog, ring, configured={}, reporter=SilentReporter()
    )
    assert news.added == (manifest.backup_id,)
    found, known = (
        elsewhere.catalog.get(manifest.backup_id),
        site.store.catalog.get(manifest.backup_id),
    )
    assert found is not None
    assert known is not None
    assert replace(found, copies=()) == replace(known, copies=())
    assert elsewhere.catalog.manifest(manifest.backup_id) == manifest
    elsewhere.close()


def test_a_backup_of_the_schema_has_no_rows(site: BackupSite, tmp_path: Path) -> None:
    manifest = site.take("schema").manifest
    roles = {each.role for each in manifest.artifacts}
    assert roles == {ArtifactRole.TABLE_OF_CONTENTS, ArtifactRole.GLOBALS}
    with site.restored(manifest, tmp_path / "out") as dsn:
        run(dsn, "DO $$ BEGIN ASSERT (SELECT count(*) FROM orders) = 0; END $$")


def test_chosen_tables_are_a_backup_of_data(site: BackupSite) -> None:
    manifest = site.take("data", tables=["public.orders"]).manifest
    assert [e.table.name for e in manifest.artifacts if e.table] == ["orders"]
    assert manifest.selection.tables == ("public.orders",)
    entry = site.store.catalog.get(manifest.backup_id)
    assert entry is not None
    assert entry.selection == manifest.selection.in_order()


def test_a_backup_comes_after_one_by_a_clock_that_was_ahead(site: BackupSite) -> None:
    first = site.take().manifest
    assert first.sequenced_at is None
    known = site.store.catalog.get(first.backup_id)
    assert known is not None
    ahead = known.snapshot_at + 400 * DAY
    site.store.catalog.add(replace(known, snapshot_at=ahead, finished_at=ahead))
    second = site.take().manifest
    assert second.snapshot_at < ahead
    assert [e.backup_id for e in site.store.catalog.entries(SERVER)][-1] == second.backup_id
    (good,) = site.store.protection.last_good(SERVER, until=ahead + DAY)
    assert good.backup_id == second.backup_id


@pytest.mark.parametrize("name", ["a=b", "wé'ird \"=db", "postgresql://elsewhere"])
def test_a_database_of_an_awkward_name_is_backed_up_whole(
    postgres: EmbeddedServer, tmp_path: Path, name: str
) -> None:
    quoted = sql.Identifier(name).as_string()
    run(postgres.dsn("postgres"), f"CREATE DATABASE {quoted}")
    try:
        run(postgres.dsn(name), TABLES)
        with backup_site(tmp_path, postgres, postgres.dsn(name)) as site:
            manifest = site.take().manifest
            assert manifest.database == name
            assert ArtifactRole.GLOBALS in {each.role for each in manifest.artifacts}
            assert site.differences(manifest, tmp_path / "out") == ()
    finally:
        run(postgres.dsn("postgres"), f"DROP DATABASE {quoted} WITH (FORCE)")


def test_without_room_for_staging_the_dump_is_streamed(site: BackupSite, tmp_path: Path) -> None:
    narrow = site.changed(dump=replace(site.settings.dump, staging_share=1e12))
    manifest = narrow.take().manifest
    assert manifest.archive_format is ArchiveFormat.CUSTOM
    assert any("streamed" in note for note in manifest.notes)
    assert site.differences(manifest, tmp_path / "out") == ()
    assert site.leftovers() == set()


def test_without_encryption_the_container_is_the_same(site: BackupSite, tmp_path: Path) -> None:
    plain = site.changed(encryption=EncryptionSettings(enabled=False))
    manifest = plain.take().manifest
    assert site.differences(manifest, tmp_path / "out") == ()
    entry = site.store.catalog.get(manifest.backup_id)
    assert entry is not None
    assert entry.key_id == ""


def test_every_database_of_a_server(site: BackupSite) -> None:
    results = site.results(databases=["all"])
    assert {site.server_database, "postgres"} <= {result.database for result in results}
    assert [result.error for result in results if result.database == "postgres"] == [None]


class Phases(SilentReporter):
    """Takes down the names of the phases, and how many bytes each reported."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.done: Counter[str] = Counter()

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        del total_bytes
        self.names.append(name)

    def advance(self, done_bytes: int) -> None:
        self.done[self.names[-1]] += done_bytes


def test_every_byte_that_is_dumped_is_reported(site: BackupSite) -> None:
    reporter = Phases()
    manifest = replace(site, reporter=reporter).take().manifest
    tables = [each for each in manifest.artifacts if each.role is ArtifactRole.TABLE_DATA]
    assert reporter.done["dump"] >= sum(each.plain_bytes for each in tables) > 0


def test_of_several_databases_each_phase_says_which_it_is(site: BackupSite) -> None:
    several, one = Phases(), Phases()
    databases = ["postgres", site.server_database]
    replace(site, reporter=several).results(databases=databases)
    told = [name for name in several.names if name.endswith(": dump")]
    assert told == [f"{name} ({n} of 2): dump" for n, name in enumerate(databases, start=1)]
    replace(site, reporter=one).take()
    assert "dump" in one.names


def test_a_copy_is_good_only_at_level_1(site: BackupSite) -> None:
    manifest = site.take().manifest
    entry = site.store.catalog.get(manifest.backup_id)
    assert entry is not None
    assert [copy.level for copy in entry.copies] == [VerificationLevel.SEALED]
    assert [copy.verified_at is not None for copy in entry.copies] == [True]
