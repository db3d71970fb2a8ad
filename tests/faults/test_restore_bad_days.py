"""Bad days of a restore: said before where it can be known, else a clear stop, nothing touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from core.api.restores import RestoreRequest, Restores, write_plan
from core.backup.progress import JobReporter, SilentReporter
from core.config.repository_settings import RepositorySettings
from core.errors import BackupError, DamagedArtifactError, PgvigilError, RestoreError
from core.model.backup import CopyState, TableName
from core.model.job import JobKind, JobOrder
from core.model.restore import CheckState, ChosenTable, RestorePlan
from core.model.restore_operation import RestoreStatus
from core.postgres.embedded import EmbeddedServer
from core.restore.job import PLAN, run_restore_job
from core.restore.right import resource_of
from core.schedule.jobs import new_job_id
from tests.conftest import ProgramsOf
from tests.faults.backups_on_bad_days import Acting
from tests.postgres.backup.conftest import TABLES, run, site
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.everything import drop_database, empty_database
from tests.servers.factory import ServerFactory
from tests.servers.small_disk import fill, small_disk

__all__ = ["site"]

pytestmark = pytest.mark.fault
NAME = "brought_back"


@dataclass
class Restoring:
    """A host that restores as its jobs do, in this process."""

    site: BackupSite

    @property
    def restores(self) -> Restores:
        return Restores(self.site.settings, self.site.store, self.site.state)

    def plan(self, **wanted: object) -> RestorePlan:
        request = RestoreRequest(SERVER, **{"name": NAME, **wanted})  # type: ignore[arg-type]
        return self.restores.plan(self.restores.wish(request))

    def run(self, plan: RestorePlan, reporter: JobReporter | None = None) -> str:
        order = JobOrder(JobKind.RESTORE, SERVER, "anna@bastion", {PLAN: write_plan(plan).decode()})
        reporter = reporter or SilentReporter()
        reporter.job_id = new_job_id()  # type: ignore[misc]
        return run_restore_job(self.site.store, self.site.settings, order, reporter)

    def names(self) -> set[str]:
        with psycopg.connect(self.site.server.dsn()) as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def spoil_items(site: BackupSite) -> str:
    """One bit of a table's rows turned over in the first repository; gives the backup's id."""
    (entry,) = site.store.catalog.entries()
    manifest = site.store.catalog.manifest(entry.backup_id)
    assert manifest is not None
    (rows,) = (e for e in manifest.artifacts if e.table == TableName("public", "items"))
    path = site.local / SERVER / rows.backup_id / "artifacts" / f"{rows.name}.sealed"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    return entry.backup_id


def states(site: BackupSite) -> dict[str, CopyState]:
    (entry,) = site.store.catalog.entries()
    return {copy.repository: copy.state for copy in entry.copies}


@pytest.fixture
def restoring(site: BackupSite) -> Iterator[Restoring]:
    site.take()
    yield Restoring(site)
    drop_database(site.server, NAME)


@pytest.fixture
def in_two(restoring: Restoring) -> Restoring:
    """The same backup in a second repository."""
    site, second = restoring.site, restoring.site.folder / "second"
    shutil.copytree(site.local, second)
    (entry,) = site.store.catalog.entries()
    site.store.catalog.record_copy(replace(entry.copies[0], repository="second"))
    places = {**site.settings.repositories, "second": RepositorySettings(path=str(second))}
    backup = replace(site.settings.backup, copies=tuple(places))
    return Restoring(site.changed(repositories=places, backup=backup))


def test_a_key_that_is_not_at_hand_is_said_before_anything_is_fetched(
    restoring: Restoring,
) -> None:
    restoring.site.key_file.unlink()
    with pytest.raises(BackupError) as told:
        restoring.plan()
    assert "not at hand" in str(told.value)


def test_two_at_once_are_not_let(restoring: Restoring) -> None:
    plan = restoring.plan()
    lease = restoring.site.store.leases.acquire(resource_of(SERVER, NAME), "berta since noon", 60)
    assert lease is not None
    with pytest.raises(BackupError) as told:
        restoring.run(plan)
    assert "is under way" in told.value.what
    assert "berta" in told.value.why
    assert NAME not in restoring.names()


@pytest.mark.parametrize("target", ["beside", "swap"])
def test_a_backup_that_is_corrupt_at_its_end_touches_no_server(
    restoring: Restoring, target: str
) -> None:
    site = restoring.site
    wanted = {"swap": True, "name": ""} if target == "swap" else {}
    plan = restoring.plan(**wanted)
    before = restoring.names()
    spoil_items(site)
    with pytest.raises(DamagedArtifactError):
        restoring.run(plan)
    assert restoring.names() == before
    assert site.leftovers() == set()
    (operation,) = restoring.restores.newest(1)
    assert operation.status is RestoreStatus.FAILED


def test_a_damaged_copy_is_named_and_the_next_plan_takes_another(in_two: Restoring) -> None:
    plan = in_two.plan()
    backup_id = spoil_items(in_two.site)
    with pytest.raises(DamagedArtifactError) as told:
        in_two.run(plan)
    assert told.value.what == f"The copy of backup {backup_id} in local is not good"
    assert "(public.items)" in told.value.why
    assert "it takes the copy in second" in told.value.remedy
    assert states(in_two.site) == {"local": CopyState.DAMAGED, "second": CopyState.COMPLETE}
    with pytest.raises(RestoreError, match="does not hold any more"):
        in_two.run(plan)
    again = in_two.plan()
    assert again.repository == "second"
    assert "public.items" in again.passed_over[0].why
    assert "proven" in in_two.run(again)


def test_what_is_whole_of_a_damaged_copy_is_restored_where_it_is_named(
    restoring: Restoring,
) -> None:
    backup_id = spoil_items(restoring.site)
    with pytest.raises(DamagedArtifactError) as told:
        restoring.run(restoring.plan())
    assert f"--backup {backup_id} --from local" in told.value.remedy
    with pytest.raises(BackupError, match="There is no backup"):
        restoring.plan()
    orders = (ChosenTable(TableName("public", "orders")),)
    part = restoring.plan(backup=backup_id, repository="local", tables=orders)
    assert "found damaged" in part.why
    assert "proven" in restoring.run(part)


def test_a_manifest_that_is_lost_is_noted_and_a_folder_that_is_not_mounted_is_not(
    in_two: Restoring,
) -> None:
    site = in_two.site
    mounted = site.local.rename(site.folder / "mounted")
    site.local.mkdir()
    with pytest.raises(PgvigilError):
        in_two.plan()
    site.local.rmdir()
    mounted.rename(site.local)
    assert states(site) == dict.fromkeys(("local", "second"), CopyState.COMPLETE)
    (manifest,) = site.local.rglob("manifest.sealed")
    manifest.unlink()
    with pytest.raises(DamagedArtifactError, match="in local is not good"):
        in_two.plan()
    assert in_two.plan().repository == "second"


def test_the_staging_disk_is_full(restoring: Restoring, tmp_path: Path) -> None:
    site = restoring.site
    with small_disk(tmp_path / "small", "300k") as small:
        narrow = Restoring(site.changed(backup=replace(site.settings.backup, staging=str(small))))
        plan = narrow.plan()
        fill(small, leaving=8_000)
        assert [each.name for each in narrow.plan().stops] == ["room on this host"]
        with pytest.raises(RestoreError) as told:
            narrow.run(plan)
        assert "bytes are unpacked here" in told.value.why
        (small / "ballast").unlink()
        before = narrow.names()
        with pytest.raises(RestoreError) as told:
            narrow.run(plan, Acting("fetch", lambda: fill(small)))
        assert "can't be unpacked" in told.value.what
        assert narrow.names() == before
        assert [each.name for each in small.iterdir()] == ["ballast"]


def test_the_server_dies_in_the_middle(start_server: ServerFactory, tmp_path: Path) -> None:
    server = start_server()
    with empty_database(server) as name:
        run(server.dsn(name), TABLES)
        with backup_site(tmp_path, server, server.dsn(name)) as site:
            site.take()
            restoring = Restoring(site)
            plan = restoring.plan()
            with pytest.raises(PgvigilError) as told:
                restoring.run(plan, Acting("rows", server.kill))
            assert "lost" in told.value.what or "still there" in told.value.what
            assert site.leftovers() == set()
            server.start()
            (operation,) = restoring.restores.newest(1)
            assert operation.status is RestoreStatus.FAILED
            if NAME in restoring.names():
                restoring.restores.undo(operation)
            assert NAME not in restoring.names()
            assert "proven" in restoring.run(restoring.plan())


def test_an_older_server_is_said_before(
    restoring: Restoring, programs_of: ProgramsOf, start_server: ServerFactory
) -> None:
    site = restoring.site
    old: EmbeddedServer = start_server(programs=programs_of(15))
    shop = site.settings.servers[SERVER]
    elsewhere = Restoring(site.changed(servers={SERVER: shop, "old": replace(shop, dsn=old.dsn())}))
    plan = elsewhere.plan(to_server="old")
    assert [each.name for each in plan.stops] == ["version"]


def test_a_standby_is_said_before(start_server: ServerFactory, tmp_path: Path) -> None:
    primary = start_server(settings={"wal_level": "replica", "max_wal_senders": 4})
    with empty_database(primary) as name:
        run(primary.dsn(name), TABLES)
        standby = start_server.standby(primary)
        with backup_site(tmp_path, primary, primary.dsn(name)) as site:
            site.take()
            shop = site.settings.servers[SERVER]
            both = {SERVER: shop, "copy": replace(shop, dsn=standby.dsn())}
            plan = Restoring(site.changed(servers=both)).plan(to_server="copy")
    assert "primary" in [each.name for each in plan.checks if each.state is CheckState.STOP]
