"""What a verification finds missing or damaged is repaired from another copy."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from core.backup import layout
from core.backup.progress import SilentReporter
from core.backup.verify.job import run_verify_job
from core.errors import BackupError
from core.model.job import JobKind, JobOrder
from tests.contract.verify.verifying import (
    COMPLETE,
    DATA,
    EVERYTHING,
    SEALING,
    damage,
    verify,
)
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER


@pytest.mark.parametrize("bad", ["first", "second"])
def test_a_damaged_copy_is_repaired_from_the_other(host: BackedUp, bad: str) -> None:
    backup = host.put(SEALING.full())
    damage(host, bad, backup)
    outcome = verify(host)
    assert [each.repository for each in outcome.copies if each.problem] == [bad]
    assert [(each.repository, each.artifacts) for each in outcome.repaired] == [(bad, 1)]
    assert outcome.is_well
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}
    assert "repair backup" in {each.action for each in host.store.audit.entries(10)}
    host.later(days=8)
    assert not verify(host).repaired


@pytest.mark.parametrize("bad", ["first", "second"])
def test_a_copy_that_vanished_is_written_again(host: BackedUp, bad: str) -> None:
    backup = host.put(SEALING.full())
    host.repositories[bad].delete(list(backup.objects))
    outcome = verify(host)
    assert [each.repository for each in outcome.repaired] == [bad]
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}


def test_a_damaged_copy_is_repaired_from_one_that_was_not_asked_for(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    damage(host, "second", backup)
    outcome = verify(host, EVERYTHING, "second")
    assert [each.repository for each in outcome.repaired] == ["second"]
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}
    assert outcome.sentence().startswith("1 of 1 copies are good")
    assert outcome.sentence().endswith("; 1 of them repaired")


def test_where_the_good_copy_can_not_be_had_that_is_said(host: BackedUp, tmp_path: Path) -> None:
    backup = host.put(SEALING.full())
    damage(host, "first", backup)
    (tmp_path / "second").rename(tmp_path / "unmounted")
    for copies in (("first",), ()):
        (lost,) = verify(host, EVERYTHING, *copies).lost
        assert lost.repository == "first"
        assert "no copy that is good" not in lost.problem
        assert "second" in lost.problem
    (tmp_path / "unmounted").rename(tmp_path / "second")
    assert verify(host, EVERYTHING, "first").is_well


def test_what_was_repaired_counts_as_good_in_the_end(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    damage(host, "first", backup)
    told = verify(host, EVERYTHING).sentence()
    assert told.startswith("2 of 2 copies are good")
    assert told.endswith("; 1 of them repaired")


def test_a_copy_that_lost_its_keys_gets_them_back(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    host.repositories["first"].delete([layout.wraps_file(SERVER, backup.backup_id)])
    outcome = verify(host)
    assert [(each.repository, each.artifacts) for each in outcome.repaired] == [("first", 0)]
    assert outcome.is_well


def test_a_whole_chain_that_vanished_is_written_again_ancestors_first(host: BackedUp) -> None:
    full = host.put(SEALING.full())
    step = host.put(SEALING.incremental(full, 1, {"toc.dat": b"PGDMP"}, [DATA]))
    last = host.put(SEALING.incremental(step, 2, {"toc.dat": b"PGDMP"}, [DATA]))
    paths = [each.path for each in host.repositories["first"].list(f"{SERVER}/2")]
    host.repositories["first"].delete(paths)
    outcome = verify(host)
    assert [each.backup_id for each in outcome.repaired] == [
        each.backup_id for each in (full, step, last)
    ]
    assert outcome.is_well


def test_what_is_bad_in_every_copy_is_lost_and_said(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    other = host.put(SEALING.full(1))
    for name in ("first", "second"):
        damage(host, name, backup)
    outcome = verify(host)
    assert {each.backup_id for each in outcome.lost} == {backup.backup_id}
    assert len(outcome.lost) == 2
    assert all("not repaired" in each.problem for each in outcome.lost)
    assert host.states(other) == {"first": COMPLETE, "second": COMPLETE}
    order = JobOrder(JobKind.VERIFY, SERVER, "ana")
    with pytest.raises(BackupError, match="Not every copy") as caught:
        run_verify_job(host.store, host.settings, order, SilentReporter())
    assert backup.backup_id in caught.value.why


@pytest.mark.parametrize(
    "name", ["artifacts/3001.dat.zst.sealed", "manifest.sealed", "wraps.json", "README.txt"]
)
def test_what_the_disk_can_not_read_is_damage_and_repaired(
    host: BackedUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    backup, other = host.put(SEALING.full()), host.put(SEALING.full())
    path = layout.backup_folder(SERVER, backup.backup_id) + name
    read = os.read
    with (tmp_path / "second" / path).open("rb") as opened:
        bad_sector = os.fstat(opened.fileno()).st_ino

        def failing(descriptor: int, size: int) -> bytes:
            if os.fstat(descriptor).st_ino == bad_sector:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return read(descriptor, size)

        monkeypatch.setattr(os, "read", failing)
        outcome = verify(host)

    (bad,) = (each for each in outcome.copies if each.problem)
    assert (bad.backup_id, bad.repository) == (backup.backup_id, "second")
    assert "input/output error" in bad.problem
    assert {each.backup_id for each in outcome.copies} == {backup.backup_id, other.backup_id}
    assert outcome.unreachable == ()
    assert [each.repository for each in outcome.repaired] == ["second"]
    assert outcome.is_well
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}
    assert host.repositories["second"].read(path) == backup.objects[path]


def test_whose_the_repository_is_is_written_anew_where_it_is_known(host: BackedUp) -> None:
    host.put(SEALING.full())
    host.repositories["first"].write(layout.REPOSITORY_FILE, b"{}")
    assert verify(host).is_well
