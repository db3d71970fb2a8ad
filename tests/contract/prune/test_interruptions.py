"""Whatever interrupts a prune, or comes between its plan and its deeds, nothing else goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.backup.changing import right_to_change
from core.backup.keys.key import KeyEncryptionKey
from core.backup.progress import SilentReporter
from core.backup.protect import protect
from core.backup.repository.protocol import Deletion, Repository
from core.backup.verify.run import Wanted
from core.errors import BackupError, CancelledError, RepositoryError
from tests.contract.otherwise import Otherwise
from tests.contract.prune.pruning import (
    SEALING,
    SETTINGS,
    Due,
    due,
    folder,
    ids,
    look,
    plan,
    prune,
    pruning,
)
from tests.contract.repositories import Place
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import SERVER, Sealing


class Stopping(Otherwise):
    """It fails for good after so many deletions or writes."""

    def __init__(self, repository: Repository, steps: int) -> None:
        super().__init__(repository)
        self._left = steps

    def _step(self) -> None:
        if self._left <= 0:
            raise RepositoryError("the cable is out")
        self._left -= 1

    def write(self, path: str, data: bytes) -> None:
        self._step()
        self.within.write(path, data)

    def delete(self, paths: list[str]) -> Deletion:
        gone: tuple[str, ...] = ()
        for path in paths:
            self._step()
            gone = (*gone, *self.within.delete([path]).removed)
        return Deletion(gone)

    def hide(self, paths: list[str]) -> Deletion:
        return self.delete(paths)


def test_a_prune_that_is_interrupted_at_any_step_is_finished_by_the_next(
    place: Place, tmp_path: Path
) -> None:
    steps, young = 0, SEALING.full(11)
    with place.opened() as repository:
        young.write_to(repository)
    while True:
        work = tmp_path / str(steps)
        work.mkdir()
        with backed_up(work, {"only": place.settings}, SEALING, **SETTINGS) as host:
            host.later(days=12)
            full = host.put(SEALING.full(0))
            step = host.put(SEALING.incremental(full, 0.5, {"toc.dat": b"P"}, ["3001.dat.zst"]))
            host.know(young)
            prune(host)
            host.later(days=1.5)
            at_work = pruning(host)
            planned = at_work.plan()
            at_work.repository = Stopping(host.repositories["only"], steps).repository
            try:
                at_work.do(planned)
                is_done = True
            except RepositoryError:
                is_done = False
            prune(host)
            assert folder(host, full) == set()
            assert folder(host, step) == set()
            assert {entry.backup_id for entry in host.store.catalog.entries()} == {young.backup_id}
            young_paths = {
                each.removeprefix(f"{SERVER}/{young.backup_id}/") for each in young.objects
            }
            assert folder(host, young) == young_paths
        if is_done:
            break
        steps += 1
    assert steps > 10


class Impatient(SilentReporter):
    """Cancels at once."""

    def check_cancelled(self) -> None:
        raise CancelledError("enough")


def test_a_person_can_cancel_it_and_nothing_is_half_done(host: BackedUp) -> None:
    it = due(host)
    it.at_work.reporter = Impatient()
    with pytest.raises(CancelledError):
        it.do()
    assert "wraps.json" in folder(host, it.old)


def test_two_hosts_with_stores_of_their_own_prune_one_repository(
    host: BackedUp, other: BackedUp
) -> None:
    old, young = SEALING.full(0), SEALING.full(11)
    for each in (host, other):
        each.put(old)
        each.put(young)
    assert prune(host).expired == ids(old)
    assert prune(other).expired == ()
    host.later(days=1.5)
    other.later(days=1.5)
    first, second = pruning(host), pruning(other)
    plans = first.plan(), second.plan()
    assert first.do(plans[0]).destroyed == ids(old)
    assert second.do(plans[1]).destroyed in {(), ids(old)}
    assert prune(other).destroyed == ()
    for each in (host, other):
        assert {e.backup_id for e in each.store.catalog.entries()} == {young.backup_id}


def test_what_another_host_wrote_is_left_alone_until_it_was_read_here(
    host: BackedUp, other: BackedUp
) -> None:
    old, young = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    assert plan(other).plan.expire == ()
    prune(host)
    other.later(days=2)
    assert plan(other).is_empty
    look(other, Wanted(everything=True))
    assert {e.backup_id for e in other.store.catalog.entries()} == set(ids(old, young))


def test_only_one_process_of_a_store_changes_a_repository(host: BackedUp) -> None:
    host.put(SEALING.full(0))
    host.put(SEALING.full(11))
    lease = host.store.leases.acquire(right_to_change("only"), "somebody", 60)
    assert lease is not None
    with pytest.raises(BackupError, match="being changed"):
        prune(host)
    host.store.leases.release(lease)
    assert len(prune(host).expired) == 1


def test_a_protection_beats_a_plan_that_was_made_before(host: BackedUp) -> None:
    it = due(host)
    protect(host.store, host.settings, it.old.backup_id, "audit", who="ana", now=host.now)
    is_left_alone(host, it, "protects it")
    assert "manifest.sealed" in folder(host, it.old)


def test_a_child_that_came_since_keeps_its_parent(host: BackedUp) -> None:
    it = due(host)
    child = SEALING.incremental(it.old, 13, {"toc.dat": b"PGDMP"}, ["3001.dat.zst"])
    child.write_to(host.repositories["only"])
    is_left_alone(host, it, child.backup_id)


def test_a_child_that_came_since_and_can_not_be_read_keeps_what_is_older(host: BackedUp) -> None:
    it = due(host)
    stranger = Sealing(KeyEncryptionKey.generate())
    child = stranger.incremental(stranger.full(1), 2, {"toc.dat": b"P"}, ["3001.dat.zst"])
    child.write_to(host.repositories["only"])
    is_left_alone(host, it, child.backup_id)


def is_left_alone(host: BackedUp, it: Due, why: str) -> None:
    """The prune destroys nothing, and says why."""
    outcome = it.do()
    assert outcome.destroyed == ()
    (note,) = outcome.notes
    assert why in note
    assert "wraps.json" in folder(host, it.old)
