"""What dead runs left is cleared; what others still need or write is not."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest

from core.backup import layout
from core.backup.keys.key import KeyEncryptionKey
from core.backup.markers import Protection, write_expiry, write_protection
from core.backup.prune.run import Pruning
from core.backup.prune.unattended import unattended
from core.backup.repository.open import open_repository
from core.backup.staging import folder_of_state, staged, staging_root
from core.config.backup_settings import BackupSettings
from core.errors import BackupError
from core.model.backup import BackupKind
from core.store.attempt import AttemptResult, AttemptStatus
from tests.contract.prune.pruning import SEALING, folder, plan, prune, pruning, today
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER, SealedBackup, Sealing


def left_by_a_dead_run(host: BackedUp, names: int = 100) -> SealedBackup:
    """What a run wrote that was killed before its manifest; it is two days old by our clock."""
    host.put(SEALING.full(today()))
    dead = SEALING.full(0)
    manifest = layout.manifest_file(SERVER, dead.backup_id)
    for path, content in [*dead.objects.items()][:names]:
        if path != manifest:
            host.repositories["only"].write(path, content)
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    host.later(days=2)
    return dead


def old_at_once(host: BackedUp) -> Pruning:
    """A prune to which everything is old that was not written in this very moment."""
    at_work = pruning(host)
    settings = replace(host.repositories["only"].settings, stale_seconds=0.001)
    at_work.repository = open_repository("only", settings)
    time.sleep(1.1)  # a bucket's clock has whole seconds
    return at_work


def test_what_a_dead_run_left_is_cleared_once_it_is_old(host: BackedUp) -> None:
    dead = left_by_a_dead_run(host)
    host.later(days=-1.5)
    assert plan(host).rubbish == ()
    host.later(days=1.5)
    assert [each.backup_id for each in plan(host).rubbish] == [dead.backup_id]
    at_work = old_at_once(host)
    assert at_work.do(at_work.plan()).cleared == 1
    assert folder(host, dead) == set()


def test_what_is_old_by_our_clock_alone_is_left_alone(host: BackedUp) -> None:
    young = left_by_a_dead_run(host)
    before = folder(host, young)
    outcome = prune(host)
    assert outcome.cleared == 0
    assert "by the repository's clock" in outcome.notes[0]
    assert folder(host, young) == before


def test_a_run_that_goes_on_meanwhile_is_left_alone(host: BackedUp) -> None:
    slow = left_by_a_dead_run(host, names=1)
    at_work = old_at_once(host)
    planned = at_work.plan()
    assert planned.rubbish
    running = layout.running_file(SERVER, slow.backup_id)
    host.repositories["only"].write(running, b"{}")
    assert at_work.do(planned).cleared == 0
    assert len(folder(host, slow)) == 2


def test_what_is_being_taken_by_who_shares_the_store_is_left_alone(host: BackedUp) -> None:
    dead = left_by_a_dead_run(host)
    jobs, leases = host.store.backup_jobs, host.store.leases
    attempt = jobs.begin(SERVER, "orders", BackupKind.FULL, dead.manifest.started_at)
    held = leases.acquire(f"backup:{SERVER}/orders", "bo@elsewhere", 60)
    assert held is not None
    at_work = old_at_once(host)
    planned = at_work.plan()
    assert planned.rubbish == ()
    assert planned.notes == (f"{dead.backup_id} is left alone: it is being taken",)
    leases.release(held)
    jobs.finish(attempt, host.now(), AttemptResult(AttemptStatus.FAILED))
    planned = at_work.plan()
    assert [each.backup_id for each in planned.rubbish] == [dead.backup_id]
    with staged(staging_root(BackupSettings(), folder_of_state(host.store)), "run-1") as staging:
        staging.note(SERVER, dead.backup_id, ["only"])
        assert at_work.plan().rubbish == ()
        assert at_work.do(planned).cleared == 0
    assert at_work.do(planned).cleared == 1


def test_a_folder_whose_manifest_is_lost_is_no_rubbish(host: BackedUp) -> None:
    lost = host.put(SEALING.full(11))
    host.put(SEALING.full(today()))
    host.repositories["only"].delete([layout.manifest_file(SERVER, lost.backup_id)])
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    host.at += timedelta(days=2)
    assert plan(host).rubbish == ()


class Keyless(NamedTuple):
    """What a host without the key finds: a folder without its manifest, and what may need it."""

    parent: SealedBackup
    child: SealedBackup


def without_the_key(host: BackedUp, *, child_after: float = 1) -> Keyless:
    """An incremental that can't be read here; its parent has lost its manifest, two days ago."""
    host.put(SEALING.full(today()))
    stranger = Sealing(KeyEncryptionKey.generate())
    parent = stranger.full(1)
    step = stranger.incremental(parent, 1 + child_after, {"toc.dat": b"P"}, ["3001.dat.zst"])
    parent.write_to(host.repositories["only"])
    host.repositories["only"].delete([layout.manifest_file(SERVER, parent.backup_id)])
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    host.later(days=2)
    return Keyless(parent, step)


@pytest.mark.parametrize("child_after", [1, -1 / 24], ids=["later", "by a clock that is behind"])
def test_what_an_unreadable_incremental_may_need_is_no_rubbish(
    host: BackedUp, child_after: float
) -> None:
    parent, child = without_the_key(host, child_after=child_after)
    child.write_to(host.repositories["only"])
    before = folder(host, parent)
    at_work = old_at_once(host)
    planned = at_work.plan()
    assert planned.rubbish == ()
    (note,) = planned.notes
    assert child.backup_id in note
    assert at_work.do(planned).cleared == 0
    assert folder(host, parent) == before
    host.repositories["only"].delete(list(child.objects))
    assert at_work.do(old_at_once(host).plan()).cleared == 1


def test_nor_where_the_incremental_has_lost_its_keys(host: BackedUp) -> None:
    parent, child = without_the_key(host)
    child.write_to(host.repositories["only"])
    host.repositories["only"].delete([layout.wraps_file(SERVER, child.backup_id)])
    assert plan(host).rubbish == ()
    assert folder(host, parent)


def test_nor_where_it_came_after_the_prune_was_planned(host: BackedUp) -> None:
    parent, child = without_the_key(host)
    at_work = old_at_once(host)
    planned = at_work.plan()
    assert planned.rubbish
    before = folder(host, parent)
    child.write_to(host.repositories["only"])
    outcome = at_work.do(planned)
    assert outcome.cleared == 0
    assert child.backup_id in outcome.notes[-1]
    assert folder(host, parent) == before


def test_nor_where_its_parent_had_expired_and_lost_its_manifest_then(host: BackedUp) -> None:
    parent, child = without_the_key(host)
    child.write_to(host.repositories["only"])
    write_expiry(host.repositories["only"], SERVER, parent.backup_id, host.now())
    planned = plan(host)
    assert (planned.unfinished, planned.rubbish) == ((), ())
    assert child.backup_id in planned.notes[0]


def test_a_protection_of_nothing_is_a_leftover(host: BackedUp) -> None:
    host.put(SEALING.full(today()))
    gone = SEALING.full(0)
    protection = Protection("hold", "ana", host.now())
    write_protection(host.repositories["only"], SERVER, gone.backup_id, protection)
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    assert plan(host).rubbish == ()
    host.at += timedelta(days=1.1)
    at_work = old_at_once(host)
    assert at_work.do(at_work.plan()).cleared == 1
    assert folder(host, gone) == set()


@pytest.mark.parametrize("left", ["manifest.sealed", "wraps.json", "artifacts/toc.dat.sealed"])
def test_what_is_left_of_a_protected_backup_is_no_leftover(host: BackedUp, left: str) -> None:
    host.put(SEALING.full(today()))
    cut = SEALING.full(0)
    path = layout.backup_folder(SERVER, cut.backup_id) + left
    host.repositories["only"].write(path, cut.objects[path])
    protection = Protection("hold", "ana", host.now())
    write_protection(host.repositories["only"], SERVER, cut.backup_id, protection)
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    host.at += timedelta(days=2)
    assert plan(host).rubbish == ()


@pytest.mark.parametrize("place", ["folder"], indirect=True)
def test_a_prune_that_waits_for_a_person_clears_what_dead_runs_left(host: BackedUp) -> None:
    old = [host.put(SEALING.full(today() - days)) for days in range(100, 20, -10)]
    dead = left_by_a_dead_run(host)
    at_work = old_at_once(host)
    planned = unattended(at_work.plan(), host.settings.retention, host.now())
    assert "8 of 9 backups would go at once" in planned.plan.held_back
    with pytest.raises(BackupError, match="what dead runs left was cleared") as held:
        at_work.do(planned)
    assert "8 of 9 backups would go at once" in held.value.why
    assert folder(host, dead) == set()
    assert not any("expired.json" in folder(host, each) for each in old)
