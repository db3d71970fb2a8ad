"""Bad days of what a backup leans on: its key, its bucket, its server, another host."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.keys.records import ring_of
from core.backup.markers import write_expiry
from core.backup.progress import SilentReporter
from core.backup.prune.job import pruning_of, run_prune_job
from core.backup.prune.outcome import PruneOutcome
from core.backup.repository.open import open_repository
from core.backup.verify.copy import CopyVerifier
from core.backup.verify.job import run_verify_job
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.errors import PgvigilError
from core.model.job import JobKind, JobOrder
from core.store.store import Store
from tests.faults.backups_on_bad_days import Acting, Before, check_after, with_copy
from tests.faults.figures import check_kept
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.factory import ServerFactory
from tests.servers.fault_proxy import Fault, answer, fault_proxy, hang, lose_it, xml
from tests.servers.s3 import S3Server
from tests.servers.waiting import eventually

pytestmark = pytest.mark.fault


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def open_to_others(path: Path) -> None:
    path.chmod(0o644)


@pytest.mark.parametrize("spoil", [Path.unlink, cut, open_to_others])
def test_a_key_that_is_missing_cut_or_open_to_others(
    site: BackupSite, spoil: Callable[[Path], None]
) -> None:
    before = Before(site)
    key = site.key_file.read_bytes()
    stored = site.backups_in(site.local)
    spoil(site.key_file)
    with pytest.raises(PgvigilError) as told:
        site.take()
    assert "key main" in told.value.what
    assert told.value.remedy
    assert site.backups_in(site.local) == stored
    site.key_file.unlink(missing_ok=True)
    site.key_file.write_bytes(key)
    site.key_file.chmod(0o600)
    check_after(site, before)


def test_another_key_opens_nothing_and_harms_nothing(site: BackupSite) -> None:
    before = Before(site)
    key = site.key_file.read_bytes()
    site.key_file.unlink()
    write_key_file(site.key_file, KeyEncryptionKey.generate())
    order = JobOrder(JobKind.PRUNE, SERVER, "anna")
    run_prune_job(site.store, site.settings, order, SilentReporter())
    check_kept(before.is_untouched())
    site.key_file.write_bytes(key)
    check_after(site, before)


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("PutObject", answer(503, "SlowDown", retry_after="1")),
        ("PutObject", hang),
        ("PutObject", lose_it),
        ("UploadPart", lose_it),
        ("CompleteMultipartUpload", xml("<Error><Code>InternalError</Code></Error>")),
        ("*", answer(400, "ExpiredToken")),
        ("*", answer(301, "PermanentRedirect", x_amz_bucket_region="eu-west-9")),
        ("*", answer(404, "NoSuchBucket")),
        ("*", answer(403, "RequestTimeTooSkewed")),
    ],
    ids=[
        "503 with Retry-After", "time-out", "an object that is lost", "a part that is lost",
        "200 with an error", "expired", "wrong region", "no bucket", "clock",
    ],
)  # fmt: skip
def test_a_bucket_on_a_bad_day_costs_its_copy_alone_and_the_next_run_repairs_it(
    site: BackupSite, s3_server: S3Server, operation: str, action: Callable[..., None]
) -> None:
    before = Before(site)
    run(site.dsn, "CREATE TABLE noise AS SELECT md5(n::text || random()) AS a"
                  " FROM generate_series(1, 200000) AS n")  # fmt: skip
    with fault_proxy(s3_server.url) as proxy:
        offsite = s3_server.settings(
            endpoint_url=proxy.url, retry_seconds=0.3, read_timeout_seconds=1, part_bytes=1 << 20
        )
        both = with_copy(site, offsite)
        proxy.script(Fault(operation, action, times=10_000))
        taken = both.take()
        proxy.script()
        assert taken.copies == ("local",)
        ((name, why),) = taken.problems
        assert name == "offsite"
        assert why.what
        assert list(s3_server.bucket.rglob("manifest.sealed")) == []
        check_after(site, before)
        with_copy(site, s3_server.settings(stale_seconds=0.001)).take()
    assert len(list(s3_server.bucket.rglob("manifest.sealed"))) >= 1


def test_a_standby_is_promoted_in_the_middle(start_server: ServerFactory, tmp_path: Path) -> None:
    primary = start_server()
    run(primary.dsn(), TABLES)
    standby = start_server.standby(primary)
    with psycopg.connect(standby.dsn(), autocommit=True) as look:

        def is_there() -> bool:
            found = look.execute("SELECT to_regclass('empty') IS NOT NULL").fetchone()
            return found == (True,)

        eventually(is_there)
    with backup_site(tmp_path, standby, standby.dsn()) as site:
        before = Before(site)

        def fail_over() -> None:
            primary.kill()
            run(standby.dsn(), "SELECT pg_promote()")

        struck = replace(site, reporter=Acting("dump", fail_over))
        # The standby's sessions outlive its promotion: the backup may as well succeed.
        with suppress(PgvigilError):
            struck.take()
        check_after(site, before)


def test_two_hosts_back_up_and_prune_one_repository_at_once(
    site: BackupSite, tmp_path: Path
) -> None:
    gone, kept = (site.take().manifest.backup_id for _ in range(2))
    since = datetime.now(UTC) - timedelta(days=2)
    repository = open_repository("local", site.settings.repositories["local"])
    write_expiry(repository, SERVER, gone, since)
    store = Store.open(site.settings.store, state_folder=tmp_path / "two", migrate=True)
    one = KeepSettings(days=1e-6, count=1, daily=0, weekly=0, monthly=0, yearly=0)
    order = JobOrder(JobKind.PRUNE, SERVER, "berta@two", {"everything": "yes"})
    run_verify_job(store, site.settings, order, SilentReporter())
    store.catalog.expire([gone], since, repository=repository.name)
    settings = replace(site.settings, retention=RetentionSettings(full=one))
    pruned: list[PruneOutcome] = []
    wrong: list[BaseException] = []

    def keep_pruning() -> None:
        try:
            for _ in range(6):
                pruning = pruning_of(
                    store,
                    settings,
                    server=SERVER,
                    repository=repository,
                    who="berta@two",
                    reporter=SilentReporter(),
                )
                pruned.append(pruning.do(pruning.plan()))
        except PgvigilError as error:
            wrong.append(error)

    thread = threading.Thread(target=keep_pruning)
    thread.start()
    try:
        taken = [site.take(kind).manifest.backup_id for kind in ("full", "incremental")]
    finally:
        thread.join()
        store.close()
    assert [str(each) for each in wrong] == []
    assert gone in {backup_id for outcome in pruned for backup_id in outcome.destroyed}
    verifier = CopyVerifier(repository, SERVER, ring_of(site.settings, ()), SilentReporter())
    for backup_id in (kept, *taken):
        check_kept(verifier.problems(verifier.manifest(backup_id, None)) == [])
    assert set(site.backups_in(site.local)) == {kept, *taken}
    assert site.take("incremental").problems == ()
