"""A copy that fails in the middle, or in its last step, costs that copy alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.backup.copies import Copies
from core.backup.repository.open import open_repository
from core.errors import BackupError
from core.model.backup import CopyState
from tests.faults.backups_on_bad_days import Before, Striking, check_after, with_copy
from tests.servers.backing_up import BackupSite
from tests.servers.fault_proxy import Fault, answer, fault_proxy, reset_in_mid_part
from tests.servers.s3 import S3Server

pytestmark = pytest.mark.fault


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


def test_a_copy_that_failed_is_gone_on_without_in_every_thread() -> None:
    with pytest.raises(BackupError, match="none of its repositories"):
        _ = Copies([]).good
