"""A backup is sealed, stored in each copy, read back and known; plain programs restore it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.assess.backups import findings
from core.assess.situation import Situation
from core.backup import layout
from core.backup.catalog import bring_in_line
from core.backup.identity import claim
from core.backup.keys.records import ring_of
from core.backup.markers import write_expiry
from core.backup.progress import SilentReporter
from core.backup.repository.open import open_repository
from core.backup.run import run_backup_job
from core.backup.verify.copy import CopyVerifier
from core.backup.verify.sealed import verify_sealed
from core.config.encryption_settings import EncryptionSettings
from core.config.repository_settings import RepositorySettings
from core.config.settings import ServerSettings
from core.errors import (
    BackupError,
    CancelledError,
    ConfigError,
    ForeignRepositoryError,
    KeyMissingError,
    NewerFormatError,
    PreflightError,
    ServerError,
)
from core.model.backup import ArchiveFormat, ArtifactRole, BackupKind, CopyState, VerificationLevel
from core.model.connections import BACKUP_APPLICATION
from core.model.health import Severity
from core.model.protection import BackupRun
from core.postgres.embedded import EmbeddedServer
from core.schedule.overview import read_light
from core.store.store import Store
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.documents import rewritten
from tests.servers.fault_proxy import Exchange, Fault, fault_proxy, hang
from tests.servers.s3 import S3Server
from tests.servers.waiting import eventually

DAY = timedelta(days=1)


def attempts(site: BackupSite) -> list[BackupRun]:
    """What the history says of each attempt, newest first."""
    page = site.store.protection.history(SERVER, 20, until=datetime.now(UTC) + DAY)
    return [row.run for row in page.rows if row.run is not None]


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
    verify_sealed(repository, manifest, with_key, SilentReporter())
    assert CopyVerifier(repository, SERVER, with_key, SilentReporter()).problems(manifest) == []
    assert [name for name, _ in manifest.beside] == ["break-glass.py", "README.txt"]


def test_a_new_machine_learns_all_of_it_from_the_repository(
    site: BackupSite, tmp_path: Path
) -> None:
    manifest = site.take(keep="for ever").manifest
    elsewhere = Store.open(site.settings.store, state_folder=tmp_path / "new", migrate=True)
    repository = open_repository("local", site.settings.repositories["local"])
    ring = ring_of(site.settings, ())
    news = bring_in_line(repository, elsewhere.catalog, ring, reporter=SilentReporter())
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


def open_snapshots(site: BackupSite) -> int:
    """How many sessions of backups are in a transaction."""
    with psycopg.connect(site.dsn) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = %s AND xact_start IS NOT NULL",
            [BACKUP_APPLICATION],
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("share", [1.0, 1e12], ids=["directory", "stream"])
def test_a_bucket_that_takes_its_time_holds_no_snapshot(
    site: BackupSite, s3_server: S3Server, share: float
) -> None:
    looked: list[bool] = []

    def look(exchange: Exchange) -> None:
        eventually(lambda: open_snapshots(site) == 0, within=5)
        looked.append(True)
        exchange.answer(exchange.forward())

    with fault_proxy(s3_server.url) as proxy:
        offsite = s3_server.settings(
            endpoint_url=proxy.url, read_timeout_seconds=30, retry_seconds=1
        )
        both = with_copies(site, offsite=offsite)
        both = both.changed(dump=replace(site.settings.dump, staging_share=share))
        # Each artifact is read back when it is stored.
        proxy.script(Fault("GetObject", look, times=1000))
        assert both.take().problems == ()
    assert looked


class Listening(SilentReporter):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.waited_for: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def waiting(self, for_whom: str) -> None:
        self.waited_for.append(for_whom)


def test_a_bucket_that_does_not_answer_is_told_at_each_try_and_in_the_end(
    site: BackupSite, s3_server: S3Server
) -> None:
    listening = Listening()
    with fault_proxy(s3_server.url) as proxy:
        offsite = s3_server.settings(
            endpoint_url=proxy.url, read_timeout_seconds=1, retry_seconds=1.5
        )
        both = replace(with_copies(site, offsite=offsite), reporter=listening)
        proxy.script(Fault("PutObject", hang, after=3, times=1000))
        (result,) = both.results()
    assert listening.waited_for
    assert set(listening.waited_for) == {"offsite"}
    retries = [note for note in listening.notes if "tried again" in note]
    assert len(retries) == len(listening.waited_for)
    assert all("offsite keeps us waiting" in note for note in retries)
    assert result.taken is not None
    ((_, problem),) = result.taken.problems
    assert f"no copy in offsite: {problem.what} ({problem.why})" in result.sentence


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


def test_each_copy_gets_the_same_bytes(
    site: BackupSite, s3_server: S3Server, tmp_path: Path
) -> None:
    both = with_copies(site, offsite=s3_server.settings())
    taken = both.take()
    assert taken.copies == ("local", "offsite")

    def content(root: Path) -> dict[str, bytes]:
        folder = root / SERVER / taken.manifest.backup_id
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    assert content(site.local) == content(s3_server.bucket)
    assert site.differences(taken.manifest, tmp_path / "out", s3_server.bucket) == ()


def test_a_copy_that_can_t_be_reached_does_not_stop_the_other(
    site: BackupSite, tmp_path: Path
) -> None:
    gone = with_copies(site, offsite=RepositorySettings(path=str(tmp_path / "not mounted")))
    taken = gone.take()
    assert taken.copies == ("local",)
    ((name, why),) = taken.problems
    assert name == "offsite"
    assert "not there" in why.what
    entry = site.store.catalog.get(taken.manifest.backup_id)
    assert entry is not None
    assert {copy.repository: copy.state for copy in entry.copies} == {
        "local": CopyState.COMPLETE,
        "offsite": CopyState.MISSING,
    }
    assert "no copy in offsite" in run_backup_job(
        site.store, gone.settings, site.order(), SilentReporter()
    )


def test_a_copy_that_was_missing_is_repaired_by_the_next_run(
    site: BackupSite, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    both = with_copies(site, offsite=RepositorySettings(path=str(second)))
    full = both.take().manifest
    run(site.dsn, "UPDATE orders SET note = 'x' WHERE id = 1")
    step = both.take("incremental").manifest
    second.mkdir(mode=0o700)
    last = both.take("incremental").manifest
    assert last.kind is BackupKind.FULL
    for manifest in (full, step, last):
        entry = site.store.catalog.get(manifest.backup_id)
        assert entry is not None
        assert {copy.state for copy in entry.copies} == {CopyState.COMPLETE}
        assert site.differences(manifest, tmp_path / f"out {manifest.backup_id}", second) == ()
    assert both.take("incremental").manifest.parent_id == last.backup_id


def test_a_copy_that_vanished_is_repaired_too(site: BackupSite, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir(mode=0o700)
    both = with_copies(site, offsite=RepositorySettings(path=str(second)))
    first = both.take().manifest
    for path in sorted((second / SERVER / first.backup_id).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    both.take()
    assert site.differences(first, tmp_path / "out", second) == ()


def test_a_copy_that_was_never_written_is_repaired_too(site: BackupSite, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir(mode=0o700)
    both = with_copies(site, offsite=RepositorySettings(path=str(second)))
    first = both.take().manifest
    for path in sorted((second / SERVER / first.backup_id).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    site.store.catalog.remove(first.backup_id)  # as after a death before the second copy
    both.take()
    assert site.differences(first, tmp_path / "out", second) == ()


def test_a_backup_for_one_repository_stays_in_that_one(site: BackupSite, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir(mode=0o700)
    both = with_copies(site, offsite=RepositorySettings(path=str(second)))
    chosen = both.take(copies=["local"]).manifest
    assert chosen.copies == ("local",)
    assert both.take(copies=["offsite", "local"]).manifest.copies == ()
    entry = site.store.catalog.get(chosen.backup_id)
    assert entry is not None
    assert [copy.repository for copy in entry.copies] == ["local"]
    assert not (second / SERVER / chosen.backup_id).exists()


def test_a_protection_that_a_repository_missed_is_written_there_by_the_next_run(
    site: BackupSite, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    second.mkdir(mode=0o700)
    both = with_copies(site, offsite=RepositorySettings(path=str(second)))
    kept = both.take(keep="audit").manifest
    marker = second / SERVER / kept.backup_id / "protected.json"
    content = marker.read_bytes()
    marker.unlink()
    both.take()
    assert marker.read_bytes() == content


def test_a_parent_that_a_copy_lacks_is_not_built_upon(site: BackupSite, tmp_path: Path) -> None:
    site.take()
    second = tmp_path / "second"
    second.mkdir(mode=0o700)
    both = with_copies(site, offsite=RepositorySettings(path=str(second)))
    run(site.dsn, "UPDATE orders SET note = 'x' WHERE id = 1")
    assert both.take("incremental").manifest.kind is BackupKind.FULL
    assert both.take("incremental").manifest.kind is BackupKind.INCREMENTAL


def test_where_no_repository_can_be_used_nothing_is_begun(site: BackupSite) -> None:
    site.local.rename(site.local.with_name("elsewhere"))
    with pytest.raises(BackupError) as refused:
        site.take()
    assert "No repository can be used" in refused.value.what
    assert [run.status for run in attempts(site)] == ["failed"]


def test_a_repository_of_another_cluster_is_refused(site: BackupSite) -> None:
    repository = open_repository("local", site.settings.repositories["local"])
    claim(repository, SERVER, "7000000000000000001")
    with pytest.raises(BackupError) as refused:
        site.take()
    assert "another server" in refused.value.what
    assert site.backups_in(site.local) == {}
    with pytest.raises(ForeignRepositoryError):
        claim(repository, SERVER, "7000000000000000002")


def test_a_repository_of_a_newer_pgvigil_is_left_alone(site: BackupSite) -> None:
    site.take()
    path = site.local / layout.REPOSITORY_FILE
    path.write_bytes(rewritten(path.read_bytes(), version=9))
    before = site.backups_in(site.local)
    with pytest.raises(BackupError) as refused:
        site.take()
    assert "newer pgvigil" in refused.value.what
    assert isinstance(refused.value.__cause__, NewerFormatError)
    assert site.backups_in(site.local) == before


def test_no_backup_is_taken_before_the_key_is_known_to_be_kept(site: BackupSite) -> None:
    unsure = site.changed(encryption=EncryptionSettings())
    with pytest.raises(PreflightError) as refused:
        unsure.take()
    assert "confirm" in refused.value.remedy


def test_a_second_backup_of_the_same_database_is_refused_with_who_and_since_when(
    site: BackupSite,
) -> None:
    resource = f"backup:{SERVER}/{site.server_database}"
    lease = site.store.leases.acquire(resource, "berta@host since 2026-11-21 02:00:00 UTC", 60)
    assert lease is not None
    with pytest.raises(BackupError) as refused:
        site.take()
    assert "under way" in refused.value.what
    assert "berta@host since 2026-11-21 02:00:00 UTC" in refused.value.why
    site.store.leases.release(lease)
    site.take()


def test_a_backup_that_is_cancelled_leaves_nothing(site: BackupSite) -> None:
    first = site.take().manifest
    before = site.backups_in(site.local)
    for phase in ("preparing", "fingerprint", "dump", "store", "globals", "commit"):
        stopped = replace(site, reporter=CancelIn(phase))
        with pytest.raises(CancelledError):
            stopped.take()
        assert site.backups_in(site.local) == before
        assert site.leftovers() == set()
    assert site.take("incremental").manifest.parent_id == first.backup_id
    states = [run.status for run in attempts(site)]
    assert states.count("cancelled") == 6


def test_every_database_of_a_server(site: BackupSite) -> None:
    results = site.results(databases=["all"])
    assert {site.server_database, "postgres"} <= {result.database for result in results}
    assert [result.error for result in results if result.database == "postgres"] == [None]


def test_one_database_that_fails_does_not_keep_the_others_from_it(site: BackupSite) -> None:
    results = site.results(databases=["no such database", site.server_database])
    assert [result.error is None for result in results] == [False, True]
    order = site.order(databases=["no such database", site.server_database])
    with pytest.raises(BackupError) as told:
        run_backup_job(site.store, site.settings, order, SilentReporter())
    assert told.value.what.startswith("1 of 2 databases")


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        ("weekly", {}, "no kind of backup 'weekly'"),
        ("data", {}, "needs a choice"),
        ("full", {"tables": ["orders"]}, "is of everything"),
        ("full", {"copies": "local"}, "no list in JSON"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    site: BackupSite, kind: str, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        site.results(kind, **arguments)
    assert words in refused.value.what


def test_a_server_that_is_down_counts_as_a_failed_backup(site: BackupSite) -> None:
    down = site.changed(servers={SERVER: ServerSettings(dsn="postgresql://a@127.0.0.1:1/b")})
    with pytest.raises(ServerError):
        down.take()
    (attempt,) = attempts(site)
    assert attempt.status == "failed"
    assert "nothing listens" in attempt.error


def test_a_backup_without_its_key_counts_as_failed_for_each_database_that_was_asked_for(
    site: BackupSite,
) -> None:
    site.key_file.unlink()
    with pytest.raises(KeyMissingError):
        site.results(databases=[site.server_database, "billing"])
    found = {(run.database, run.status) for run in attempts(site)}
    assert found == {(site.server_database, "failed"), ("billing", "failed")}
    until = datetime.now(UTC) + DAY
    (rate,) = site.store.protection.success(SERVER, (7,), until=until)
    assert (rate.succeeded, rate.ended) == (0, 2)
    overview = read_light(site.store, site.settings, SERVER, until)
    situation = Situation(until, site.settings.thresholds, backups=overview)
    told = {each.fingerprint: each.severity for each in findings(situation)}
    assert told["backups.key:main"] is Severity.CRITICAL
    assert "backups.last_run" in told


def test_an_order_for_an_unknown_server_is_refused(site: BackupSite) -> None:
    other = site.changed(servers={"blog": ServerSettings(dsn=site.dsn)})
    with pytest.raises(ConfigError):
        other.take()


def test_a_copy_is_good_only_at_level_1(site: BackupSite) -> None:
    manifest = site.take().manifest
    entry = site.store.catalog.get(manifest.backup_id)
    assert entry is not None
    assert [copy.level for copy in entry.copies] == [VerificationLevel.SEALED]
    assert [copy.verified_at is not None for copy in entry.copies] == [True]


class CancelIn(SilentReporter):
    """Is cancelled when a phase begins."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_cancelled = False

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        self._is_cancelled = self._is_cancelled or name == self._name
        self.check_cancelled()

    def check_cancelled(self) -> None:
        if self._is_cancelled:
            raise CancelledError("cancelled")


def with_copies(site: BackupSite, **further: RepositorySettings) -> BackupSite:
    repositories = {**site.settings.repositories, **further}
    backup = replace(site.settings.backup, copies=tuple(repositories))
    return site.changed(repositories=repositories, backup=backup)
