"""What a bucket keeps from us for now is no damage: it is told, kept, and good again later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.backup import layout
from core.backup.markers import read_expiry, write_expiry
from core.backup.progress import SilentReporter
from core.backup.verify.job import run_verify_job, verify_backups
from core.backup.verify.outcome import VerifyOutcome
from core.backup.verify.run import Wanted
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.verify_settings import VerifySettings
from core.errors import BackupError
from core.model.backup import CANT_BE_READ, BackupCopy, CopyState, VerificationLevel
from core.model.job import JobKind, JobOrder
from tests.contract.prune.pruning import prune
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.fault_proxy import Action, Fault, FaultProxy, answer, of_these
from tests.servers.s3 import S3Server
from tests.servers.sealed_backups import SERVER, SealedBackup, Sealing

SEALING = Sealing()
ARCHIVED = answer(403, "InvalidObjectState")
RULES = KeepSettings(days=10, count=0, daily=0, weekly=0, monthly=6, yearly=0)
ALL = Wanted(everything=True)


@pytest.fixture
def host(s3_server: S3Server, proxy: FaultProxy, tmp_path: Path) -> Iterator[BackedUp]:
    """A host whose backups go to a bucket alone."""
    places = {"offsite": s3_server.settings(endpoint_url=proxy.url, retry_seconds=2)}
    verify = VerifySettings(level="sealed", share=1)
    retention = RetentionSettings(full=RULES)
    with backed_up(tmp_path, places, SEALING, verify=verify, retention=retention) as host:
        host.later(days=60)
        yield host


def refuse(proxy: FaultProxy, *names: str, action: Action = ARCHIVED) -> None:
    proxy.script(Fault("GetObject", of_these(names, action), times=99_999))


def verify(host: BackedUp, wanted: Wanted = ALL) -> VerifyOutcome:
    return verify_backups(
        host.store,
        host.settings,
        SERVER,
        wanted,
        who="ana@bastion",
        reporter=SilentReporter(),
        now=host.now,
    )


def copy_of(host: BackedUp, backup: SealedBackup) -> BackupCopy:
    return host.copies(backup)["offsite"]


@pytest.mark.parametrize(
    ("name", "action", "why"),
    [
        ("artifacts/", ARCHIVED, "archive class"),
        ("artifacts/", answer(400, "KMS.DisabledException"), "KMS key is disabled"),
        ("artifacts/", answer(400, "KMS.KMSInvalidStateException"), "KMS key can't be used"),
        ("artifacts/", answer(403, "NobodyKnows"), "access denied"),
        ("artifacts/3001.dat", ARCHIVED, "archive class"),
        ("manifest.sealed", ARCHIVED, "archive class"),
        ("wraps.json", ARCHIVED, "archive class"),
        ("README.txt", ARCHIVED, "archive class"),
    ],
)
def test_what_is_refused_is_unknown_and_not_damaged(
    host: BackedUp, proxy: FaultProxy, name: str, action: Action, why: str
) -> None:
    backup, other = host.put(SEALING.full()), host.put(SEALING.full(1))
    refuse(proxy, layout.backup_folder(SERVER, backup.backup_id) + name, action=action)
    outcome = verify(host)

    assert not outcome.is_well
    assert [each.backup_id for each in outcome.unknown] == [backup.backup_id]
    assert (outcome.lost, outcome.repaired, outcome.unreachable) == ((), (), ())
    copy = copy_of(host, backup)
    assert (copy.state, copy.level) == (CopyState.COMPLETE, VerificationLevel.SEALED)
    assert copy.problem.startswith(CANT_BE_READ)
    assert why in copy.problem
    assert "; do: " in copy.problem
    assert not copy_of(host, other).problem

    order = JobOrder(JobKind.VERIFY, SERVER, "ana", {"everything": "yes"})
    with pytest.raises(BackupError, match="Not every copy"):
        run_verify_job(host.store, host.settings, order, SilentReporter())

    proxy.script()
    assert verify(host, Wanted()).is_well
    assert copy_of(host, backup).problem == ""


def test_a_part_that_is_damaged_makes_the_copy_damaged_though_others_are_refused(
    host: BackedUp, proxy: FaultProxy
) -> None:
    backup = host.put(SEALING.full())
    path = layout.artifact_file(SERVER, backup.backup_id, "3001.dat.zst")
    host.repositories["offsite"].write(path, b"noise")
    refuse(proxy, "toc.dat")
    assert not verify(host).is_well
    assert copy_of(host, backup).state is CopyState.DAMAGED


def test_a_bucket_that_gives_out_nothing_at_all_says_nothing_of_its_backups(
    host: BackedUp, proxy: FaultProxy
) -> None:
    backup = host.put(SEALING.full())
    refuse(proxy, "/")
    outcome = verify(host)
    assert [name for name, _ in outcome.unreachable] == ["offsite"]
    assert not copy_of(host, backup).problem


def test_what_can_not_be_read_for_now_is_not_let_go(host: BackedUp, proxy: FaultProxy) -> None:
    old, young = host.put(SEALING.full()), host.put(SEALING.full(59))
    assert prune(host, "offsite").expired == ()
    refuse(proxy, "/artifacts/", action=answer(400, "KMS.DisabledException"))
    assert len(verify(host).unknown) == 2
    assert prune(host, "offsite").expired == ()
    host.later(days=3)
    assert prune(host, "offsite").destroyed == ()
    proxy.script()
    assert verify(host).is_well
    assert prune(host, "offsite").expired == ()
    assert host.states(old) == host.states(young) == {"offsite": CopyState.COMPLETE}


def test_what_was_let_go_as_damaged_is_read_again_and_revived(
    host: BackedUp, proxy: FaultProxy
) -> None:
    old, _ = host.put(SEALING.full()), host.put(SEALING.full(59))
    bucket = host.repositories["offsite"]
    let_go = host.now() - timedelta(days=9)
    write_expiry(bucket, SERVER, old.backup_id, let_go)
    host.store.catalog.expire([old.backup_id], let_go, repository=bucket.name)
    bad = BackupCopy(
        old.backup_id, "offsite", CopyState.DAMAGED, VerificationLevel.NONE, None, "archived"
    )
    host.store.catalog.record_copy(bad)

    assert verify(host, Wanted()).is_well
    assert copy_of(host, old).level is VerificationLevel.SEALED
    done = prune(host, "offsite")
    assert (done.revived, done.destroyed) == ((old.backup_id,), ())
    assert read_expiry(bucket, SERVER, old.backup_id) is None
