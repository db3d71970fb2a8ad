"""Bad days of a backup: what was good stays good, nothing is left, the next run succeeds."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psutil
import psycopg
import pytest

from core.backup.copies import Copies
from core.backup.keys.records import ring_of
from core.backup.markers import clear_expiry, write_expiry
from core.backup.progress import SilentReporter
from core.backup.repository.open import open_repository
from core.backup.repository.protocol import Repository
from core.backup.verify.copy import CopyVerifier
from core.config.repository_settings import RepositorySettings
from core.errors import BackupError, PgvigilError
from core.model.backup import BackupKind, CopyState, Manifest
from core.postgres.embedded import EmbeddedServer
from tests.faults.figures import Faults, check_kept
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.everything import empty_database
from tests.servers.factory import ServerFactory
from tests.servers.fault_proxy import Fault, answer, fault_proxy, reset_in_mid_part
from tests.servers.s3 import S3Server
from tests.servers.small_disk import fill, small_disk

pytestmark = pytest.mark.fault

PHASES = ("preparing", "fingerprint", "dump", "store", "globals", "commit")


@pytest.fixture
def site(postgres: EmbeddedServer, database: str, tmp_path: Path) -> Iterator[BackupSite]:
    """A host with one folder for backups, one of which it has taken."""
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as made:
        yield made


class Before:
    """What was there before a bad day, and whether it still is."""

    def __init__(self, site: BackupSite) -> None:
        self._site = site
        self.manifest = site.take().manifest
        self._files = self._content()

    def is_untouched(self) -> bool:
        """Whether every byte of it is as it was."""
        return self._content() == self._files

    def _content(self) -> dict[str, bytes]:
        folder = self._site.local / SERVER / self.manifest.backup_id
        return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def started(site: BackupSite, kind: str = "full", stop: str = "") -> subprocess.Popen[bytes]:
    """A backup in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.backup_program", str(site.state), kind, stop],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(site.settings))
    process.stdin.close()
    return process


def check_after(site: BackupSite, before: Before) -> Manifest:
    """The next run succeeds; what is in the repository is whole, and there is nothing else."""
    check_kept(before.is_untouched())
    # What a dead writer left unfinished is cleared by its age, for another may still write.
    local = replace(site.settings.repositories["local"], stale_seconds=0.001)
    old = site.changed(repositories={**site.settings.repositories, "local": local})
    manifest = old.take("incremental").manifest
    check_kept(before.is_untouched())
    assert site.leftovers() == set()
    stored = site.backups_in(site.local)
    assert [name for name, files in stored.items() if "manifest.sealed" not in files] == []
    repository = open_repository("local", site.settings.repositories["local"])
    verifier = CopyVerifier(repository, SERVER, ring_of(site.settings, ()), SilentReporter())
    for backup_id in stored:
        assert verifier.problems(verifier.manifest(backup_id, None)) == []
    known = {
        copy.backup_id
        for entry in site.store.catalog.entries()
        for copy in entry.copies
        if copy.repository == "local" and copy.state is CopyState.COMPLETE
    }
    assert known == set(stored)
    return manifest


@pytest.mark.parametrize("kind", ["full", "incremental"])
@pytest.mark.parametrize("phase", PHASES)
def test_killed_in_each_phase(site: BackupSite, phase: str, kind: str) -> None:
    before = Before(site)
    run(site.dsn, "UPDATE orders SET note = 'later' WHERE id = 1")
    with started(site, kind, phase) as process:
        assert process.stdout is not None
        while (line := process.stdout.readline().decode().strip()) != phase:
            assert line, "it ended before"
        process.kill()
    manifest = check_after(site, before)
    assert manifest.kind is BackupKind.INCREMENTAL
    until = datetime.now(UTC) + timedelta(days=1)
    rows = site.store.protection.history(SERVER, 20, until=until).rows
    statuses = [row.run.status for row in rows if row.run is not None]
    assert sorted(statuses) == ["completed", "completed", "interrupted"]


@pytest.mark.parametrize("name", ["wraps.json", "break-glass.py", "README.txt", "manifest.sealed"])
def test_killed_when_an_object_of_the_commit_appears(site: BackupSite, name: str) -> None:
    before = Before(site)
    folder = site.local / SERVER
    known = {before.manifest.backup_id}
    with started(site) as process:
        while process.poll() is None:
            if any((each / name).exists() for each in folder.iterdir() if each.name not in known):
                break
            time.sleep(0.001)
        process.kill()
    check_after(site, before)


def test_killed_at_moments_drawn_by_lot(site: BackupSite, faults: Faults) -> None:
    before = Before(site)
    begun = time.monotonic()
    with started(site, "full") as process:
        process.wait()
    longest = time.monotonic() - begun
    for number in range(8):
        with started(site, "full") as process:
            time.sleep(longest * (number + 1) / 9)
            process.kill()
        faults.tried += 1
        check_kept(before.is_untouched())
    check_after(site, before)
    faults.survived = faults.tried


def test_pg_dump_is_killed(site: BackupSite) -> None:
    before = Before(site)
    run(
        site.dsn,
        "INSERT INTO orders SELECT n, repeat('x', 500) FROM generate_series(4000, 90000) n",
    )
    with killing("--file="), pytest.raises(BackupError) as told:
        site.take()
    assert "killed" in told.value.what
    check_after(site, before)


def test_postgresql_stops_in_the_middle(start_server: ServerFactory, tmp_path: Path) -> None:
    server = start_server()
    with empty_database(server) as name:
        dsn = server.dsn(name)
        run(dsn, TABLES)
        with backup_site(tmp_path, server, dsn) as site:
            before = Before(site)
            struck = replace(site, reporter=Acting("dump", server.kill))
            with pytest.raises(PgvigilError) as told:
                struck.take()
            assert "lost" in told.value.what or "connection" in told.value.what.lower()
            server.start()
            check_after(site, before)


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


@pytest.mark.parametrize(
    "fault",
    [
        Fault("PutObject", reset_in_mid_part, after=5, times=1000),
        Fault("PutObject", answer(500, "InternalError"), after=5, times=1000),
        Fault("GetObject", answer(403, "AccessDenied"), after=4, times=1000),
    ],
    ids=["reset in mid part", "500", "no reading back"],
)
def test_a_copy_fails_in_the_middle(site: BackupSite, s3_server: S3Server, fault: Fault) -> None:
    before = Before(site)
    with fault_proxy(s3_server.url) as proxy:
        offsite = s3_server.settings(endpoint_url=proxy.url, retry_seconds=0.3)
        both = with_copy(site, offsite)
        proxy.script(fault)
        taken = both.take()
        assert taken.copies == ("local",)
        assert [name for name, _ in taken.problems] == ["offsite"]
        entry = site.store.catalog.get(taken.manifest.backup_id)
        assert entry is not None
        states = {copy.repository: copy.state for copy in entry.copies}
        assert states == {"local": CopyState.COMPLETE, "offsite": CopyState.MISSING}
    assert list(s3_server.bucket.rglob("manifest.sealed")) == []
    check_after(site, before)
    with_copy(site, s3_server.settings()).take()
    assert len(list(s3_server.bucket.rglob("manifest.sealed"))) >= 1


def test_every_copy_fails(site: BackupSite, s3_server: S3Server) -> None:
    before = Before(site)
    with fault_proxy(s3_server.url) as proxy:
        offsite = s3_server.settings(endpoint_url=proxy.url, retry_seconds=0.3)
        alone = with_copy(site, offsite)
        alone = alone.changed(backup=replace(alone.settings.backup, copies=("offsite",)))
        proxy.script(Fault("PutObject", answer(503, "SlowDown"), after=5, times=1000))
        with pytest.raises(BackupError) as told:
            alone.take()
        assert "could not be stored" in told.value.what
    check_after(site, before)


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


class Striking:
    """A real repository; right after the manifest was written, something happens."""

    def __init__(self, repository: Repository, act: Callable[[], object]) -> None:
        self._repository = repository
        self._act = act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._repository, name)

    def write(self, path: str, data: bytes) -> None:
        self._repository.write(path, data)
        if path.endswith("/manifest.sealed"):
            self._act()


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


def test_a_manifest_that_can_t_be_read_back_is_taken_back(
    site: BackupSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Before(site)
    real = open_repository("local", site.settings.repositories["local"])

    def spoil() -> None:
        (path,) = (
            path
            for path in site.local.rglob("manifest.sealed")
            if path.parent.name != before.manifest.backup_id
        )
        path.write_bytes(path.read_bytes()[:-1])

    with monkeypatch.context() as patch:
        patch.setattr("core.backup.places.repository_named", lambda *_: Striking(real, spoil))
        with pytest.raises(BackupError) as told:
            site.take()
    assert "reads back otherwise" in told.value.what
    assert list(site.backups_in(site.local)) == [before.manifest.backup_id]
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
        apart = site.changed(backup=backup)
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


def test_a_copy_that_failed_is_gone_on_without_in_every_thread() -> None:
    with pytest.raises(BackupError, match="none of its repositories"):
        _ = Copies([]).good


class Acting(SilentReporter):
    """Does something when a phase begins."""

    def __init__(self, name: str, act: Callable[[], object]) -> None:
        self._name = name
        self._act = act

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        if name == self._name:
            self._act()


@contextmanager
def killing(argument: str) -> Iterator[None]:
    """Kill the first program that this process starts with such an argument."""
    over = threading.Event()

    def kill() -> None:
        me = psutil.Process()
        while not over.is_set():
            for child in me.children():
                with suppress(psutil.Error):
                    if any(word.startswith(argument) for word in child.cmdline()):
                        child.kill()
                        return
            time.sleep(0.001)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def with_copy(site: BackupSite, offsite: RepositorySettings) -> BackupSite:
    """The host with a second repository."""
    repositories = {**site.settings.repositories, "offsite": offsite}
    backup = replace(site.settings.backup, copies=tuple(repositories))
    return site.changed(repositories=repositories, backup=backup)
