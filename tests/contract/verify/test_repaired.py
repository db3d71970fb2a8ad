"""What a verification finds missing or damaged is repaired from another copy."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.backup import identity, layout
from core.backup.places import Looking, usable
from core.backup.progress import SilentReporter
from core.backup.verify.job import run_verify_job
from core.config.verify_settings import VerifySettings
from core.errors import BackupError, ForeignRepositoryError
from core.model.job import JobKind, JobOrder
from tests.contract.repositories import small_folder
from tests.contract.verify.verifying import (
    COMPLETE,
    DATA,
    EVERYTHING,
    SEALING,
    damage,
    verify,
)
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import SERVER, SYSTEM, Sealing


@pytest.fixture
def pair_of_folders(tmp_path: Path) -> Iterator[BackedUp]:
    places = {name: small_folder(tmp_path / name).settings for name in ("first", "second")}
    verify = VerifySettings(level="sealed", share=1)
    with backed_up(tmp_path, places, SEALING, verify=verify) as host:
        yield host


class Telling(SilentReporter):
    """Keeps what is noted."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


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


@pytest.mark.parametrize("name", ["break-glass.py", "manifest.sealed"])
def test_what_stands_in_the_way_of_a_repair_is_told_with_what_to_do(
    pair_of_folders: BackedUp, name: str
) -> None:
    host = pair_of_folders
    backup = host.put(SEALING.full())
    place = Path(host.settings.repositories["first"].path)
    there = place / layout.backup_folder(SERVER, backup.backup_id) / name
    there.unlink()
    there.mkdir()
    (there / "a file").touch()
    (lost,) = verify(host, EVERYTHING).lost
    assert "there is a folder where a file should be" in lost.problem
    assert "move it out of the repository" in lost.problem
    (there / "a file").unlink()
    there.rmdir()
    assert verify(host, EVERYTHING).is_well


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


def test_whose_the_backups_are_is_written_again_where_it_is_gone(host: BackedUp) -> None:
    host.put(SEALING.full())
    path = layout.server_file(SERVER)
    for repository in host.repositories.values():
        repository.delete([path])
    told = Telling()
    assert verify(host, EVERYTHING, reporter=told).sentence().startswith("2 of 2 copies are good")
    assert told.notes == [f"{each}: whose it is was written anew" for each in host.repositories]
    for repository in host.repositories.values():
        assert identity.system_of(repository, SERVER) == SYSTEM


def test_no_other_cluster_takes_the_name_where_it_is_gone(host: BackedUp, tmp_path: Path) -> None:
    """Another host, with the same key and an empty store, whose server of this name is another."""
    backup = host.put(SEALING.full())
    for repository in host.repositories.values():
        repository.delete([layout.server_file(SERVER)])
    with (
        backed_up(tmp_path, host.settings.repositories, SEALING, host="other") as other,
        ExitStack() as stack,
    ):
        looking = Looking(other.store.catalog, SEALING.ring, SERVER, SilentReporter())
        found, problems = usable(tuple(host.repositories), other.settings, looking, stack)
        assert not problems
        for repository in found:
            with pytest.raises(ForeignRepositoryError, match="another server"):
                identity.claim(repository, SERVER, "1")
            identity.claim(repository, SERVER, SYSTEM)
    assert verify(host, EVERYTHING).is_well
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}


def test_where_it_is_gone_and_there_are_backups_of_two_clusters_nobody_decides(
    host: BackedUp,
) -> None:
    host.put(SEALING.full(), "first")
    host.repositories["first"].delete([layout.server_file(SERVER)])
    foreign = Sealing(SEALING.key, system="1").full(1)
    foreign.write_to(host.repositories["first"])
    host.know(foreign, "first")
    outcome = verify(host, EVERYTHING, "first")
    ((name, why),) = outcome.unreachable
    assert name == "first"
    assert "several servers" in why
    assert identity.system_of(host.repositories["first"], SERVER) is None
