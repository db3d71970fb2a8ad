"""Each attempt at a backup leaves a row and its figures for people's own monitoring."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from core.model.backup import BackupKind
from core.model.backup_history import BackupRun
from core.model.job import JobKind, JobOrder, JobState
from core.store.attempt import AttemptResult, AttemptStatus
from core.store.store import Store
from tests.contract.catalogued import copy, entry
from tests.contract.examples import NOW

LATER = NOW + timedelta(minutes=5)
GOOD = AttemptResult(
    AttemptStatus.COMPLETED, BackupKind.INCREMENTAL, "shop/x", 1000, "ff", verified=True
)


def attempt(store: Store, result: AttemptResult) -> None:
    begun = store.backup_jobs.begin("shop", "orders", BackupKind.FULL, NOW)
    store.backup_jobs.finish(begun, LATER, result)


def runs(store: Store) -> list[BackupRun]:
    """The attempts of the shop, newest first."""
    page = store.attempts.history("shop", 10, until=LATER)
    return [row.run for row in page.rows if row.run is not None]


def test_a_backup_under_way_is_listed_as_running(store: Store, other: Store) -> None:
    store.backup_jobs.begin("shop", "orders", BackupKind.FULL, NOW, {"who": "anna@bastion"})
    (run,) = runs(other)
    assert (run.kind, run.status, run.started_at) == ("full", "running", NOW)
    assert run.completed_at is None


def test_a_good_backup_is_listed_with_the_kind_that_it_became(store: Store) -> None:
    attempt(store, GOOD)
    (good,) = runs(store)
    assert (good.kind, good.size_bytes, good.verification) == ("incremental", 1000, "verified")
    assert good.completed_at == LATER


def test_a_failed_backup_says_why(store: Store) -> None:
    attempt(store, AttemptResult(AttemptStatus.FAILED, problem="the disk is full"))
    assert [(run.status, run.error) for run in runs(store)] == [("failed", "the disk is full")]


def test_a_job_s_attempts_are_found_by_its_id(store: Store, other: Store) -> None:
    for job_id, database in (("job-1", "orders"), ("job-2", "blog"), ("job-1", "billing")):
        begun = store.backup_jobs.begin("shop", database, BackupKind.FULL, NOW, {"job_id": job_id})
        result = AttemptResult(AttemptStatus.COMPLETED, details={"backup_id": f"of {database}"})
        store.backup_jobs.finish(begun, LATER, result)
    found = other.backup_jobs.of_job("shop", "job-1", NOW)
    assert {(each.database, each.backup_id) for each in found} == {
        ("orders", "of orders"),
        ("billing", "of billing"),
    }
    assert other.backup_jobs.of_job("shop", "job-1", LATER) == ()


def test_attempts_whose_process_died_are_marked(store: Store) -> None:
    store.backup_jobs.begin("shop", "orders", BackupKind.FULL, NOW)
    store.backup_jobs.begin("shop", "invoices", BackupKind.FULL, NOW)
    assert store.backup_jobs.interrupted("shop", "orders", LATER) == 1
    assert store.backup_jobs.interrupted("shop", "orders", LATER) == 0
    states = sorted(run.status for run in runs(store))
    assert states == ["interrupted", "running"]


@pytest.mark.parametrize("is_marked", [True, False])
def test_an_attempt_whose_backup_is_found_whole_is_completed_though_it_could_not_say_so(
    store: Store, other: Store, *, is_marked: bool
) -> None:
    whole = entry(snapshot_at=NOW, finished_at=LATER, copies=(copy(),))
    begun = [store.backup_jobs.begin("shop", "orders", BackupKind.FULL, NOW) for _ in range(2)]
    store.backup_jobs.begun(begun[0], whole.backup_id, "shop/the-whole-one")
    store.backup_jobs.begun(begun[1], "another", "shop/another")
    if is_marked:
        store.backup_jobs.interrupted("shop", "orders", LATER)
    other.catalog.add(whole)
    found = {run.job_id: run for run in runs(store)}
    first, second = (found[str(each)] for each in begun)
    assert (first.status, first.backup_id, first.error) == ("completed", whole.backup_id, "")
    assert (first.completed_at, first.size_bytes) == (LATER, whole.sealed_bytes)
    assert second.status == ("interrupted" if is_marked else "running")
    assert second.backup_id == ""


def test_an_attempt_that_failed_stays_failed_whatever_is_found(store: Store) -> None:
    begun = store.backup_jobs.begin("shop", "orders", BackupKind.FULL, NOW)
    store.backup_jobs.begun(begun, entry().backup_id, "shop/x")
    failed = AttemptResult(AttemptStatus.FAILED, problem="the disk is full")
    store.backup_jobs.finish(begun, LATER, failed)
    store.catalog.add(entry(snapshot_at=NOW, finished_at=LATER, copies=(copy(),)))
    assert [run.status for run in runs(store)] == ["failed"]


def test_the_attempt_of_a_job_that_was_cancelled_and_killed_is_cancelled(store: Store) -> None:
    store.jobs.submit("j1", JobOrder(JobKind.BACKUP, "shop", "anna"))
    store.jobs.finish("j1", JobState.CANCELLED, "it did not stop by itself")
    store.backup_jobs.begin("shop", "orders", BackupKind.FULL, NOW, {"job_id": "j1"})
    assert store.backup_jobs.interrupted("shop", "orders", LATER) == 1
    (run,) = runs(store)
    assert (run.status, run.error) == ("cancelled", "it did not stop by itself")


def test_an_attempt_that_a_person_cancelled_counts_for_no_rate(store: Store) -> None:
    for number, status in enumerate(
        [AttemptStatus.CANCELLED, AttemptStatus.COMPLETED, AttemptStatus.CANCELLED]
    ):
        begun = store.backup_jobs.begin("shop", "orders", BackupKind.FULL, NOW)
        store.backup_jobs.finish(begun, NOW + timedelta(minutes=number), AttemptResult(status))
    rates = store.backup_jobs.figures("shop", "backup_success_rate", NOW)
    assert rates == ((NOW + timedelta(minutes=1), 100.0), (NOW + timedelta(minutes=2), 100.0))
    (told,) = store.attempts.success("shop", [30], until=LATER)
    assert told.share == 1.0


def test_the_attempt_that_left_a_backup_is_found_however_many_came_after_it(store: Store) -> None:
    made = entry(snapshot_at=NOW, finished_at=LATER)
    assert store.attempts.of_backup(made) is None
    first = store.backup_jobs.begin("shop", "orders", BackupKind.FULL, NOW, {"job_id": "j1"})
    left = AttemptResult(AttemptStatus.COMPLETED, details={"backup_id": made.backup_id})
    store.backup_jobs.finish(first, LATER, left)
    for number in range(30):
        at = LATER + timedelta(minutes=number)
        store.backup_jobs.begin("shop", "orders", BackupKind.FULL, at, {"job_id": "j2"})
    found = store.attempts.of_backup(made)
    assert found is not None
    assert found.detached_job_id == "j1"


def test_figures_of_the_backup_and_of_its_server_are_recorded(store: Store, other: Store) -> None:
    store.catalog.add(entry(sealed_bytes=400, copies=(copy("local"), copy("offsite"))))
    attempt(store, AttemptResult(AttemptStatus.FAILED, problem="no"))
    figures = (("backup_duration", 12.5, "seconds"),)
    attempt(store, AttemptResult(AttemptStatus.COMPLETED, verified=True, figures=figures))

    def values(name: str) -> list[float]:
        return [value for _, value in other.backup_jobs.figures("shop", name, NOW)]

    assert values("backup_duration") == [12.5]
    assert sorted(values("backup_success_rate")) == [0.0, 50.0]
    assert values("backup_storage_bytes") == [800.0, 800.0]
    assert other.backup_jobs.figures("shop", "backup_duration", LATER + timedelta(days=1)) == ()


def test_an_attempt_that_people_have_deleted_is_not_missed(store: Store) -> None:
    store.backup_jobs.finish(uuid4(), LATER, GOOD)
    assert runs(store) == []
