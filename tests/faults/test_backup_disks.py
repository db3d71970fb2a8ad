"""Disks that are full: while staging, in a repository, below the store."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.config.repository_settings import RepositorySettings
from core.config.schedule_settings import JobSettings
from core.errors import BackupError
from core.postgres.embedded import EmbeddedServer
from tests.faults.backups_on_bad_days import Acting, Before, check_after, with_copy
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import BackupSite, backup_site
from tests.servers.small_disk import fill, small_disk

pytestmark = pytest.mark.fault


def test_the_disk_is_full_while_staging(site: BackupSite, tmp_path: Path) -> None:
    before = Before(site)
    run(site.dsn, "CREATE TABLE noise AS SELECT md5(random()::text) AS a"
                  " FROM generate_series(1, 60000)")  # fmt: skip
    with small_disk(tmp_path / "small", "512k") as small:
        narrow = site.changed(
            backup=replace(site.settings.backup, staging=str(small)),
            dump=replace(site.settings.dump, staging_share=1e-9),
        )
        with pytest.raises(BackupError) as told:
            narrow.take()
        assert "disk was full" in told.value.what
        assert "staging" in told.value.remedy
        assert list(small.iterdir()) == []
    check_after(site, before)


def test_the_disk_of_one_repository_is_full(site: BackupSite, tmp_path: Path) -> None:
    before = Before(site)
    run(site.dsn, "CREATE TABLE noise AS SELECT md5(random()::text) AS a"
                  " FROM generate_series(1, 60000)")  # fmt: skip
    with small_disk(tmp_path / "small", "512k") as small:
        both = with_copy(site, RepositorySettings(path=str(small)))
        taken = both.take()
        assert taken.copies == ("local",)
        ((name, why),) = taken.problems
        assert name == "offsite"
        assert "full" in why.why
        assert list(small.rglob("*.sealed")) == []
        assert list(small.rglob("*.part")) == []
    check_after(site, before)


def test_the_store_s_disk_is_full_at_the_end(
    postgres: EmbeddedServer, database: str, tmp_path: Path
) -> None:
    run(database, TABLES)
    small = tmp_path / "host"
    with small_disk(small, "40m"), backup_site(small, postgres, database) as site:
        elsewhere = tmp_path / "staging"
        elsewhere.mkdir(mode=0o700)
        # The right to back up can't be given back on a full disk: it ends by itself.
        backup = replace(site.settings.backup, staging=str(elsewhere), lease_seconds=0.5)
        apart = site.changed(backup=backup, jobs=JobSettings(ending_seconds=0.1))
        before = Before(apart)
        repository = tmp_path / "repository"
        repository.mkdir(mode=0o700)
        offsite = RepositorySettings(path=str(repository))
        away = with_copy(apart, offsite)
        away = away.changed(backup=replace(away.settings.backup, copies=("offsite",)))
        (result,) = replace(away, reporter=Acting("commit", lambda: fill(small))).results()
        assert result.taken is not None
        assert any("catalog" in note for note in result.notes)
        (small / "ballast").unlink()
        assert site.store.catalog.get(result.taken.manifest.backup_id) is None
        time.sleep(0.6)
        away.take()
        assert site.store.catalog.get(result.taken.manifest.backup_id) is not None
        check_after(apart, before)
