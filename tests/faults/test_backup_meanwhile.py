"""What others do while a backup is taken: an ancestor expires, a table goes, a right is lost."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from core.backup.markers import (
    Destruction,
    announce_destruction,
    clear_expiry,
    write_expiry,
)
from core.backup.repository.open import open_repository
from core.config.repository_settings import RepositorySettings
from core.errors import BackupError
from core.model.backup import CopyState
from tests.faults.backups_on_bad_days import Acting, Before, Striking, check_after, with_copy
from tests.postgres.backup.conftest import run
from tests.servers.backing_up import SERVER, BackupSite

pytestmark = pytest.mark.fault


def test_an_ancestor_that_expires_meanwhile_takes_the_backup_with_it(site: BackupSite) -> None:
    before = Before(site)
    run(site.dsn, "UPDATE orders SET note = 'later' WHERE id = 1")
    repository = open_repository("local", site.settings.repositories["local"])
    parent = before.manifest.backup_id

    def expire() -> None:
        write_expiry(repository, SERVER, parent, before.manifest.finished_at)

    struck = replace(site, reporter=Acting("commit", expire))
    with pytest.raises(BackupError) as told:
        struck.take("incremental")
    assert parent in told.value.what
    assert list(site.backups_in(site.local)) == [parent]
    clear_expiry(repository, SERVER, parent)
    check_after(site, before)


def test_an_ancestor_that_expires_right_after_the_manifest_takes_it_back(
    site: BackupSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Before(site)
    run(site.dsn, "UPDATE orders SET note = 'later' WHERE id = 1")
    parent = before.manifest.backup_id
    real = open_repository("local", site.settings.repositories["local"])

    def expire() -> None:
        write_expiry(real, SERVER, parent, before.manifest.finished_at)

    with monkeypatch.context() as patch:
        patch.setattr("core.backup.places.repository_named", lambda *_: Striking(real, expire))
        with pytest.raises(BackupError) as told:
            site.take("incremental")
    assert parent in told.value.what
    assert list(site.backups_in(site.local)) == [parent]
    clear_expiry(real, SERVER, parent)
    check_after(site, before)


def an_artifact(site: BackupSite, parent: str, repository: str = "local") -> Path:
    """The largest artifact of the backup that is being taken."""
    (now,) = set(site.backups_in(site.folder / repository)) - {parent}
    artifacts = (site.folder / repository / SERVER / now / "artifacts").iterdir()
    return max(artifacts, key=lambda path: path.stat().st_size)


@pytest.mark.parametrize("loss", ["an artifact", "a cut artifact", "the keys", "a mark"])
def test_what_is_deleted_right_before_or_after_the_manifest_takes_it_back(
    site: BackupSite, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    before = Before(site)
    parent = before.manifest.backup_id
    real = open_repository("local", site.settings.repositories["local"])

    def lose() -> None:
        path = an_artifact(site, parent)
        if loss == "an artifact":
            path.unlink()
        elif loss == "a cut artifact":
            path.write_bytes(path.read_bytes()[:-1])
        elif loss == "the keys":
            (path.parent.parent / "wraps.json").unlink()
        else:
            backup_id, now = path.parent.parent.name, before.manifest.finished_at
            destruction = Destruction.begin("carla@elsewhere", now)
            announce_destruction(real, SERVER, backup_id, destruction)

    for last in ("/protected.json", "/manifest.sealed"):
        struck = Striking(real, lose, last)
        with monkeypatch.context() as patch:
            patch.setattr("core.backup.places.repository_named", lambda *_, s=struck: s)
            with pytest.raises(BackupError) as told:
                site.take(keep="audit")
        assert "gone from local" in told.value.what
        assert list(site.backups_in(site.local)) == [parent]
    check_after(site, before)


def test_a_copy_that_lost_an_artifact_is_told_as_missing(site: BackupSite) -> None:
    before = Before(site)
    offsite = site.folder / "offsite"
    offsite.mkdir(mode=0o700)
    both = with_copy(site, RepositorySettings(path=str(offsite)))

    def lose() -> None:
        an_artifact(site, before.manifest.backup_id, "offsite").unlink()

    taken = replace(both, reporter=Acting("commit", lose)).take()
    assert taken.copies == ("local",)
    entry = site.store.catalog.get(taken.manifest.backup_id)
    assert entry is not None
    states = {copy.repository: copy.state for copy in entry.copies}
    assert states == {"local": CopyState.COMPLETE, "offsite": CopyState.MISSING}
    assert taken.manifest.backup_id not in both.backups_in(offsite)
    check_after(site, before)


def test_a_table_is_dropped_while_the_dump_begins(site: BackupSite) -> None:
    before = Before(site)
    run(site.dsn, "CREATE TABLE passing AS SELECT 1 AS a")
    dropped: list[BaseException] = []

    def drop() -> None:
        try:
            run(site.dsn, "SET lock_timeout = '200ms'; DROP TABLE passing")
        except psycopg.Error as error:
            dropped.append(error)

    struck = replace(site, reporter=Acting("dump", drop))
    taken = struck.take()
    assert len(dropped) == 1  # it has to wait for the backup
    assert "passing" in {each.table.name for each in taken.manifest.artifacts if each.table}
    check_after(site, before)


def test_another_process_takes_the_work_over(site: BackupSite) -> None:
    before = Before(site)
    resource = f"backup:{SERVER}/{site.server_database}"
    short = site.changed(backup=replace(site.settings.backup, lease_seconds=0.6))

    def take_over() -> None:
        held = site.store.leases.holder(resource)
        assert held is not None
        site.store.leases.release(held)
        assert site.store.leases.acquire(resource, "carla@elsewhere", 60) is not None
        time.sleep(1)

    struck = replace(short, reporter=Acting("dump", take_over))
    with pytest.raises(BackupError) as told:
        struck.take()
    assert "taken it over" in told.value.what
    held = site.store.leases.holder(resource)
    assert held is not None
    site.store.leases.release(held)
    check_after(site, before)
