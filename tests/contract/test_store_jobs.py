"""What is known of a job, by whoever looks, and what becomes of it when its process dies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.model.job import Job, JobKind, JobOrder, JobState, Progress
from core.store.job_rows import Abandoned, PhaseRecord
from core.store.local import Here, host
from core.store.moments import MICROSECOND
from core.store.store import Store
from tests.servers.processes import dead_pid

ORDER = JobOrder(
    JobKind.BACKUP, "shop", "anna@bastion", {"kind": "full", "why": 'it\'s "time"'}, "nightly"
)
HALF = Progress("dump", 500, 1000, 123.5, 4.25)
PATIENCE = 30.0


def submitted(store: Store, order: JobOrder = ORDER, job_id: str = "j1") -> str:
    store.jobs.submit(job_id, order)
    return job_id


def get(store: Store, job_id: str = "j1") -> Job:
    found = store.jobs.get(job_id)
    assert found is not None
    return found


def abandoned(store: Store) -> list[Abandoned]:
    return list(store.jobs.abandoned(lost_after_seconds=PATIENCE))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written from now on comes from a process of another host."""
    far = Here("far pid:[1]", 1, 1.0)
    monkeypatch.setattr("core.store.job_rows.here", lambda: far)
    monkeypatch.setattr("core.store.jobs.here", lambda: far)


def test_a_job_is_seen_as_it_was_ordered_and_as_far_as_it_has_come(
    store: Store, other: Store
) -> None:
    submitted(store)
    queued = get(other)
    assert (queued.order, queued.state, queued.started_at) == (ORDER, JobState.QUEUED, None)

    assert store.jobs.begin("j1")
    assert not store.jobs.report("j1", HALF, [PhaseRecord("plan", 1.5, 0)])
    running = get(other)
    assert (running.state, running.progress) == (JobState.RUNNING, HALF)
    assert running.started_at is not None

    store.jobs.finish("j1", JobState.DONE, "took 12 GB")
    done = get(other)
    assert (done.state, done.result) == (JobState.DONE, "took 12 GB")
    assert done.finished_at is not None
    assert done.progress.seconds_left is None


def test_a_job_begins_once(store: Store, other: Store) -> None:
    submitted(store)
    assert store.jobs.begin("j1")
    assert not other.jobs.begin("j1")
    assert get(store).state is JobState.RUNNING


def test_a_console_that_follows_sees_that_there_is_progress(store: Store, other: Store) -> None:
    submitted(store)
    store.jobs.begin("j1")
    other.changed()
    store.jobs.report("j1", HALF, [])
    assert other.changed()


def test_who_cancels_is_heard_at_the_next_report(store: Store, other: Store) -> None:
    submitted(store)
    store.jobs.begin("j1")
    assert other.jobs.ask_cancel("j1")
    assert store.jobs.report("j1", HALF, [])
    assert get(store).cancel_asked


def test_a_job_that_is_cancelled_before_it_begins_never_does(store: Store, other: Store) -> None:
    submitted(store)
    other.jobs.ask_cancel("j1")
    assert not store.jobs.begin("j1")
    ended = get(store)
    assert (ended.state, ended.result) == (JobState.CANCELLED, "cancelled before it began")


def test_what_is_over_can_no_longer_be_cancelled(store: Store) -> None:
    submitted(store)
    store.jobs.begin("j1")
    store.jobs.finish("j1", JobState.FAILED, "no space", "free some")
    assert not store.jobs.ask_cancel("j1")
    assert not store.jobs.ask_cancel("unknown")
    assert get(store).remedy == "free some"


def test_notes_stay_in_the_order_in_which_they_were_made(store: Store, other: Store) -> None:
    submitted(store)
    for text in ("first", "second", "third"):
        store.jobs.note("j1", text)
    assert [each.text for each in other.jobs.notes("j1")] == ["first", "second", "third"]
    assert other.jobs.notes("unknown") == ()


def test_the_newest_jobs_of_some_servers_come_first(store: Store) -> None:
    for number, server_id in enumerate(["shop", "blog", "shop", "shop"]):
        submitted(store, JobOrder(JobKind.VERIFY, server_id, "anna"), f"j{number}")
    assert [each.job_id for each in store.jobs.newest(2, ["shop"])] == ["j3", "j2"]
    assert [each.job_id for each in store.jobs.newest(10)] == ["j3", "j2", "j1", "j0"]


def test_what_is_under_way_leaves_out_what_is_over(store: Store) -> None:
    for number in range(3):
        submitted(store, job_id=f"j{number}")
    store.jobs.begin("j1")
    store.jobs.begin("j2")
    store.jobs.finish("j2", JobState.DONE, "")
    assert [each.job_id for each in store.jobs.under_way()] == ["j0", "j1"]


def test_earlier_runs_are_those_that_did_the_same_to_the_end(store: Store) -> None:
    phases = [PhaseRecord("dump", 12.5, 10**12), PhaseRecord("verify", 3.0, 7)]

    def ran(job_id: str, order: JobOrder, state: JobState) -> None:
        submitted(store, order, job_id)
        store.jobs.begin(job_id)
        store.jobs.report(job_id, HALF, phases)
        store.jobs.finish(job_id, state, "")

    by_hand = JobOrder(JobKind.BACKUP, "shop", "otto", dict(reversed(ORDER.arguments.items())))
    ran("same", by_hand, JobState.DONE)
    ran("failed", ORDER, JobState.FAILED)
    ran("elsewhere", JobOrder(JobKind.BACKUP, "blog", "anna", ORDER.arguments), JobState.DONE)
    ran("another", JobOrder(JobKind.BACKUP, "shop", "anna", {"kind": "schema"}), JobState.DONE)
    assert store.jobs.earlier(ORDER, 5) == (tuple(phases),)


def test_a_living_job_is_not_abandoned(store: Store, other: Store) -> None:
    submitted(store)
    store.jobs.begin("j1")
    assert abandoned(other) == []


def test_a_job_whose_process_is_dead_is_interrupted_once(store: Store, other: Store) -> None:
    submitted(store)
    store.jobs.hand_over("j1", dead_pid())

    [found] = abandoned(other)
    assert (found.job.job_id, found.is_here, found.had_begun) == ("j1", True, False)
    assert other.jobs.interrupt(found, "its process died")
    assert not store.jobs.interrupt(found, "its process died")
    assert get(store).state is JobState.INTERRUPTED
    assert abandoned(store) == []


def test_a_job_that_was_given_up_before_it_began_does_not_begin(store: Store, other: Store) -> None:
    submitted(store)
    store.jobs.hand_over("j1", dead_pid())
    [found] = abandoned(other)
    other.jobs.interrupt(found, "its process died")
    assert not store.jobs.begin("j1")
    assert get(store).state is JobState.INTERRUPTED


def test_a_job_that_begins_while_it_is_given_up_goes_on(store: Store, other: Store) -> None:
    submitted(store)
    store.jobs.hand_over("j1", dead_pid())
    [found] = abandoned(other)
    assert store.jobs.begin("j1")
    assert not other.jobs.interrupt(found, "its process died")
    assert get(store).state is JobState.RUNNING


def test_a_handed_over_job_that_has_begun_stays_with_its_process(
    store: Store, other: Store
) -> None:
    submitted(store)
    store.jobs.begin("j1")
    other.jobs.hand_over("j1", dead_pid())
    assert abandoned(other) == []


def test_of_another_host_only_long_silence_means_death(
    store: Store,
    other: Store,
    elsewhere: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submitted(store)
    store.jobs.begin("j1")
    assert abandoned(other) == []

    later(other, monkeypatch, timedelta(seconds=PATIENCE + 1))
    [found] = abandoned(other)
    assert not found.is_here
    assert found.had_begun


def taken_for_dead(store: Store, other: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job begins, and another host gives it up, as it was silent for long."""
    submitted(store)
    store.jobs.begin("j1")
    with monkeypatch.context() as a_while:
        later(other, a_while, timedelta(seconds=PATIENCE + 1))
        [found] = abandoned(other)
        other.jobs.interrupt(found, "silent")


def test_a_job_that_was_only_silent_is_alive_again(
    store: Store, other: Store, elsewhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_for_dead(store, other, monkeypatch)
    store.jobs.report("j1", HALF, [])
    again = get(other)
    assert (again.state, again.result, again.finished_at) == (JobState.RUNNING, "", None)


def test_a_job_that_was_taken_for_dead_tells_what_came_of_it_as_soon_as_it_can(
    store: Store, other: Store, elsewhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_for_dead(store, other, monkeypatch)
    store.jobs.finish("j1", JobState.DONE, "verified in local")
    told = get(other)
    assert (told.state, told.result) == (JobState.DONE, "verified in local")


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_job_of_this_host_lives_however_the_clock_is_set(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    submitted(store)
    store.jobs.begin("j1")
    later(other, monkeypatch, timedelta(hours=hours))
    assert abandoned(other) == []
    assert get(other).host == host().split(" ")[0]


def test_only_a_cancelled_and_silent_job_of_this_host_is_stuck(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck() -> list[str]:
        return [each.job_id for each in other.jobs.stuck(lost_after_seconds=PATIENCE)]

    submitted(store)
    store.jobs.begin("j1")
    store.jobs.ask_cancel("j1")
    assert stuck() == []
    later(other, monkeypatch, timedelta(seconds=PATIENCE + 1))
    assert stuck() == ["j1"]
    submitted(store, job_id="j2")
    store.jobs.begin("j2")
    assert stuck() == ["j1"]
    submitted(store, job_id="j3")
    store.jobs.hand_over("j3", dead_pid())
    store.jobs.ask_cancel("j3")
    assert stuck() == ["j1"]


def later(store: Store, monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Set the clock of a store on."""
    now: Callable[..., int] = store._database.now
    monkeypatch.setattr(
        store._database, "now", lambda connection: now(connection) + by // MICROSECOND
    )
