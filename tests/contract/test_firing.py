"""Watchers that look at the same schedules: each moment is taken once, whoever dies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.schedule_settings import OnlyIfSettings, SchedulerSettings, ScheduleSettings
from core.config.settings import Settings
from core.errors import PgvigilError, StoreError
from core.model.job import JobKind, JobOrder, JobState
from core.model.schedule import PlannedRun, RunState
from core.schedule.firing import Firing
from core.schedule.order import Launch
from core.store.local import Here
from core.store.store import Store
from tests.contract.test_store_runs import active
from tests.servers.processes import dead_pid
from tests.servers.waiting import eventually

NIGHTLY = ScheduleSettings("nightly", "full", "0 2 * * *")
NIGHT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
EVENING, SECOND, DAY = NIGHT - timedelta(hours=6), timedelta(seconds=1), timedelta(days=1)


@dataclass
class Launcher:
    """Takes down which jobs would be started; their processes die where ``dies`` says so."""

    launched: list[Launch] = field(default_factory=list)
    dies: bool = False

    def __call__(self, store: Store, launch: Launch) -> int:
        self.launched.append(launch)
        if self.dies:
            store.jobs.hand_over(launch.job_id, dead_pid())
        return 0


@pytest.fixture
def launcher() -> Launcher:
    return Launcher()


@pytest.fixture
def watcher(tmp_path: Path, launcher: Launcher) -> Callable[..., Firing]:
    """Another watcher with these schedules (``nightly``, if none are given).

    Its leases last as long as a few of its looks.
    """

    def made(*schedules: ScheduleSettings, holder: str = "one", look_seconds: float = 20) -> Firing:
        settings = Settings(
            schedules=schedules or (NIGHTLY,),
            scheduler=SchedulerSettings(look_seconds=look_seconds),
        )
        return Firing(["shop"], settings, tmp_path / "state", holder, begin=launcher)

    return made


Watchers = Callable[..., Firing]


def runs(store: Store) -> list[tuple[datetime, RunState]]:
    return [(run.planned_at, run.state) for run in store.runs.newest(["shop"], 50)]


def only_run(store: Store) -> PlannedRun:
    [run] = store.runs.newest(["shop"], 50)
    return run


def test_at_its_moment_a_schedule_starts_its_job(
    store: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one = watcher(replace(NIGHTLY, keep="audit", copies=("local", "s3"), databases=("orders",)))
    one.look(store, EVENING)
    assert (launcher.launched, runs(store)) == ([], [])
    one.look(store, NIGHT + SECOND)
    [launch] = launcher.launched
    assert launch.order == JobOrder(
        JobKind.BACKUP,
        "shop",
        "schedule nightly",
        {"kind": "full", "keep": "audit", "copies": '["local", "s3"]', "databases": '["orders"]'},
        "nightly",
    )
    assert only_run(store).job_id == launch.job_id
    assert store.jobs.newest(1)[0].job_id == launch.job_id


def test_who_looks_often_starts_it_once(
    store: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one = watcher()
    one.look(store, EVENING)
    for seconds in range(1, 30):
        one.look(store, NIGHT + seconds * SECOND)
    assert len(launcher.launched) == 1


def test_of_two_watchers_at_one_moment_one_starts_it(
    store: Store, other: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one, two = watcher(), watcher(holder="two")
    one.look(store, EVENING)
    barrier = threading.Barrier(2)

    def look(firing: Firing, its_store: Store) -> None:
        barrier.wait()
        for seconds in range(1, 6):
            firing.look(its_store, NIGHT + seconds * SECOND)

    both = [
        threading.Thread(target=look, args=(one, store)),
        threading.Thread(target=look, args=(two, other)),
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(launcher.launched) == len(store.jobs.newest(10)) == 1


def test_one_that_comes_back_after_another_took_over_starts_nothing_twice(
    store: Store, other: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one, two = watcher(look_seconds=0.1), watcher(holder="two")
    one.look(store, EVENING)

    def has_taken_over() -> bool:
        two.look(other, NIGHT + SECOND)
        return launcher.launched != []

    eventually(has_taken_over)  # one stands still, and its lease ends
    one.look(store, NIGHT + 2 * SECOND)
    one.look(store, NIGHT + 3 * SECOND)
    assert len(launcher.launched) == 1


def test_one_that_ends_lets_another_fire_at_once(
    store: Store, other: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one, two = watcher(), watcher(holder="two")
    one.look(store, EVENING)
    two.look(other, NIGHT + SECOND)
    assert launcher.launched == []
    one.release(store)
    two.look(other, NIGHT + 2 * SECOND)
    assert len(launcher.launched) == 1


def test_servers_that_are_left_to_another_watcher_are_not_fired_for(
    store: Store, other: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one, two = watcher(), watcher(holder="two")
    one.look(store, EVENING)
    one.look(store, NIGHT + SECOND, left={"shop"})
    assert launcher.launched == []
    two.look(other, NIGHT + SECOND)
    assert len(launcher.launched) == 1


def test_who_was_away_makes_up_for_the_newest_alone(
    store: Store, watcher: Watchers, launcher: Launcher
) -> None:
    gone = watcher()
    gone.look(store, EVENING)
    gone.release(store)
    watcher(holder="two").look(store, NIGHT + 2 * DAY + timedelta(hours=3))
    assert runs(store) == [
        (NIGHT + 2 * DAY, RunState.LATE),
        (NIGHT + DAY, RunState.MISSED),
        (NIGHT, RunState.MISSED),
    ]
    assert len(launcher.launched) == 1


def test_a_schedule_that_is_new_makes_up_for_nothing(
    store: Store, watcher: Watchers, launcher: Launcher
) -> None:
    watcher().look(store, NIGHT + timedelta(hours=1))
    assert (runs(store), launcher.launched) == ([], [])


def test_a_clock_that_is_set_back_and_forward_repeats_nothing(
    store: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one = watcher()
    one.look(store, EVENING)
    one.look(store, NIGHT + SECOND)
    store.jobs.finish(launcher.launched[0].job_id, JobState.DONE, "")
    for moment in (NIGHT - timedelta(hours=1), NIGHT + SECOND, NIGHT - 2 * DAY, NIGHT + SECOND):
        one.look(store, moment)
    assert len(launcher.launched) == 1
    one.look(store, NIGHT + DAY + SECOND)
    assert len(launcher.launched) == 2


def test_a_moment_that_a_clock_had_fired_too_early_fires_when_it_comes(
    store: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one = watcher()
    one.look(store, NIGHT + 40 * DAY - SECOND)
    one.look(store, NIGHT + 40 * DAY + SECOND)  # the clock is weeks ahead
    store.jobs.finish(launcher.launched[0].job_id, JobState.DONE, "")
    for now in (NIGHT, NIGHT + 1.9 * DAY, NIGHT + 40 * DAY - timedelta(minutes=5)):
        one.look(store, now)
    assert len(launcher.launched) == 1
    one.look(store, NIGHT + 40 * DAY + SECOND)
    assert len(launcher.launched) == 2


def test_a_job_that_died_before_it_began_is_started_again_but_not_for_ever(
    store: Store, watcher: Watchers, launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.schedule.planner._STARTS_TRIED", 3)
    launcher.dies = True
    one = watcher(replace(NIGHTLY, cron="0 * * * *"))
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    one.look(store, now - SECOND)
    for minutes in range(8):
        one.look(store, now + minutes * timedelta(minutes=1))
    assert len(launcher.launched) == 3
    run = only_run(store)
    assert run.state is RunState.FAILED
    assert "died 3 times before it had begun" in run.why


def test_a_job_that_can_not_be_started_is_told_in_its_run(
    store: Store, watcher: Watchers, tmp_path: Path
) -> None:
    def fails(store: Store, launch: Launch) -> int:
        store.jobs.finish(launch.job_id, JobState.FAILED, "no processes left")
        raise PgvigilError("no processes left")

    settings = Settings(schedules=(NIGHTLY,))
    one = Firing(["shop"], settings, tmp_path, "one", begin=fails)
    one.look(store, EVENING)
    one.look(store, NIGHT + SECOND)
    run = only_run(store)
    assert (run.state, run.why) == (RunState.FAILED, "failed: no processes left")


def test_a_store_that_fails_in_the_middle_costs_no_run(
    store: Store, watcher: Watchers, launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = watcher()
    one.look(store, EVENING)
    with monkeypatch.context() as for_now:
        for_now.setattr(store.runs, "start", _failing)
        with pytest.raises(StoreError):
            one.look(store, NIGHT + SECOND)
    one.look(store, NIGHT + 2 * SECOND)
    assert len(launcher.launched) == 1


def _failing(*_: object) -> bool:
    raise StoreError("the disk is full")


def test_a_paused_schedule_starts_nothing_until_it_is_resumed(
    store: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one = watcher()
    one.look(store, EVENING)
    store.runs.pause("shop", "nightly", "anna", EVENING)
    one.look(store, NIGHT + SECOND)
    assert runs(store) == [(NIGHT, RunState.SKIPPED)]
    store.runs.resume("shop", "nightly", NIGHT + timedelta(hours=1))
    one.look(store, NIGHT + timedelta(hours=2))
    assert launcher.launched == []
    one.look(store, NIGHT + DAY + SECOND)
    assert len(launcher.launched) == 1


def test_a_condition_of_which_nothing_is_known_is_waited_for_and_then_skips(
    store: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one = watcher(replace(NIGHTLY, only_if=OnlyIfSettings(role="standby")))
    one.look(store, EVENING)
    one.look(store, NIGHT + SECOND)
    assert runs(store) == []
    one.look(store, NIGHT + timedelta(minutes=6))
    run = only_run(store)
    assert (run.state, run.why) == (
        RunState.SKIPPED,
        "its role is not known: the server has not answered yet",
    )
    assert launcher.launched == []


def test_two_schedules_at_one_moment_run_one_after_the_other(
    store: Store, watcher: Watchers, launcher: Launcher
) -> None:
    one = watcher(NIGHTLY, replace(NIGHTLY, name="schema", kind="schema"))
    one.look(store, EVENING)
    one.look(store, NIGHT + SECOND)
    assert [launch.order.schedule for launch in launcher.launched] == ["nightly"]
    store.jobs.finish(launcher.launched[0].job_id, JobState.DONE, "")
    one.look(store, NIGHT + timedelta(minutes=10))
    assert [launch.order.schedule for launch in launcher.launched] == ["nightly", "schema"]
    assert (NIGHT, RunState.LATE) in runs(store)


def test_peoples_own_queries_are_told_what_comes_next(store: Store, watcher: Watchers) -> None:
    watcher().look(store, EVENING)
    assert active(store, "shop") == [("nightly", NIGHT)]


def test_dead_jobs_are_found_also_where_nothing_is_scheduled(store: Store, tmp_path: Path) -> None:
    none = Firing(["shop"], Settings(), tmp_path, "one")
    store.jobs.submit("j1", JobOrder(JobKind.BACKUP, "shop", "anna"))
    store.jobs.hand_over("j1", dead_pid())
    none.look(store, NIGHT)
    job = store.jobs.get("j1")
    assert job is not None
    assert job.state is JobState.INTERRUPTED
    assert store.leases.holder("scheduler:shop") is None


def test_dead_jobs_of_servers_that_it_does_not_watch_are_not_its_affair(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.store.job_rows.here", lambda: Here("far", 1, 1.0))
    store.jobs.submit("j1", JobOrder(JobKind.BACKUP, "blog", "anna"))
    Firing(["shop"], Settings(), tmp_path, "one").look(store, NIGHT)
    job = store.jobs.get("j1")
    assert job is not None
    assert job.state is JobState.QUEUED
