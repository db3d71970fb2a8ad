"""Backups expire and are destroyed as planned; whatever interrupts it, nothing else goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.backup import identity, layout
from core.backup.changing import right_to_change
from core.backup.keeping import keep
from core.backup.keys.key import KeyEncryptionKey
from core.backup.markers import (
    Protection,
    clear_protection,
    read_expiry,
    read_protection,
    write_expiry,
    write_protection,
)
from core.backup.progress import SilentReporter
from core.backup.protect import protect, unprotect
from core.backup.prune.job import pruning_of, run_prune_job
from core.backup.prune.outcome import PruneOutcome
from core.backup.prune.plan import RepositoryPlan
from core.backup.prune.run import Pruning
from core.backup.repository.protocol import Deletion, Repository
from core.backup.verify.job import verify_backups
from core.backup.verify.run import Wanted
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.verify_settings import VerifySettings
from core.errors import BackupError, CancelledError, ForeignRepositoryError, RepositoryError
from core.model.backup import CopyState, VerificationLevel
from core.model.job import JobKind, JobOrder
from tests.contract.repositories import Place, small_folder
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import BEGIN, SERVER, SealedBackup, Sealing

SEALING = Sealing()
TEN_DAYS = KeepSettings(days=10, count=0, daily=0, weekly=0, monthly=0, yearly=0)
RETENTION = RetentionSettings(
    full=TEN_DAYS,
    incremental=TEN_DAYS,
    schema=KeepSettings(days=30),
    data=TEN_DAYS,
    grace_seconds=86_400,
)
SETTINGS: dict[str, Any] = {
    "retention": RETENTION,
    "verify": VerifySettings(level="sealed", share=1),
}


@pytest.fixture
def host(place: Place, tmp_path: Path) -> Iterator[BackedUp]:
    """A host with one repository, ten days after the begin."""
    with backed_up(tmp_path, {"only": place.settings}, SEALING, **SETTINGS) as host:
        host.later(days=12)
        yield host


@pytest.fixture
def other(place: Place, tmp_path: Path) -> Iterator[BackedUp]:
    """Another host with a store of its own, on the same repository."""
    with backed_up(tmp_path, {"only": place.settings}, SEALING, host="two", **SETTINGS) as host:
        host.later(days=12)
        yield host


def pruning(host: BackedUp, name: str = "only") -> Pruning:
    return pruning_of(
        host.store,
        host.settings,
        server=SERVER,
        repository=host.repositories[name],
        who="ana@bastion",
        reporter=SilentReporter(),
        now=host.now,
    )


def plan(host: BackedUp) -> RepositoryPlan:
    return pruning(host).plan()


def prune(host: BackedUp, name: str = "only") -> PruneOutcome:
    at_work = pruning(host, name)
    return at_work.do(at_work.plan())


def folder(host: BackedUp, backup: SealedBackup, name: str = "only") -> set[str]:
    prefix = layout.backup_folder(SERVER, backup.backup_id)
    return {each.path.removeprefix(prefix) for each in host.repositories[name].list(prefix)}


def ids(*backups: SealedBackup) -> tuple[str, ...]:
    return tuple(backup.backup_id for backup in backups)


def today() -> float:
    """Days after the begin by this machine's clock, which is that of the files."""
    return (datetime.now(UTC) - BEGIN) / timedelta(days=1)


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


def test_what_a_person_protects_stays_and_comes_back_from_its_time_of_grace(
    host: BackedUp,
) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    prune(host)
    protect(host.store, host.settings, old.backup_id, "audit 2026", who="ana", now=host.now)
    assert "expired.json" not in folder(host, old)
    host.later(days=3)
    found = plan(host)
    assert found.is_empty
    assert ("protected: audit 2026",) in {kept.reasons for kept in found.plan.kept}
    unprotect(host.store, host.settings, old.backup_id, who="ana")
    assert "protected.json" not in folder(host, old)
    assert prune(host).expired == ids(old)


def test_other_hosts_keep_what_is_protected(host: BackedUp, other: BackedUp) -> None:
    old, young = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    for backup in (old, young):
        other.put(backup)
    protect(host.store, host.settings, old.backup_id, "audit 2026", who="ana", now=host.now)
    assert plan(other).is_empty


def test_a_protection_beats_a_plan_that_was_made_before(host: BackedUp) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    prune(host)
    host.later(days=2)
    at_work = pruning(host)
    planned = at_work.plan()
    assert planned.plan.destroy
    protect(host.store, host.settings, old.backup_id, "audit", who="ana", now=host.now)
    outcome = at_work.do(planned)
    assert outcome.destroyed == ()
    assert "protects it" in outcome.notes[0]
    assert "manifest.sealed" in folder(host, old)


def test_a_child_that_came_since_keeps_its_parent(host: BackedUp) -> None:
    full, _ = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    prune(host)
    host.later(days=2)
    at_work = pruning(host)
    planned = at_work.plan()
    step = SEALING.incremental(full, 13, {"toc.dat": b"PGDMP"}, ["3001.dat.zst"])
    step.write_to(host.repositories["only"])
    outcome = at_work.do(planned)
    assert outcome.destroyed == ()
    assert step.backup_id in outcome.notes[0]
    assert "wraps.json" in folder(host, full)


def test_a_child_that_came_since_and_can_not_be_read_keeps_what_is_older(host: BackedUp) -> None:
    full, _ = host.put(SEALING.full(0)), host.put(SEALING.full(10))
    prune(host)
    host.later(days=2)
    at_work = pruning(host)
    planned = at_work.plan()
    stranger = Sealing(KeyEncryptionKey.generate())
    child = stranger.incremental(stranger.full(1), 2, {"toc.dat": b"P"}, ["3001.dat.zst"])
    child.write_to(host.repositories["only"])
    outcome = at_work.do(planned)
    assert outcome.destroyed == ()
    assert child.backup_id in outcome.notes[0]
    assert "wraps.json" in folder(host, full)


def test_children_go_before_their_parents(host: BackedUp) -> None:
    full = host.put(SEALING.full(0))
    step = host.put(SEALING.incremental(full, 0.5, {"toc.dat": b"P"}, ["3001.dat.zst"]))
    host.put(SEALING.full(11))
    assert set(prune(host).expired) == set(ids(full, step))
    host.later(days=1.5)
    assert prune(host).destroyed == ids(step, full)


def test_the_newest_good_copy_of_this_repository_stays(host: BackedUp) -> None:
    good = host.put(SEALING.full(0))
    bad = host.put(SEALING.full(1))
    copy = bad.copy("only", CopyState.DAMAGED, VerificationLevel.NONE)
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


class Stopping:
    """A repository that fails for good after so many deletions or writes."""

    def __init__(self, repository: Repository, steps: int) -> None:
        self._repository = repository
        self._left = steps

    def __getattr__(self, name: str) -> object:
        return getattr(self._repository, name)

    def _step(self) -> None:
        if self._left <= 0:
            raise RepositoryError("the cable is out")
        self._left -= 1

    def write(self, path: str, data: bytes) -> None:
        self._step()
        self._repository.write(path, data)

    def delete(self, paths: list[str]) -> Deletion:
        gone: tuple[str, ...] = ()
        for path in paths:
            self._step()
            gone = (*gone, *self._repository.delete([path]).removed)
        return Deletion(gone)


def test_a_prune_that_is_interrupted_at_any_step_is_finished_by_the_next(
    place: Place, tmp_path: Path
) -> None:
    steps = 0
    while True:
        work = tmp_path / str(steps)
        work.mkdir()
        with backed_up(work, {"only": place.settings}, SEALING, **SETTINGS) as host:
            host.later(days=12)
            full = host.put(SEALING.full(0))
            step = host.put(SEALING.incremental(full, 0.5, {"toc.dat": b"P"}, ["3001.dat.zst"]))
            young = host.put(SEALING.full(11))
            prune(host)
            host.later(days=1.5)
            at_work = pruning(host)
            planned = at_work.plan()
            at_work.repository = Stopping(host.repositories["only"], steps)  # type: ignore[assignment]
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
            host.repositories["only"].delete(list(young.objects))
        if is_done:
            break
        steps += 1
    assert steps > 10


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
    verify_backups(
        other.store,
        other.settings,
        SERVER,
        Wanted(everything=True),
        who="bo",
        reporter=SilentReporter(),
        now=other.now,
    )
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


def test_what_a_dead_run_left_is_cleared_once_it_is_old(host: BackedUp) -> None:
    host.put(SEALING.full(today()))
    dead = SEALING.full(0)
    manifest = layout.manifest_file(SERVER, dead.backup_id)
    for path, content in dead.objects.items():
        if path != manifest:
            host.repositories["only"].write(path, content)
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    assert plan(host).rubbish == ()
    host.at += timedelta(days=1.1)
    assert [each.backup_id for each in plan(host).rubbish] == [dead.backup_id]
    assert prune(host).cleared == 1
    assert folder(host, dead) == set()


def test_a_run_that_goes_on_meanwhile_is_left_alone(host: BackedUp) -> None:
    host.put(SEALING.full(today()))
    slow = SEALING.full(0)
    first, second, *_ = slow.objects
    host.repositories["only"].write(first, slow.objects[first])
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    host.at += timedelta(days=1.1)
    at_work = pruning(host)
    planned = at_work.plan()
    assert planned.rubbish
    host.repositories["only"].write(second, slow.objects[second])
    assert at_work.do(planned).cleared == 0
    assert len(folder(host, slow)) == 2


def test_a_folder_whose_manifest_is_lost_is_no_rubbish(host: BackedUp) -> None:
    lost = host.put(SEALING.full(11))
    host.put(SEALING.full(today()))
    host.repositories["only"].delete([layout.manifest_file(SERVER, lost.backup_id)])
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    host.at += timedelta(days=2)
    assert plan(host).rubbish == ()


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


class Locked:
    """A repository in which an object lock holds whatever has this in its path."""

    def __init__(self, repository: Repository, held: str, *, hides: bool = False) -> None:
        self._repository = repository
        self._held = held
        self._hides = hides

    def __getattr__(self, name: str) -> object:
        return getattr(self._repository, name)

    def delete(self, paths: list[str]) -> Deletion:
        from core.backup.repository.protocol import KeptObject

        held = [path for path in paths if self._held in path]
        done = self._repository.delete([path for path in paths if path not in held])
        if self._hides:
            self._repository.delete(held)
            return replace(done, hidden=tuple(held))
        return replace(done, kept=tuple(KeptObject(path, "it is locked") for path in held))


def test_a_backup_whose_keys_are_locked_stays_whole_and_is_said_to(host: BackedUp) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    prune(host)
    host.later(days=2)
    at_work = pruning(host)
    planned = at_work.plan()
    at_work.repository = Locked(host.repositories["only"], "wraps.json")  # type: ignore[assignment]
    outcome = at_work.do(planned)
    assert outcome.destroyed == ()
    assert [(b, "locked" in why) for b, why in outcome.kept] == [(old.backup_id, True)]
    assert {"wraps.json", "manifest.sealed", "expired.json"} <= folder(host, old)
    copy = host.copies(old)["only"]
    assert copy.state is CopyState.COMPLETE
    assert "locked" in copy.problem
    assert "locked" in outcome.sentence()
    assert prune(host).destroyed == ids(old)


def test_older_versions_in_a_versioned_bucket_are_told_of(host: BackedUp) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    prune(host)
    host.later(days=2)
    at_work = pruning(host)
    planned = at_work.plan()
    at_work.repository = Locked(  # type: ignore[assignment]
        host.repositories["only"], "", hides=True
    )
    outcome = at_work.do(planned)
    assert outcome.hidden == ids(old)
    assert "older versions" in outcome.sentence()


class Impatient(SilentReporter):
    """Cancels at once."""

    def check_cancelled(self) -> None:
        raise CancelledError("enough")


def test_a_person_can_cancel_it_and_nothing_is_half_done(host: BackedUp) -> None:
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    prune(host)
    host.later(days=2)
    at_work = pruning(host)
    planned = at_work.plan()
    at_work.reporter = Impatient()
    with pytest.raises(CancelledError):
        at_work.do(planned)
    assert "wraps.json" in folder(host, old)


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


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[BackedUp]:
    """A host with two repositories."""
    places = {name: small_folder(tmp_path / name).settings for name in ("near", "far")}
    with backed_up(tmp_path, places, SEALING, **SETTINGS) as host:
        host.later(days=12)
        yield host


class Destroying:
    """A repository in which another host destroys a backup right after it is protected."""

    def __init__(self, repository: Repository, after: str) -> None:
        self._repository = repository
        self._after = after

    def __getattr__(self, name: str) -> object:
        return getattr(self._repository, name)

    def write(self, path: str, content: bytes) -> None:
        self._repository.write(path, content)
        self._destroy("write", path)

    def delete(self, paths: list[str]) -> Deletion:
        done = self._repository.delete(paths)
        self._destroy("delete", paths[0])
        return done

    def _destroy(self, step: str, path: str) -> None:
        if step == self._after:
            folder = path.rpartition("/")[0]
            gone = [f"{folder}/wraps.json", f"{folder}/manifest.sealed"]
            self._repository.delete(gone)


def test_a_backup_that_is_gone_can_not_be_protected_and_nothing_stays_of_it(
    pair: BackedUp,
) -> None:
    gone, _ = pair.put(SEALING.full(0)), pair.put(SEALING.full(10))
    for repository in pair.repositories.values():
        repository.delete(list(gone.objects))
    with pytest.raises(BackupError, match="Nothing was changed") as refused:
        protect(pair.store, pair.settings, gone.backup_id, "hold", who="ana", now=pair.now)
    assert "manifest.sealed is not there" in refused.value.why
    assert (folder(pair, gone, "near"), folder(pair, gone, "far")) == (set(), set())
    entry = pair.store.catalog.get(gone.backup_id)
    assert entry is not None
    assert not entry.kept_because


@pytest.mark.parametrize("lost", ["manifest.sealed", "wraps.json"])
def test_a_copy_that_is_gone_is_named_and_the_other_is_protected(pair: BackedUp, lost: str) -> None:
    backup = pair.put(SEALING.full(0))
    pair.repositories["far"].delete([layout.backup_folder(SERVER, backup.backup_id) + lost])
    outcome = protect(pair.store, pair.settings, backup.backup_id, "hold", who="ana", now=pair.now)
    assert outcome.done == ("near",)
    assert [name for name, _ in outcome.problems] == ["far"]
    assert "protected.json" not in folder(pair, backup, "far")


@pytest.mark.parametrize("step", ["write", "delete"])
def test_a_backup_that_is_destroyed_while_it_is_protected_is_not_said_to_be_kept(
    host: BackedUp, step: str
) -> None:
    old = host.put(SEALING.full(0))
    write_expiry(host.repositories["only"], SERVER, old.backup_id, host.now())
    racing: Any = Destroying(host.repositories["only"], step)
    with pytest.raises(BackupError, match="is not in only any more"):
        keep(racing, SERVER, old.backup_id, Protection("hold", "ana", host.now()), host.now())
    assert "protected.json" not in folder(host, old)


def test_a_protection_of_nothing_is_a_leftover(host: BackedUp) -> None:
    host.put(SEALING.full(today()))
    gone = SEALING.full(0)
    protection = Protection("hold", "ana", host.now())
    write_protection(host.repositories["only"], SERVER, gone.backup_id, protection)
    host.at = max(each.modified_at for each in host.repositories["only"].list())
    assert plan(host).rubbish == ()
    host.at += timedelta(days=1.1)
    assert prune(host).cleared == 1
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


def look(host: BackedUp) -> None:
    verify_backups(
        host.store,
        host.settings,
        SERVER,
        Wanted(),
        who="ana",
        reporter=SilentReporter(),
        now=host.now,
    )


def test_a_protection_that_one_repository_missed_is_written_there_later(pair: BackedUp) -> None:
    old, _ = pair.put(SEALING.full(0)), pair.put(SEALING.full(10))
    near, far = (pair.repositories[name] for name in ("near", "far"))
    protection = Protection("audit", "ana", pair.now())
    keep(near, SERVER, old.backup_id, protection, pair.now())
    write_expiry(far, SERVER, old.backup_id, pair.now())
    look(pair)
    assert read_protection(far, SERVER, old.backup_id) == protection
    assert read_expiry(far, SERVER, old.backup_id) is None
    entry = pair.store.catalog.get(old.backup_id)
    assert entry is not None
    assert (entry.kept_because, entry.expired_at) == ("audit", None)
    pair.later(days=5)
    assert prune(pair, "far").expired == ()


def test_a_protection_that_another_host_released_does_not_come_back(pair: BackedUp) -> None:
    old = pair.put(SEALING.full(0))
    protect(pair.store, pair.settings, old.backup_id, "audit", who="ana", now=pair.now)
    for repository in pair.repositories.values():
        clear_protection(repository, SERVER, old.backup_id)
    look(pair)
    assert "protected.json" not in folder(pair, old, "near") | folder(pair, old, "far")
