"""A copy that one repository should have and never had is missing there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core.api.backups import open_backups
from core.backup import identity
from core.backup.catalog import bring_in_line
from core.backup.missing import note_missing
from core.backup.progress import SilentReporter
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.model.backup import BackupCopy
from tests.contract.verify.verifying import COMPLETE, EVERYTHING, MISSING, SEALING, verify
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER, SYSTEM


def missing(host: BackedUp, *names: str) -> tuple[BackupCopy, ...]:
    """What is noted as missing once the catalog is in line with these repositories."""
    repositories = [host.repositories[name] for name in names]
    catalog, keys = host.store.catalog, SEALING.ring
    for repository in repositories:
        bring_in_line(
            repository, catalog, keys, server=SERVER, configured={}, reporter=SilentReporter()
        )
    return note_missing(repositories, catalog, keys, host.settings, SERVER, now=host.now())


def test_a_copy_that_was_never_written_is_missing_and_repaired(host: BackedUp) -> None:
    backup = host.put(SEALING.full(), "first")
    assert host.states(backup) == {"first": COMPLETE}
    outcome = verify(host)
    assert [(each.backup_id, each.repository) for each in outcome.repaired] == [
        (backup.backup_id, "second")
    ]
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}


def test_a_new_machine_finds_what_one_repository_never_had(host: BackedUp) -> None:
    backup = SEALING.full()
    identity.claim(host.repositories["second"], SERVER, SYSTEM)
    backup.write_to(host.repositories["second"])
    outcome = verify(host, EVERYTHING)
    assert [each.repository for each in outcome.repaired] == ["first"]
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}


def test_an_import_on_a_new_machine_says_what_one_repository_never_had(
    host: BackedUp, tmp_path: Path
) -> None:
    backup = host.put(SEALING.full(snapshot_at=datetime.now(UTC)), "second")
    with open_backups(None, tmp_path / "new", settings=host.settings) as backups:
        assert [news.added for news in backups.bring_in()] == [(), (backup.backup_id,)]
        found = backups.find(backup.backup_id).copies
    assert {copy.repository: copy.state for copy in found} == {"first": MISSING, "second": COMPLETE}


def test_a_copy_that_nobody_could_write_yet_is_a_finding(host: BackedUp) -> None:
    backup = host.put(SEALING.full(), "first")
    found = missing(host, "first", "second")
    assert [(each.repository, each.state) for each in found] == [("second", MISSING)]
    listed = host.store.protection.bad_copies(SERVER, until=host.now())
    assert [each.backup_id for each in listed.newest] == [backup.backup_id]
    assert missing(host, "first", "second") == ()


def test_a_repository_that_was_not_looked_at_lacks_nothing(host: BackedUp) -> None:
    backup = host.put(SEALING.full(), "first")
    assert missing(host, "first") == ()
    assert host.states(backup) == {"first": COMPLETE}


def test_a_backup_is_missing_only_where_its_order_wanted_it(host: BackedUp) -> None:
    chosen = host.put(SEALING.full(copies=("first",)), "first")
    both = host.put(SEALING.full(1, copies=("first", "second")), "first")
    assert [each.backup_id for each in missing(host, "first", "second")] == [both.backup_id]
    assert host.states(chosen) == {"first": COMPLETE}


def test_what_its_order_wanted_is_read_in_the_repository_where_the_catalog_lacks_it(
    host: BackedUp,
) -> None:
    chosen = SEALING.full(copies=("first",))
    identity.claim(host.repositories["first"], SERVER, SYSTEM)
    chosen.write_to(host.repositories["first"])
    host.store.catalog.add(chosen.entry(chosen.copy("first")))
    assert missing(host, "first", "second") == ()


def test_what_the_policy_let_go_in_one_repository_does_not_come_back(host: BackedUp) -> None:
    host.settings = replace(
        host.settings,
        retention=RetentionSettings(
            full=KeepSettings(days=10, count=1, weekly=0, monthly=0, yearly=0)
        ),
    )
    let_go, young = host.put(SEALING.full(), "first"), host.put(SEALING.full(55), "first")
    assert [each.backup_id for each in missing(host, "first", "second")] == [young.backup_id]
    assert host.states(let_go) == {"first": COMPLETE}
