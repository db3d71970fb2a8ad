"""When a frame sees what changed of a server's backups, and whose jobs it tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.model.backup import BackupKind, CopyState
from core.model.job import JobKind, JobOrder, JobState, Progress
from core.schedule.overview import HISTORY_LISTED, Overviews
from core.schedule.overview_past import overview_at
from core.store.store import Store
from tests.contract.catalogued import AT, FULL, copy, entry
from tests.contract.overviews import HOUR, NOW, ORDER, SETTINGS, read


def started(store: Store, job_id: str = "j1") -> None:
    store.jobs.submit(job_id, ORDER)
    store.jobs.begin(job_id)


def test_where_nothing_changed_the_overview_is_the_same_object(store: Store) -> None:
    overviews = Overviews(SETTINGS, "shop")
    first = overviews.read(store, NOW, 0.0)
    assert overviews.read(store, NOW, 1.0) is first
    assert overviews.read(store, NOW, 100.0) is first


def test_progress_is_seen_at_once_and_the_rest_when_a_job_ends(store: Store, other: Store) -> None:
    overviews = Overviews(SETTINGS, "shop")
    overviews.read(store, NOW, 0.0)
    started(other)
    assert [job.job_id for job in overviews.read(store, NOW, 0.1).jobs] == ["j1"]
    other.jobs.report("j1", Progress("dumping", 5, 10), ())
    assert overviews.read(store, NOW, 0.2).jobs[0].progress.done == 5

    other.catalog.add(entry(copies=(copy("local"),)))
    assert overviews.read(store, NOW, 0.3).weakest is None
    other.jobs.finish("j1", JobState.DONE, "")
    over = overviews.read(store, NOW, 0.4)
    assert over.jobs == ()
    assert over.weakest is not None
    assert over.storage


def test_what_somebody_did_elsewhere_is_seen_after_some_seconds(store: Store, other: Store) -> None:
    overviews = Overviews(SETTINGS, "shop")
    overviews.read(store, NOW, 0.0)
    other.catalog.add(entry(copies=(copy("local"),)))
    assert overviews.read(store, NOW, 9.0).weakest is None
    assert overviews.read(store, NOW, 10.0).weakest is not None


def test_what_was_done_here_is_seen_at_once(store: Store) -> None:
    overviews = Overviews(SETTINGS, "shop")
    overviews.read(store, NOW, 0.0)
    store.catalog.add(entry(copies=(copy("local"),)))
    overviews.forget()
    assert overviews.read(store, NOW, 1.0).weakest is not None


def test_a_job_about_every_server_is_told_with_each_of_them(store: Store) -> None:
    store.jobs.submit("j1", JobOrder(JobKind.VERIFY, "", "anna@bastion", {"everything": "yes"}))
    assert [job.job_id for job in read(store).jobs] == ["j1"]
    job = store.jobs.get("j1")
    assert job is not None
    then = overview_at(store, SETTINGS, "shop", job.created_at)
    assert [each.job_id for each in then.jobs] == ["j1"]


def test_a_copy_that_was_found_damaged_is_counted_at_the_next_look(
    store: Store, other: Store
) -> None:
    store.catalog.add(entry(copies=(copy("local"),)))
    overviews = Overviews(SETTINGS, "shop")
    overviews.read(store, NOW, 0.0)
    other.catalog.record_copy(copy("local", state=CopyState.DAMAGED, at=NOW))
    assert overviews.read(store, NOW, 10.0).bad_copies.count == 1


def old_backup(store: Store) -> str:
    """One that is no longer listed, for there are so many newer ones."""
    for number in range(HISTORY_LISTED + 1):
        name = f"{FULL[:-8]}{number:08d}"
        at = AT - number * HOUR
        store.catalog.add(
            entry(name, snapshot_at=at, finished_at=at, copies=(copy("local", name),))
        )
    return name


def test_after_a_job_that_nobody_saw_running_everything_is_counted_anew(
    store: Store, other: Store
) -> None:
    old = old_backup(store)
    overviews = Overviews(SETTINGS, "shop")
    before = overviews.read(store, NOW, 0.0).storage
    other.jobs.submit("j1", JobOrder(JobKind.PRUNE, "shop", "anna@bastion", {}))
    other.jobs.begin("j1")
    other.catalog.remove(old)
    other.jobs.finish("j1", JobState.DONE, "1 destroyed")
    assert overviews.read(store, NOW, 10.0).storage != before


def test_a_copy_of_an_old_backup_that_no_job_found_damaged_is_counted_at_the_next_look(
    store: Store, other: Store
) -> None:
    old = old_backup(store)
    overviews = Overviews(SETTINGS, "shop")
    assert overviews.read(store, NOW, 0.0).bad_copies.count == 0
    other.catalog.record_copy(copy("local", old, state=CopyState.MISSING, at=None))
    (bad,) = overviews.read(store, NOW, 10.0).bad_copies.newest
    assert bad.backup_id == old
    other.catalog.record_copy(copy("local", old, at=NOW))
    assert overviews.read(store, NOW, 20.0).bad_copies.count == 0


def test_jobs_of_other_servers_are_not_told(store: Store) -> None:
    store.jobs.submit("j9", replace(ORDER, server_id="blog"))
    assert read(store).jobs == ()


def test_an_attempt_is_told_with_the_job_that_did_it(store: Store) -> None:
    store.jobs.submit("j1", ORDER)
    store.jobs.begin("j1")
    job = store.jobs.get("j1")
    assert job is not None
    assert job.started_at is not None
    at = job.started_at + timedelta(milliseconds=1)
    store.backup_jobs.begin("shop", "orders", BackupKind.FULL, at)
    store.backup_jobs.begin("shop", "orders", BackupKind.FULL, at - HOUR)
    rows = read(store, now=at + HOUR).history.rows
    assert [row.run.detached_job_id for row in rows if row.run] == ["j1", ""]
