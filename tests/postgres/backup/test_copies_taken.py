"""Each copy of a backup is written, missed, and repaired by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from core.backup.progress import SilentReporter
from core.backup.run import run_backup_job
from core.config.repository_settings import RepositorySettings
from core.model.backup import BackupKind, CopyState
from core.model.connections import BACKUP_APPLICATION
from tests.postgres.backup.conftest import run
from tests.postgres.backup.taken import in_two_places, with_copies
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.fault_proxy import Exchange, Fault, fault_proxy, hang
from tests.servers.s3 import S3Server
from tests.servers.waiting import eventually


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
    both, second = in_two_places(site, tmp_path)
    first = both.take().manifest
    for path in sorted((second / SERVER / first.backup_id).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    both.take()
    assert site.differences(first, tmp_path / "out", second) == ()


def test_a_copy_that_was_never_written_is_repaired_too(site: BackupSite, tmp_path: Path) -> None:
    both, second = in_two_places(site, tmp_path)
    first = both.take().manifest
    for path in sorted((second / SERVER / first.backup_id).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    site.store.catalog.remove(first.backup_id)  # as after a death before the second copy
    both.take()
    assert site.differences(first, tmp_path / "out", second) == ()


def test_a_run_for_one_repository_repairs_that_one_from_another_one_of_the_config(
    site: BackupSite, tmp_path: Path
) -> None:
    both, _ = in_two_places(site, tmp_path)
    first = both.take().manifest
    (site.local / SERVER / first.backup_id / "manifest.sealed").unlink()
    both.take(copies=["local"])
    assert site.differences(first, tmp_path / "out") == ()


def test_a_repository_that_has_just_failed_is_not_tried_again_for_its_good_copies(
    site: BackupSite, tmp_path: Path
) -> None:
    both, second = in_two_places(site, tmp_path)
    first = both.take().manifest
    (site.local / SERVER / first.backup_id / "manifest.sealed").unlink()
    second.rename(tmp_path / "away")
    listening = Listening()
    assert replace(both, reporter=listening).take().copies == ("local",)
    told = [note for note in listening.notes if first.backup_id in note]
    assert any("did not work just now" in note for note in told)


def test_a_backup_for_one_repository_stays_in_that_one(site: BackupSite, tmp_path: Path) -> None:
    both, second = in_two_places(site, tmp_path)
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
    both, second = in_two_places(site, tmp_path)
    kept = both.take(keep="audit").manifest
    marker = second / SERVER / kept.backup_id / "protected.json"
    content = marker.read_bytes()
    marker.unlink()
    both.take()
    assert marker.read_bytes() == content
