"""Old backups are verified again, each copy by itself, and repaired from one another."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.api.backups import open_backups
from core.backup import identity, layout
from core.backup.catalog import bring_in_line
from core.backup.keys.key import KeyEncryptionKey
from core.backup.markers import write_expiry
from core.backup.missing import note_missing
from core.backup.progress import SilentReporter
from core.backup.verify.job import run_verify_job, verify_backups
from core.backup.verify.outcome import VerifyOutcome
from core.backup.verify.run import Wanted
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.verify_settings import VerifySettings
from core.errors import BackupError, CancelledError
from core.model.backup import BackupCopy, CopyState, VerificationLevel
from core.model.job import JobKind, JobOrder
from tests.contract.repositories import Place, small_folder
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import SERVER, SYSTEM, SealedBackup, Sealing

SEALING = Sealing()
DATA = "3001.dat.zst"
COMPLETE, DAMAGED, MISSING = CopyState.COMPLETE, CopyState.DAMAGED, CopyState.MISSING


@pytest.fixture
def host(place: Place, tmp_path: Path) -> Iterator[BackedUp]:
    """A host that keeps two copies: one in each kind of repository, one in a folder."""
    places = {"first": place.settings, "second": small_folder(tmp_path / "second").settings}
    verify = VerifySettings(level="sealed", share=1)
    with backed_up(tmp_path, places, SEALING, verify=verify) as host:
        host.later(days=60)
        yield host


def verify(host: BackedUp, wanted: Wanted = Wanted(), *copies: str) -> VerifyOutcome:
    return verify_backups(
        host.store,
        host.settings,
        SERVER,
        wanted,
        repositories=copies,
        who="ana@bastion",
        reporter=SilentReporter(),
        now=host.now,
    )


def path_of(backup: SealedBackup, name: str = DATA) -> str:
    return layout.artifact_file(SERVER, backup.backup_id, name)


def damage(host: BackedUp, repository: str, backup: SealedBackup) -> None:
    content = bytearray(host.repositories[repository].read(path_of(backup)))
    content[-1] ^= 1
    host.repositories[repository].write(path_of(backup), bytes(content))


def test_good_copies_are_noted_with_their_level_and_time(host: BackedUp) -> None:
    backup = host.put(SEALING.full(), level=VerificationLevel.NONE)
    outcome = verify(host)
    assert outcome.is_well
    assert {each.repository for each in outcome.copies} == {"first", "second"}
    assert outcome.read_bytes == 2 * backup.manifest.sealed_bytes
    for copy in host.copies(backup).values():
        assert (copy.state, copy.level) == (COMPLETE, VerificationLevel.SEALED)
        assert copy.verified_at == host.now()


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
    outcome = verify(host, Wanted(everything=True), "second")
    assert [each.repository for each in outcome.repaired] == ["second"]
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}
    assert outcome.sentence().startswith("1 of 1 copies are good")
    assert outcome.sentence().endswith("; 1 of them repaired")


def test_where_the_good_copy_can_not_be_had_that_is_said(host: BackedUp, tmp_path: Path) -> None:
    backup = host.put(SEALING.full())
    damage(host, "first", backup)
    (tmp_path / "second").rename(tmp_path / "unmounted")
    for copies in (("first",), ()):
        (lost,) = verify(host, Wanted(everything=True), *copies).lost
        assert lost.repository == "first"
        assert "no copy that is good" not in lost.problem
        assert "second" in lost.problem
    (tmp_path / "unmounted").rename(tmp_path / "second")
    assert verify(host, Wanted(everything=True), "first").is_well


def test_what_was_repaired_counts_as_good_in_the_end(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    damage(host, "first", backup)
    told = verify(host, Wanted(everything=True)).sentence()
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


def test_an_expired_backup_is_neither_read_nor_repaired(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    for repository in host.repositories.values():
        write_expiry(repository, SERVER, backup.backup_id, host.now())
    host.repositories["first"].delete([path_of(backup)])
    assert verify(host) == VerifyOutcome()


def test_of_a_backup_whose_key_is_not_here_nothing_is_said(host: BackedUp) -> None:
    host.put(SEALING.full())
    stranger = Sealing(key=KeyEncryptionKey.generate())
    foreign = stranger.full(1)
    host.put(foreign)
    outcome = verify(host)
    assert {each.backup_id for each in outcome.unknown} == {foreign.backup_id}
    assert not outcome.is_well
    assert host.states(foreign) == {"first": COMPLETE, "second": COMPLETE}


def test_a_repository_that_is_not_there_does_not_keep_the_others_from_it(
    host: BackedUp, tmp_path: Path
) -> None:
    backup = host.put(SEALING.full())
    (tmp_path / "second").rename(tmp_path / "unmounted")
    outcome = verify(host)
    assert [name for name, _ in outcome.unreachable] == ["second"]
    assert [each.repository for each in outcome.copies] == ["first"]
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}


@pytest.mark.parametrize("name", [DATA, "manifest"])
def test_what_the_disk_can_not_read_is_damage_and_the_other_backups_are_read(
    host: BackedUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    backup, other = host.put(SEALING.full()), host.put(SEALING.full())
    path = path_of(backup) if name == DATA else layout.manifest_file(SERVER, backup.backup_id)
    bad_sector = (tmp_path / "second" / path).stat().st_ino
    read = os.read

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
    is_mended = name == DATA
    assert [each.repository for each in outcome.repaired] == ["second"] * is_mended
    in_second = COMPLETE if is_mended else DAMAGED
    assert host.states(backup) == {"first": COMPLETE, "second": in_second}


def test_a_backup_that_the_catalog_did_not_know_is_found_and_read(host: BackedUp) -> None:
    backup = SEALING.full()
    backup.write_to(*host.repositories.values())
    assert len(verify(host).copies) == 2
    assert host.copies(backup)["first"].level is VerificationLevel.SEALED


def test_one_backup_can_be_asked_for(host: BackedUp) -> None:
    backup, _ = host.put(SEALING.full()), host.put(SEALING.full(1))
    outcome = verify(host, Wanted(frozenset({backup.backup_id})))
    assert {each.backup_id for each in outcome.copies} == {backup.backup_id}


def test_a_chain_is_read_once(host: BackedUp) -> None:
    full = host.put(SEALING.full())
    step = host.put(SEALING.incremental(full, 1, {"toc.dat": b"PGDMP"}, [DATA]))
    outcome = verify(host, Wanted(everything=True))
    size = full.manifest.sealed_bytes + step.manifest.sealed_bytes
    assert outcome.read_bytes == 2 * size


def test_whose_the_repository_is_is_written_anew_where_it_is_known(host: BackedUp) -> None:
    host.put(SEALING.full())
    host.repositories["first"].write(layout.REPOSITORY_FILE, b"{}")
    assert verify(host).is_well


def test_what_is_unsound_is_not_made_good_by_a_lesser_look(host: BackedUp) -> None:
    """Its bytes are what was sealed; its table of contents is none."""
    backup = host.put(SEALING.full())

    def look(level: str) -> VerifyOutcome:
        return verify_backups(
            host.store,
            host.settings,
            SERVER,
            Wanted(everything=True),
            level=level,
            who="ana",
            reporter=SilentReporter(),
            now=host.now,
        )

    assert look("sealed").is_well
    for level in ("structure", "sealed"):
        outcome = look(level)
        assert not outcome.is_well
        assert not outcome.repaired
        assert host.states(backup) == {"first": DAMAGED, "second": DAMAGED}


class Impatient(SilentReporter):
    """Cancels once so many bytes were read."""

    def __init__(self, patience: int) -> None:
        self.left = patience

    def advance(self, done_bytes: int) -> None:
        self.left -= done_bytes

    def check_cancelled(self) -> None:
        if self.left < 0:
            raise CancelledError("enough")


def test_what_was_found_before_a_person_cancels_is_kept(host: BackedUp) -> None:
    backups = [host.put(SEALING.full(day)) for day in range(4)]
    with pytest.raises(CancelledError):
        verify_backups(
            host.store,
            host.settings,
            SERVER,
            Wanted(),
            who="ana",
            reporter=Impatient(2 * backups[0].manifest.sealed_bytes),
            now=host.now,
        )
    times = [host.copies(each)["first"].verified_at for each in backups]
    assert 0 < times.count(host.now()) < 4


def test_the_job_tells_in_a_sentence(host: BackedUp) -> None:
    host.put(SEALING.full())
    order = JobOrder(JobKind.VERIFY, "", "ana", {"everything": "yes", "level": "sealed"})
    told = run_verify_job(host.store, host.settings, order, SilentReporter())
    assert told.startswith("2 of 2 copies are good")


def test_the_job_names_the_servers_where_there_are_several(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    entry = host.store.catalog.get(backup.backup_id)
    assert entry is not None
    gone = replace(entry, backup_id="20260101T000000Z-full-00000000", server_id="wiki", copies=())
    host.store.catalog.add(gone, None)
    order = JobOrder(JobKind.VERIFY, "", "ana", {"everything": "yes", "level": "sealed"})
    told = run_verify_job(host.store, host.settings, order, SilentReporter())
    first, second = told.split("; ")
    assert first.startswith(f"{SERVER}: 2 of 2 copies are good")
    assert second == "wiki: no copy was due"


def test_a_copy_that_was_never_written_is_missing_and_repaired(host: BackedUp) -> None:
    backup = host.put(SEALING.full(), "first")
    assert host.states(backup) == {"first": COMPLETE}
    outcome = verify(host)
    assert [(each.backup_id, each.repository) for each in outcome.repaired] == [
        (backup.backup_id, "second")
    ]
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}


def test_a_new_machine_finds_what_one_repository_never_had(host: BackedUp) -> None:
    backup = SEALING.full()
    identity.claim(host.repositories["second"], SERVER, SYSTEM)
    backup.write_to(host.repositories["second"])
    outcome = verify(host, Wanted(everything=True))
    assert [each.repository for each in outcome.repaired] == ["first"]
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}


def test_an_import_on_a_new_machine_says_what_one_repository_never_had(
    host: BackedUp, tmp_path: Path
) -> None:
    backup = host.put(SEALING.full(snapshot_at=datetime.now(UTC)), "second")
    with open_backups(None, tmp_path / "new", settings=host.settings) as backups:
        assert [news.added for news in backups.bring_in()] == [(), (backup.backup_id,)]
        found = backups.find(backup.backup_id).copies
    assert {copy.repository: copy.state for copy in found} == {"first": MISSING, "second": COMPLETE}


def test_a_copy_that_nobody_could_write_yet_is_a_finding(host: BackedUp) -> None:
    backup = host.put(SEALING.full(), "first")
    found = missing(host, "first", "second")
    assert [(each.repository, each.state) for each in found] == [("second", MISSING)]
    listed = host.store.protection.bad_copies(SERVER, until=host.now())
    assert [each.backup_id for each in listed.newest] == [backup.backup_id]
    assert missing(host, "first", "second") == ()


def test_a_repository_that_was_not_looked_at_lacks_nothing(host: BackedUp) -> None:
    backup = host.put(SEALING.full(), "first")
    assert missing(host, "first") == ()
    assert host.states(backup) == {"first": COMPLETE}


def test_a_backup_is_missing_only_where_its_order_wanted_it(host: BackedUp) -> None:
    chosen = host.put(SEALING.full(copies=("first",)), "first")
    both = host.put(SEALING.full(1, copies=("first", "second")), "first")
    assert [each.backup_id for each in missing(host, "first", "second")] == [both.backup_id]
    assert host.states(chosen) == {"first": COMPLETE}


def test_what_its_order_wanted_is_read_in_the_repository_where_the_catalog_lacks_it(
    host: BackedUp,
) -> None:
    chosen = SEALING.full(copies=("first",))
    identity.claim(host.repositories["first"], SERVER, SYSTEM)
    chosen.write_to(host.repositories["first"])
    host.store.catalog.add(chosen.entry(chosen.copy("first")))
    assert missing(host, "first", "second") == ()


def test_what_the_policy_let_go_in_one_repository_does_not_come_back(host: BackedUp) -> None:
    host.settings = replace(
        host.settings,
        retention=RetentionSettings(
            full=KeepSettings(days=10, count=1, weekly=0, monthly=0, yearly=0)
        ),
    )
    let_go, young = host.put(SEALING.full(), "first"), host.put(SEALING.full(55), "first")
    assert [each.backup_id for each in missing(host, "first", "second")] == [young.backup_id]
    assert host.states(let_go) == {"first": COMPLETE}


def missing(host: BackedUp, *names: str) -> tuple[BackupCopy, ...]:
    """What is noted as missing once the catalog is in line with these repositories."""
    repositories = [host.repositories[name] for name in names]
    catalog, keys = host.store.catalog, SEALING.ring
    for repository in repositories:
        bring_in_line(repository, catalog, keys, server=SERVER, reporter=SilentReporter())
    return note_missing(repositories, catalog, keys, host.settings, SERVER, now=host.now())
