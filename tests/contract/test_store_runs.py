"""One row for a schedule's moment, whoever fires it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.errors import LeaseLostError
from core.model.job import JobKind, JobOrder, JobState
from core.model.process import Lease
from core.model.schedule import PlannedRun, RunState
from core.store.backup_schedules import BackupSchedules, ScheduleRow
from core.store.seed_tables import backup_schedules
from core.store.store import Store
from tests.servers.processes import dead_pid

AT = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ORDER = JobOrder(JobKind.BACKUP, "shop", "schedule nightly", {"kind": "full"}, "nightly")


def hold(store: Store) -> Lease:
    lease = store.leases.acquire("scheduler:shop", "watcher", 60)
    assert lease is not None
    return lease


def started(job_id: str = "j1", at: datetime = AT, why: str = "") -> PlannedRun:
    state = RunState.LATE if why else RunState.STARTED
    return PlannedRun("nightly", "shop", at, state, at, job_id, why)


def only_run(store: Store) -> PlannedRun:
    [run] = store.runs.of_schedule("shop", "nightly", AT + DAY, 10)
    return run


def test_a_moment_is_taken_once(store: Store, other: Store) -> None:
    lease = hold(store)
    assert store.runs.start(lease, started("first"), ORDER)
    assert not other.runs.start(lease, started("second"), ORDER)
    assert only_run(other).job_id == "first"
    assert [each.job_id for each in other.jobs.newest(10)] == ["first"]


def test_of_many_who_take_a_moment_at_once_one_gets_it(store: Store, other: Store) -> None:
    lease = hold(store)
    won: list[str] = []
    start = threading.Barrier(6)

    def rival(number: int) -> None:
        start.wait()
        if (store, other)[number % 2].runs.start(lease, started(f"j{number}"), ORDER):
            won.append(f"j{number}")

    rivals = [threading.Thread(target=rival, args=(number,)) for number in range(6)]
    for thread in rivals:
        thread.start()
    for thread in rivals:
        thread.join()
    assert [only_run(store).job_id] == won == [each.job_id for each in store.jobs.newest(10)]


def test_who_has_lost_the_lease_starts_nothing(store: Store, other: Store) -> None:
    lost = hold(store)
    store.leases.release(lost)
    hold(other)
    with pytest.raises(LeaseLostError):
        store.runs.start(lost, started(), ORDER)
    with pytest.raises(LeaseLostError):
        store.runs.settle(lost, started())
    assert store.jobs.newest(10) == ()
    assert store.runs.newest(["shop"], 10) == ()


def test_a_run_ends_as_its_job_does_and_goes_on_saying_that_it_was_late(store: Store) -> None:
    store.runs.start(hold(store), started(why="3 h late"), ORDER)
    assert only_run(store).state is RunState.LATE
    store.jobs.begin("j1")
    store.jobs.finish("j1", JobState.DONE, "took 3 GB")
    run = only_run(store)
    assert (run.state, run.why) == (RunState.DONE, "3 h late")


def test_a_run_whose_job_failed_says_why(store: Store) -> None:
    store.runs.start(hold(store), started(why="3 h late"), ORDER)
    store.jobs.begin("j1")
    store.jobs.finish("j1", JobState.FAILED, "no space")
    run = only_run(store)
    assert (run.state, run.why) == (RunState.FAILED, "3 h late; failed: no space")


def test_a_run_whose_job_never_began_is_free_to_be_started_again(
    store: Store, other: Store
) -> None:
    lease = hold(store)
    store.runs.start(lease, started("dead"), ORDER)
    store.jobs.hand_over("dead", dead_pid())
    [found] = other.jobs.abandoned(lost_after_seconds=30)
    other.jobs.interrupt(found, "its process died")
    assert only_run(store).state is RunState.PLANNED

    assert other.runs.start(lease, started("again"), ORDER)
    run = only_run(store)
    assert (run.state, run.job_id) == (RunState.STARTED, "again")


def test_a_moment_for_which_nothing_is_started_says_why(store: Store) -> None:
    lease = hold(store)
    skipped = PlannedRun("nightly", "shop", AT, RunState.SKIPPED, why="it is a standby")
    assert store.runs.settle(lease, skipped)
    assert not store.runs.settle(lease, skipped)
    assert not store.runs.start(lease, started(), ORDER)
    assert only_run(store) == skipped


def test_the_newest_moments_of_all_schedules_come_first(store: Store) -> None:
    lease = hold(store)
    for days in range(3):
        store.runs.settle(lease, PlannedRun("weekly", "shop", AT + days * DAY, RunState.MISSED))
    store.runs.settle(lease, PlannedRun("nightly", "shop", AT + DAY, RunState.MISSED))
    listed = [(run.schedule, run.planned_at) for run in store.runs.newest(["shop"], 3)]
    assert listed == [("weekly", AT + 2 * DAY), ("nightly", AT + DAY), ("weekly", AT + DAY)]
    assert store.runs.newest(["blog"], 3) == ()


def test_a_schedule_counts_from_when_it_was_seen_first(store: Store, other: Store) -> None:
    assert store.runs.known("shop", "nightly") is None
    assert store.runs.know("shop", "nightly", "0 2 * * *", AT).since == AT
    assert other.runs.know("shop", "nightly", "0 2 * * *", AT + DAY).since == AT
    assert other.runs.known("shop", "nightly") == other.runs.know(
        "shop", "nightly", "0 2 * * *", AT + DAY
    )


def test_a_schedule_with_a_new_rule_begins_anew(store: Store) -> None:
    store.runs.know("shop", "nightly", "0 2 * * *", AT)
    assert store.runs.know("shop", "nightly", "0 3 * * *", AT + DAY).since == AT + DAY


def test_a_schedule_does_not_wait_for_a_future_that_the_clock_was_set_back_from(
    store: Store,
) -> None:
    store.runs.know("shop", "nightly", "0 2 * * *", AT + 365 * DAY)
    assert store.runs.know("shop", "nightly", "0 2 * * *", AT).since == AT


def fired(store: Store, lease: Lease, *moments: datetime) -> None:
    store.runs.know("shop", "nightly", "0 2 * * *", AT)
    for at in moments:
        store.runs.settle(lease, PlannedRun("nightly", "shop", at, RunState.MISSED))


def forgotten(store: Store, lease: Lease, now: datetime) -> int:
    return store.runs.forget_what_is_to_come(lease, "shop", "nightly", now)


def test_what_a_clock_that_ran_ahead_has_fired_is_forgotten_after_a_day(
    store: Store, other: Store
) -> None:
    lease = hold(store)
    fired(store, lease, AT, AT + 40 * DAY, AT + 41 * DAY)
    assert forgotten(store, lease, AT) == 0
    assert forgotten(other, lease, AT + 0.9 * DAY) == 0
    assert forgotten(other, lease, AT + DAY) == 2
    assert [run.planned_at for run in store.runs.newest(["shop"], 9)] == [AT]
    assert forgotten(store, lease, AT + 2 * DAY) == 0


def test_nothing_is_forgotten_where_the_clock_went_back_for_less_than_a_day(store: Store) -> None:
    lease = hold(store)
    fired(store, lease, AT)
    for now in (AT - 3 * DAY, AT - 2.1 * DAY, AT, AT - 2 * DAY, AT - 1.1 * DAY):
        assert forgotten(store, lease, now) == 0
    assert len(store.runs.newest(["shop"], 9)) == 1


def test_two_watchers_whose_clocks_differ_a_little_forget_nothing(store: Store) -> None:
    lease = hold(store)
    fired(store, lease, AT, AT + DAY)
    for minutes in (50, 10):
        assert forgotten(store, lease, AT + DAY - timedelta(minutes=minutes)) == 0
    assert forgotten(store, lease, AT + DAY) == 0


def test_a_paused_schedule_says_by_whom_until_it_is_resumed(store: Store, other: Store) -> None:
    store.runs.know("shop", "nightly", "0 2 * * *", AT)
    assert store.runs.pause("shop", "nightly", "anna@bastion", AT + DAY)
    assert not other.runs.pause("shop", "nightly", "otto", AT + DAY)
    known = other.runs.know("shop", "nightly", "0 2 * * *", AT + 2 * DAY)
    assert (known.paused_at, known.paused_by) == (AT + DAY, "anna@bastion")

    assert other.runs.resume("shop", "nightly", AT + 3 * DAY)
    assert not other.runs.resume("shop", "nightly", AT + 3 * DAY)
    known = store.runs.know("shop", "nightly", "0 2 * * *", AT + 3 * DAY)
    assert (known.since, known.paused_at) == (AT + 3 * DAY, None)


def test_a_schedule_can_be_paused_before_it_ever_fired(store: Store) -> None:
    assert store.runs.pause("shop", "nightly", "anna", AT)
    assert store.runs.know("shop", "nightly", "0 2 * * *", AT).paused_by == "anna"


ROW = ScheduleRow("nightly", "full", "0 2 * * *", True, None, AT)


def active(store: Store, server_id: str) -> list[tuple[str, datetime]]:
    """The schedules that people's own queries find active, and when each fires."""
    with store._database.reading() as connection:
        rows = connection.execute(
            select(backup_schedules).where(
                backup_schedules.c.server_id == server_id, backup_schedules.c.is_active
            )
        ).all()
    return [(row.name, row.next_run_at) for row in rows]


def test_peoples_own_queries_are_told_the_next_run(store: Store) -> None:
    BackupSchedules(store._database).keep_in_step("shop", [ROW])
    assert active(store, "shop") == [("nightly", AT)]


def test_rows_that_are_in_step_are_not_written_again(store: Store, other: Store) -> None:
    store.backup_schedules.keep_in_step("shop", [ROW])
    other.changed()
    store.backup_schedules.keep_in_step("shop", [ROW])
    assert not other.changed()


def test_a_schedule_that_left_the_config_is_planned_no_more(store: Store) -> None:
    store.backup_schedules.keep_in_step("shop", [ROW])
    store.backup_schedules.keep_in_step("blog", [ROW])
    store.backup_schedules.keep_in_step("shop", [])
    assert active(store, "shop") == []
    assert active(store, "blog") == [("nightly", AT)]
