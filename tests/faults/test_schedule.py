"""Real watchers that fire schedules and follow jobs, and what happens when they are killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.api.launch import Launch
from core.model.job import JobKind, JobOrder, JobState
from core.model.schedule import PlannedRun
from core.schedule import jobs
from core.store.store import Store
from tests.servers.job_process import MODULE
from tests.servers.jobs import QUICK
from tests.servers.watching import QUICK_ENGINE, Site, programs_of, site, until

pytestmark = pytest.mark.waits

EVERY_MINUTE = """
[scheduler]
look_seconds = 0.2
defaults = false
[[schedules]]
name = "often"
kind = "prune"
cron = "* * * * *"
"""


@pytest.fixture
def watched(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site whose server ``shop`` is pruned every minute."""
    parameters = conninfo_to_dict(database)
    monkeypatch.setenv("SHOP_PASSWORD", str(parameters.pop("password")))
    server = make_conninfo("", **parameters)
    shop = f'[servers.shop]\ndsn = "{server}"\npassword_env = "SHOP_PASSWORD"\n'
    with site(tmp_path, f"{QUICK_ENGINE}{EVERY_MINUTE}{shop}") as made:
        yield made


def opened(launch: Launch) -> Store:
    return Store.open(launch.settings.store, state_folder=launch.state_folder, migrate=True)


def runs(store: Store) -> tuple[PlannedRun, ...]:
    return store.runs.newest(["shop"], 50)


def test_when_the_one_that_fires_is_killed_another_fires_the_next_moment_once(
    watched: Site,
) -> None:
    launch = watched.launch("shop")
    store = opened(launch)
    with programs_of(watched, "shop") as start:
        one, two = start("serve"), start("serve")
        until(lambda: store.leases.holder("scheduler:shop"))
        lease = store.leases.holder("scheduler:shop")
        assert lease is not None
        holder = next(
            each for each in store.processes.alive(lost_after_seconds=5)
            if each.process_id == lease.holder
        )  # fmt: skip
        before = len(runs(store))
        os.kill(holder.pid, signal.SIGKILL)
        until(lambda: len(runs(store)) > before, seconds=90)
        assert {one.process.pid, two.process.pid} > {holder.pid}
        fired = runs(store)
        until(lambda: all(job.state.is_over for job in store.jobs.newest(9)))
        assert len({run.planned_at for run in fired}) == len(fired)
        assert len(store.jobs.newest(9)) == len([run for run in fired if run.job_id])
    store.close()


def test_a_watcher_stays_for_as_long_as_a_job_runs(watched: Site, tmp_path: Path) -> None:
    launch = watched.launch("shop")
    store = opened(launch)
    with programs_of(watched, "shop") as start:
        console = start("console")
        until(watched.watchers)
        [watcher] = watched.watchers()
        order = JobOrder(
            JobKind.BACKUP, "shop", "anna", {"do": "wait", "file": str(tmp_path / "go")}
        )
        settings = replace(launch.settings, jobs=QUICK)
        job_id = jobs.start(
            store, order, settings=settings, state_folder=launch.state_folder, module=MODULE
        )
        until(lambda: _state(store, job_id) is JobState.RUNNING)
        console.kill()
        with pytest.raises(psutil.TimeoutExpired):
            watcher.wait(4)
        (tmp_path / "go").touch()
        until(lambda: _state(store, job_id) is JobState.DONE)
        watcher.wait(30)
    store.close()


def test_a_watcher_finds_a_killed_job_and_says_so(watched: Site) -> None:
    launch = watched.launch("shop")
    store = opened(launch)
    with programs_of(watched, "shop") as start:
        start("serve")
        order = JobOrder(JobKind.BACKUP, "shop", "anna", {"do": "stuck"})
        settings = replace(launch.settings, jobs=QUICK)
        job_id = jobs.start(
            store, order, settings=settings, state_folder=launch.state_folder, module=MODULE
        )
        until(lambda: _state(store, job_id) is JobState.RUNNING)
        job = store.jobs.get(job_id)
        assert job is not None
        os.kill(job.pid, signal.SIGKILL)
        until(lambda: _state(store, job_id) is JobState.INTERRUPTED)
    store.close()


def _state(store: Store, job_id: str) -> JobState:
    job = store.jobs.get(job_id)
    assert job is not None
    return job.state
