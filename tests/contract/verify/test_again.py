"""Old backups are verified again, each copy by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.backup.keys.key import KeyEncryptionKey
from core.backup.markers import write_expiry
from core.backup.progress import SilentReporter
from core.backup.repository.problems import RepositoryUnreachableError
from core.backup.repository.protocol import ObjectReader
from core.backup.verify.job import run_verify_job
from core.backup.verify.outcome import VerifyOutcome
from core.backup.verify.run import Wanted
from core.backup.verify.structure import verify_structure
from core.errors import CancelledError
from core.model.backup import VerificationLevel
from core.model.job import JobKind, JobOrder
from tests.contract.otherwise import Otherwise
from tests.contract.verify.verifying import (
    COMPLETE,
    DAMAGED,
    DATA,
    EVERYTHING,
    SEALING,
    path_of,
    verify,
)
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER, Sealing


def test_good_copies_are_noted_with_their_level_and_time(host: BackedUp) -> None:
    backup = host.put(SEALING.full(), level=VerificationLevel.NONE)
    outcome = verify(host)
    assert outcome.is_well
    assert {each.repository for each in outcome.copies} == {"first", "second"}
    assert outcome.read_bytes == 2 * backup.manifest.sealed_bytes
    for copy in host.copies(backup).values():
        assert (copy.state, copy.level) == (COMPLETE, VerificationLevel.SEALED)
        assert copy.verified_at == host.now()


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
    outcome = verify(host, EVERYTHING)
    size = full.manifest.sealed_bytes + step.manifest.sealed_bytes
    assert outcome.read_bytes == 2 * size


def test_what_is_unsound_is_not_made_good_by_a_lesser_look(host: BackedUp) -> None:
    """Its bytes are what was sealed; its table of contents is none."""
    backup = host.put(SEALING.full())

    assert verify(host, EVERYTHING, level="sealed").is_well
    for level in ("structure", "sealed"):
        outcome = verify(host, EVERYTHING, level=level)
        assert not outcome.is_well
        assert not outcome.repaired
        assert host.states(backup) == {"first": DAMAGED, "second": DAMAGED}


class Unplugged(Otherwise):
    """The cable is out when a table of contents is to be read."""

    def reader(self, path: str, start: int = 0) -> ObjectReader:
        if "toc.dat" in path:
            raise RepositoryUnreachableError("the cable is out")
        return self.within.reader(path, start)


def test_a_backup_is_not_unsound_because_its_repository_fails(host: BackedUp) -> None:
    backup = host.put(SEALING.full())
    with pytest.raises(RepositoryUnreachableError):
        verify_structure(
            Unplugged(host.repositories["first"]).repository,
            backup.manifest,
            SEALING.ring,
            SilentReporter(),
            programs=None,
            timeout_seconds=1,
        )


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
        verify(host, reporter=Impatient(2 * backups[0].manifest.sealed_bytes))
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
