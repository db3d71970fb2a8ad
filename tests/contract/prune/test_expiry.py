"""Backups expire, wait for their time of grace, and are destroyed, children first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.backup import identity, layout
from core.backup.keys.key import KeyEncryptionKey
from core.backup.markers import read_expiry, write_expiry
from core.backup.progress import SilentReporter
from core.backup.prune.job import run_prune_job
from core.errors import BackupError, ForeignRepositoryError
from core.model.backup import CopyState, VerificationLevel
from core.model.job import CONFIRMED, JobKind, JobOrder
from tests.contract.prune.pruning import SEALING, SETTINGS, folder, ids, plan, prune, pruning, today
from tests.contract.repositories import Place, small_folder
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import SERVER, Sealing


def test_a_plan_changes_nothing(host: BackedUp) -> None:
    old, young = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    before = {each.path for each in host.repositories["only"].list()}
    found = plan(host)
    assert [entry.backup_id for entry in found.plan.expire] == [old.backup_id]
    assert [kept.entry.backup_id for kept in found.plan.kept] == [young.backup_id]
    assert {each.path for each in host.repositories["only"].list()} == before
    assert not found.is_empty


def test_a_backup_expires_waits_and_is_destroyed(host: BackedUp) -> None:
    old, young = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    assert prune(host).expired == ids(old)
    assert "expired.json" in folder(host, old)
    assert read_expiry(host.repositories["only"], SERVER, old.backup_id) == host.now()
    host.later(hours=23)
    assert prune(host).destroyed == ()
    assert "manifest.sealed" in folder(host, old)
    host.later(hours=2)
    outcome = prune(host)
    assert outcome.destroyed == ids(old)
    assert outcome.freed_bytes == old.manifest.sealed_bytes
    assert folder(host, old) == set()
    assert host.store.catalog.get(old.backup_id) is None
    assert "manifest.sealed" in folder(host, young)
    assert {entry.action for entry in host.store.audit.entries(9)} == {
        "expire backup",
        "destroy backup",
    }


def test_children_go_before_their_parents(host: BackedUp) -> None:
    full = host.put(SEALING.full(0))
    step = host.put(SEALING.incremental(full, 0.5, {"toc.dat": b"P"}, ["3001.dat.zst"]))
    host.put(SEALING.full(11))
    assert set(prune(host).expired) == set(ids(full, step))
    host.later(days=1.5)
    assert prune(host).destroyed == ids(step, full)


def test_the_newest_good_copy_of_this_repository_stays(host: BackedUp) -> None:
    good = host.put(SEALING.full(0))
    bad, newest = host.put(SEALING.full(1)), host.put(SEALING.full(1.5))
    for each in (bad, newest):
        copy = each.copy("only", CopyState.DAMAGED, VerificationLevel.NONE)
        host.store.catalog.record_copy(copy)
    assert prune(host).expired == ids(bad)
    host.later(days=2)
    assert prune(host).destroyed == ids(bad)
    assert "manifest.sealed" in folder(host, good)


def test_nothing_is_done_while_the_clock_can_not_be_right(host: BackedUp) -> None:
    host.put(SEALING.full(0))
    host.put(SEALING.full(11))
    abandoned = SEALING.full(2)
    host.repositories["only"].write(next(iter(abandoned.objects)), b"x")
    for days in (-5, 400):
        host.later(days=days)
        at_work = pruning(host)
        with pytest.raises(BackupError, match="Nothing is pruned") as caught:
            at_work.do(at_work.plan())
        assert "clock" in caught.value.why
    assert folder(host, abandoned)


def test_more_than_is_usual_expires_only_where_a_person_has_seen_it(host: BackedUp) -> None:
    old = [host.put(SEALING.full(today() - days)) for days in range(100, 20, -10)]
    host.put(SEALING.full(today() - 1))
    order = JobOrder(JobKind.PRUNE, SERVER, "schedule nightly", schedule="nightly")
    with pytest.raises(BackupError, match="8 of 9 backups would go at once"):
        run_prune_job(host.store, host.settings, order, SilentReporter())
    assert not any("expired.json" in folder(host, each) for each in old)
    seen = replace(order, arguments={CONFIRMED: "yes"})
    assert "8 expired" in run_prune_job(host.store, host.settings, seen, SilentReporter())


def test_the_backups_of_another_server_are_refused(host: BackedUp) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    repository = host.repositories["only"]
    repository.delete([layout.server_file(SERVER)])
    identity.claim(repository, SERVER, "1")
    with pytest.raises(ForeignRepositoryError):
        plan(host)
    order = JobOrder(JobKind.PRUNE, SERVER, "ana")
    with pytest.raises(BackupError, match="Not every repository"):
        run_prune_job(host.store, host.settings, order, SilentReporter())
    assert "expired.json" not in folder(host, old)


def test_backups_of_two_systems_under_one_name_are_refused(host: BackedUp) -> None:
    host.put(SEALING.full(0))
    foreign = Sealing(SEALING.key, system="1").full(11)
    foreign.write_to(host.repositories["only"])
    host.store.catalog.add(foreign.entry(foreign.copy("only")), foreign.manifest)
    with pytest.raises(BackupError, match=r"another server|several servers"):
        plan(host)


def test_what_an_unreadable_incremental_may_need_is_not_destroyed(host: BackedUp) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    prune(host)
    stranger = Sealing(KeyEncryptionKey.generate())
    unreadable = stranger.incremental(stranger.full(1), 2, {"toc.dat": b"P"}, ["3001.dat.zst"])
    unreadable.write_to(host.repositories["only"])
    host.later(days=2)
    outcome = prune(host)
    assert outcome.destroyed == ()
    assert unreadable.backup_id in outcome.notes[0]
    assert "wraps.json" in folder(host, old)


def test_a_mark_that_can_not_be_read_starts_the_time_of_grace_again(host: BackedUp) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    write_expiry(host.repositories["only"], SERVER, old.backup_id, host.now())
    host.repositories["only"].write(layout.expired_file(SERVER, old.backup_id), b"{}")
    host.later(days=3)
    outcome = prune(host)
    assert (outcome.expired, outcome.destroyed) == (ids(old), ())


def test_a_missing_backup_is_forgotten_when_it_would_have_expired(host: BackedUp) -> None:
    gone, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    host.repositories["only"].delete(list(gone.objects))
    assert plan(host).forgotten == ids(gone)
    prune(host)
    assert host.store.catalog.get(gone.backup_id) is None


def test_each_repository_is_pruned_by_itself(place: Place, tmp_path: Path) -> None:
    places = {"one": place.settings, "two": small_folder(tmp_path / "two").settings}
    with backed_up(tmp_path, places, SEALING, **SETTINGS) as host:
        host.later(days=12)
        old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
        assert prune(host, "one").expired == ids(old)
        host.later(days=1.5)
        assert prune(host, "two").expired == ids(old)
        assert prune(host, "one").destroyed == ids(old)
        assert prune(host, "two").destroyed == ()
        host.later(days=1.5)
        assert prune(host, "two").destroyed == ids(old)
        assert host.store.catalog.get(old.backup_id) is None


def test_an_incremental_that_lost_its_parent_does_not_stand_in_for_a_sound_backup(
    host: BackedUp,
) -> None:
    sound, parent = host.put(SEALING.full(0)), host.put(SEALING.full(0.5))
    child = host.put(SEALING.incremental(parent, 1, {"toc.dat": b"P"}, ["3001.dat.zst"]))
    host.repositories["only"].delete(list(parent.objects))
    outcome = prune(host)
    assert sound.backup_id not in outcome.expired
    kept = {each.entry.backup_id: each.reasons for each in plan(host).plan.kept}
    assert "the newest good one" in kept[sound.backup_id]
    (last,) = host.store.protection.last_good(SERVER, until=host.now())
    assert last.backup_id == sound.backup_id
    assert host.states(child) == {"only": CopyState.DAMAGED}
