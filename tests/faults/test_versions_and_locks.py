"""Buckets that keep what is deleted: by versions, and by a lock. What is said of it is so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.backup import layout
from core.backup.protect import protect
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.model.backup import CopyState
from tests.contract.prune.pruning import prune, pruning
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.s3 import SECRET_KEY, SECRET_VARIABLE
from tests.servers.sealed_backups import SERVER, SealedBackup, Sealing
from tests.servers.versioned_s3 import VersionedBucket, versioned_bucket
from tui.care_report import plan_lines

pytestmark = pytest.mark.fault

SEALING = Sealing()
TEN_DAYS = KeepSettings(days=10, count=0, daily=0, weekly=0, monthly=0, yearly=0)
SETTINGS: dict[str, Any] = {
    "retention": RetentionSettings(TEN_DAYS, TEN_DAYS, TEN_DAYS, TEN_DAYS, grace_seconds=86_400)
}
MONTH = timedelta(days=30)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[VersionedBucket]:
    monkeypatch.setenv(SECRET_VARIABLE, SECRET_KEY)
    with versioned_bucket() as made:
        yield made


@contextmanager
def host_of(bucket: VersionedBucket, folder: Path, **settings: object) -> Iterator[BackedUp]:
    """A host with the bucket alone, twelve days after the begin."""
    with backed_up(folder, {"only": bucket.settings(**settings)}, SEALING, **SETTINGS) as host:
        host.later(days=12)
        yield host


def two_backups(host: BackedUp) -> SealedBackup:
    """The old one of two, which has expired and whose time of grace is over."""
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    assert prune(host).expired == (old.backup_id,)
    host.later(days=2)
    return old


def seen(host: BackedUp, backup: SealedBackup) -> set[str]:
    """What is listed of a backup."""
    prefix = layout.backup_folder(SERVER, backup.backup_id)
    return {each.path.removeprefix(prefix) for each in host.repositories["only"].list(prefix)}


def kept(bucket: VersionedBucket, backup: SealedBackup) -> set[str]:
    """The objects of a backup of which a version with content is still in the bucket."""
    prefix = layout.backup_folder(SERVER, backup.backup_id)
    return {
        each.key.removeprefix(prefix)
        for each in bucket.versions
        if each.key.startswith(prefix) and each.content is not None
    }


def test_a_delete_in_a_versioned_bucket_hides_and_is_told_as_that(
    bucket: VersionedBucket, tmp_path: Path
) -> None:
    with host_of(bucket, tmp_path) as host:
        old = two_backups(host)
        outcome = prune(host)
        assert outcome.destroyed == outcome.hidden == (old.backup_id,)
        assert "older versions are still in the bucket" in outcome.sentence()
        assert seen(host, old) == set()
        for path, content in old.objects.items():
            marker, version = bucket.of(path)
            assert (marker.content, version.content) == (None, content)
        assert prune(host).destroyed == ()


def test_with_delete_versions_nothing_stays(bucket: VersionedBucket, tmp_path: Path) -> None:
    with host_of(bucket, tmp_path, delete_versions=True) as host:
        old = two_backups(host)
        path = layout.wraps_file(SERVER, old.backup_id)
        host.repositories["only"].write(path, old.objects[path])  # as a rotation of keys does
        outcome = prune(host)
        assert (outcome.destroyed, outcome.hidden) == ((old.backup_id,), ())
        assert kept(bucket, old) == set()


def told(host: BackedUp) -> str:
    return "\n".join(plan_lines(pruning(host).plan()))


def test_what_a_lock_holds_is_kept_told_by_plan_and_prune_and_tried_again(
    bucket: VersionedBucket, tmp_path: Path
) -> None:
    bucket.retention = MONTH
    with host_of(bucket, tmp_path, delete_versions=True) as host:
        old = two_backups(host)
        assert "lock" not in told(host)
        for _ in range(2):
            outcome = prune(host)
            assert outcome.destroyed == ()
            ((backup_id, why),) = outcome.kept
            assert backup_id == old.backup_id
            assert "wraps.json: a lock (retention or legal hold) holds it" in why
            assert set(old.objects) <= {
                layout.backup_folder(SERVER, old.backup_id) + name for name in seen(host, old)
            }
            copy = host.copies(old)["only"]
            assert copy.state is CopyState.COMPLETE
            assert "lock" in copy.problem
            plan = told(host)
            assert f"DESTROY      {old.backup_id}" in plan
            assert f"NOTE         {old.backup_id} could not be destroyed before" in plan
            assert "holds it" in plan
        bucket.ahead = MONTH + timedelta(hours=1)
        outcome = prune(host)
        assert (outcome.destroyed, outcome.hidden, outcome.kept) == ((old.backup_id,), (), ())
        assert seen(host, old) == set()
        # Of what says that it is destroyed, the youngest is still under the lock, and hidden.
        assert all(name.startswith("destroying-") for name in kept(bucket, old))


@pytest.mark.parametrize("delete_versions", [True, False])
def test_a_lock_on_its_marks_keeps_nobody_from_protecting_a_backup(
    bucket: VersionedBucket, tmp_path: Path, delete_versions: bool
) -> None:
    bucket.retention = MONTH
    with host_of(bucket, tmp_path, delete_versions=delete_versions) as host:
        old = two_backups(host)
        now = host.now()
        protect(host.store, host.settings, old.backup_id, "audit", who="ana", now=lambda: now)
        assert "protected.json" in seen(host, old)
        assert "expired.json" not in seen(host, old)
        host.later(days=5)
        assert pruning(host).plan().is_empty


def test_a_prune_that_a_lock_stopped_hinders_no_protection(
    bucket: VersionedBucket, tmp_path: Path
) -> None:
    bucket.retention = MONTH
    with host_of(bucket, tmp_path, delete_versions=True) as host:
        old = two_backups(host)
        assert prune(host).kept
        protect(host.store, host.settings, old.backup_id, "audit", who="ana", now=host.now)
        assert "protected.json" in seen(host, old)


def test_a_backup_under_a_lock_can_be_stored_and_its_bucket_is_known(
    bucket: VersionedBucket, tmp_path: Path
) -> None:
    bucket.retention = MONTH
    with host_of(bucket, tmp_path) as host:
        stored = host.put(SEALING.full(11))
        assert {f"{SERVER}/{stored.backup_id}/{name}" for name in seen(host, stored)} == set(
            stored.objects
        )
        assert all(isinstance(each.retained_until, datetime) for each in bucket.versions)
        report = host.repositories["only"].probe()
        assert (report.writable, report.versioned, report.object_lock) == (True, True, True)
