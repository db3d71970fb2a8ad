"""Every kind of backup that is taken of a real database passes its verification, and for cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.backup.progress import SilentReporter
from core.backup.result import TakenBackup
from core.backup.verify.job import verify_backups
from core.backup.verify.outcome import VerifyOutcome
from core.backup.verify.run import Wanted
from core.config.encryption_settings import EncryptionSettings
from core.model.backup import ArchiveFormat, BackupKind, VerificationLevel
from core.postgres.embedded import EmbeddedServer
from tests.conftest import ProgramsOf
from tests.postgres.backup.conftest import run
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.everything import everything
from tests.servers.factory import ServerFactory


def verify(site: BackupSite) -> VerifyOutcome:
    """Everything is read again, as far as can be without a restore."""
    return verify_backups(
        site.store,
        site.settings,
        SERVER,
        Wanted(everything=True),
        level="structure",
        who="anna",
        reporter=SilentReporter(),
    )


def is_sound(site: BackupSite, *backups: TakenBackup) -> bool:
    outcome = verify(site)
    assert not outcome.lost, outcome.lost
    assert outcome.is_well, outcome
    assert {each.backup_id for each in outcome.copies} == {e.manifest.backup_id for e in backups}
    return {each.level for each in outcome.copies} == {VerificationLevel.STRUCTURE}


@pytest.fixture(params=[15, 18], ids=lambda major: f"postgresql {major}")
def full_of_everything(
    request: pytest.FixtureRequest,
    start_server: ServerFactory,
    programs_of: ProgramsOf,
    tmp_path: Path,
) -> Iterator[BackupSite]:
    """A host whose database has everything."""
    server: EmbeddedServer = start_server(programs=programs_of(request.param))
    with everything(server) as name, backup_site(tmp_path, server, server.dsn(name)) as made:
        yield made


def test_backups_of_a_database_that_has_everything_are_sound(
    full_of_everything: BackupSite,
) -> None:
    site = full_of_everything
    full = site.take()
    run(site.dsn, "INSERT INTO sales.duplicates VALUES (1, 'new')")
    step = site.take("incremental")
    run(site.dsn, "UPDATE sales.orders SET note = '' WHERE placed < '2024-03-09'")
    last = site.take("incremental")
    schema = site.take("schema")
    data = site.take("data", schemas=["sales"])
    assert step.manifest.kind is last.manifest.kind is BackupKind.INCREMENTAL
    assert is_sound(site, full, step, last, schema, data)


def test_chosen_and_excluded_tables_are_sound(full_of_everything: BackupSite) -> None:
    site = full_of_everything
    chosen = site.take("data", tables=["sales.duplicates"])
    excluding = replace(site.settings.backup, exclude_tables=("sales.duplicates",))
    without = site.changed(backup=excluding).take()
    assert is_sound(site, chosen, without)


def test_a_stream_is_sound(full_of_everything: BackupSite) -> None:
    tight = replace(full_of_everything.settings.dump, staging_share=1e9)
    taken = full_of_everything.changed(dump=tight).take()
    assert taken.manifest.archive_format is ArchiveFormat.CUSTOM
    assert is_sound(full_of_everything, taken)


def test_without_encryption_it_is_sound_too(site: BackupSite) -> None:
    plain = site.changed(encryption=EncryptionSettings(enabled=False))
    taken = plain.take()
    assert is_sound(plain, taken)


def test_tables_that_come_and_go_in_a_chain_are_sound(site: BackupSite) -> None:
    taken = [site.take()]
    for statements in (
        "CREATE TABLE more AS SELECT * FROM orders",
        "DROP TABLE empty",
        'ALTER TABLE more RENAME TO "odd \'näme"',
        "ALTER TABLE items ADD COLUMN note text DEFAULT 'x'",
        "SELECT lo_unlink(loid) FROM (SELECT oid AS loid FROM pg_largeobject_metadata) AS l",
    ):
        run(site.dsn, statements)
        taken.append(site.take("incremental"))
    assert is_sound(site, *taken)


def test_a_chain_whose_members_each_changed_another_table_is_sound(site: BackupSite) -> None:
    """pg_dump gives the file of each member's own table the same name."""
    run(site.dsn, "CREATE TABLE a (n int); CREATE TABLE b (n int); CREATE TABLE c (n int)")
    run(site.dsn, "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); INSERT INTO c VALUES (1)")
    taken = [site.take()]
    for table in ("b", "c", "orders", "items"):
        run(site.dsn, f"INSERT INTO {table} VALUES (9999)")
        taken.append(site.take("incremental"))
    names = [{each.name for each in e.manifest.artifacts if each.table} for e in taken]
    assert set.intersection(*names)
    assert is_sound(site, *taken)


def test_what_lost_a_part_in_its_only_copy_is_not_taken_for_good(site: BackupSite) -> None:
    manifest = site.take().manifest
    folder = site.local / SERVER / manifest.backup_id / "artifacts"
    (folder / "toc.dat.sealed").unlink()
    outcome = verify(site)
    assert [each.backup_id for each in outcome.lost] == [manifest.backup_id]
    entry = site.store.catalog.get(manifest.backup_id)
    assert entry is not None
    assert not entry.is_good
