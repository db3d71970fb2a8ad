"""Jobs on good and bad days: real processes, killed, cancelled, and without a store."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from core.backup.staging import staging_root
from core.config.schedule_settings import HookSettings, ScheduleSettings
from core.errors import StoreError
from core.model.backup import BackupKind
from core.model.job import JobKind, JobOrder, JobState
from core.model.process import ProcessKind
from core.schedule import jobs
from core.schedule.order import Launch
from core.store import local
from core.store.attempt import AttemptResult, AttemptStatus
from core.store.sqlite import FILE_NAME
from tests.servers.job_process import MODULE
from tests.servers.jobs import Yard, yard
from tests.servers.processes import dead_pid
from tests.servers.small_disk import fill, small_disk
from tests.servers.staged import ANOTHER_HOST, die
from tests.servers.waiting import eventually


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Yard]:
    with yard(tmp_path) as made:
        yield made


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended, though perhaps nobody has asked how."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_job_does_its_work_in_a_session_of_its_own_and_says_what_came_of_it(
    here: Yard, tmp_path: Path
) -> None:
    job_id = here.start("wait", file=str(tmp_path / "go"))
    running = here.working(job_id)
    assert os.getsid(running.pid) == running.pid != os.getsid(0)
    assert (running.progress.done, running.progress.total) == (0, 1000)
    assert [note.text for note in here.store.jobs.notes(job_id)] == ["half of it is done"]
    (tmp_path / "go").touch()
    done = here.ended(job_id)
    assert (done.state, done.result) == (JobState.DONE, "took 1000 bytes")
    [phases] = here.store.jobs.earlier(done.order, 5)
    assert [(phase.name, phase.done_bytes) for phase in phases] == [
        ("dump", 1000),
        ("verify", 1000),
    ]


def test_a_job_is_seen_among_the_processes_while_it_runs(here: Yard, tmp_path: Path) -> None:
    def living() -> list[tuple[str, ...]]:
        alive = here.store.processes.alive(ProcessKind.JOB, lost_after_seconds=5)
        return [process.servers for process in alive]

    job_id = here.start("wait", file=str(tmp_path / "go"))
    eventually(lambda: living() == [("shop",)])
    (tmp_path / "go").touch()
    here.ended(job_id)
    eventually(lambda: living() == [])


def test_the_second_run_knows_how_long_the_rest_takes(here: Yard, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    here.ended(here.start("wait", file=str(tmp_path / "go")))
    (tmp_path / "go").unlink()
    second = here.start("wait", file=str(tmp_path / "go"))
    here.working(second)
    eventually(lambda: here.get(second).progress.seconds_left is not None)


def test_a_job_that_fails_says_why_and_what_to_do(here: Yard) -> None:
    failed = here.ended(here.start("fail"))
    assert (failed.state, failed.result) == (JobState.FAILED, "no space: the disk is full")
    assert failed.remedy == "free some"


def test_a_job_that_breaks_on_an_error_of_its_own_says_where_to_look(here: Yard) -> None:
    failed = here.ended(here.start("crash"))
    assert failed.state is JobState.FAILED
    assert "ZeroDivisionError" in failed.result
    assert "Traceback" in here.log()


def test_what_was_killed_is_marked_once_and_what_it_started_is_ended(
    here: Yard, tmp_path: Path
) -> None:
    job_id = here.start("leave", file=str(tmp_path / "go"))
    eventually((tmp_path / "left").exists)
    eventually(lambda: (tmp_path / "left").read_text() != "")
    left = psutil.Process(int((tmp_path / "left").read_text()))
    psutil.Process(here.working(job_id).pid).kill()
    eventually(lambda: here.clear_dead() != ())

    dead = here.get(job_id)
    assert dead.state is JobState.INTERRUPTED
    assert "died while in phase verify" in dead.result
    assert here.clear_dead() == ()
    eventually(lambda: is_gone(left))


def test_what_a_job_staged_in_a_container_that_is_gone_goes_when_the_job_is_marked(
    here: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as as_another:
        as_another.setattr("core.store.jobs.here", lambda: local.Here("elsewhere", 1, 1.0))
        for job_id in ("j1", "j2"):
            here.store.jobs.submit(job_id, JobOrder(JobKind.BACKUP, "shop", "anna"))
            here.store.jobs.begin(job_id)
    root = staging_root(here.settings.backup, here.state)
    for job_id in ("j1", "j2"):
        die(root, f"{job_id}-aa", "", **ANOTHER_HOST)
    assert here.clear_dead() == ()
    assert len([*root.iterdir()]) == 2
    impatient = replace(here.settings, jobs=replace(here.settings.jobs, lost_seconds=0))
    jobs.clear_dead(here.store, settings=impatient, state_folder=here.state)
    assert [*root.iterdir()] == []


def test_after_a_killed_job_the_next_one_succeeds(here: Yard, tmp_path: Path) -> None:
    first = here.working(here.start("wait", file=str(tmp_path / "go")))
    psutil.Process(first.pid).kill()
    (tmp_path / "go").touch()
    assert here.ended(here.start("wait", file=str(tmp_path / "go"))).state is JobState.DONE


def test_a_cancelled_job_stops_at_its_next_step(here: Yard, tmp_path: Path) -> None:
    job_id = here.start("wait", file=str(tmp_path / "never"))
    here.working(job_id)
    assert here.store.jobs.ask_cancel(job_id)
    ended = here.ended(job_id)
    assert (ended.state, ended.result) == (JobState.CANCELLED, "cancelled")


def test_a_cancelled_job_that_hears_nothing_is_ended_with_what_it_started(here: Yard) -> None:
    job_id = here.start("stuck")
    running = psutil.Process(here.working(job_id).pid)
    children = running.children(recursive=True)
    at = datetime.now(UTC)
    here.store.backup_jobs.begin("shop", "orders", BackupKind.FULL, at, {"job_id": job_id})
    here.store.jobs.ask_cancel(job_id)
    ended = here.ended(job_id)
    assert (ended.state, "was ended" in ended.result) == (JobState.CANCELLED, True)
    eventually(lambda: told_in_history(here) == [(job_id, "cancelled", ended.result)])
    eventually(lambda: all(map(is_gone, [*children, running])))


def test_what_fails_because_it_was_cancelled_is_cancelled(here: Yard) -> None:
    job_id = here.start("fragile")
    here.working(job_id)
    here.store.jobs.ask_cancel(job_id)
    ended = here.ended(job_id)
    assert (ended.state, ended.result) == (JobState.CANCELLED, "cancelled")


def test_a_job_keeps_no_lock_of_who_started_it(here: Yard, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT)
    os.set_inheritable(lock, True)  # as a watcher has them from a console
    fcntl.flock(lock, fcntl.LOCK_EX)
    job_id = here.start("wait", file=str(tmp_path / "go"))
    here.working(job_id)
    os.close(lock)
    again = os.open(path, os.O_RDWR)
    fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(again)


def test_a_cancelled_job_that_is_stopped_is_killed_by_the_watcher(here: Yard) -> None:
    job_id = here.start("stuck")
    pid = here.working(job_id).pid
    os.kill(pid, signal.SIGSTOP)
    here.store.jobs.ask_cancel(job_id)
    jobs.end_stuck(here.store, settings=here.settings)
    assert here.clear_dead() == ()  # it may come back, for now

    def is_killed() -> bool:
        jobs.end_stuck(here.store, settings=here.settings)
        return here.clear_dead() != ()

    eventually(is_killed, every=0.5)
    assert here.get(job_id).state is JobState.INTERRUPTED


def test_a_job_that_is_cancelled_before_it_began_never_begins(here: Yard) -> None:
    order = JobOrder(JobKind.BACKUP, "shop", "anna", {"do": "crash"})
    here.store.jobs.submit("j1", order)
    here.store.jobs.ask_cancel("j1")
    jobs.begin(here.store, Launch("j1", order, str(here.state), here.settings), MODULE)
    ended = here.ended("j1")
    assert (ended.state, ended.result) == (JobState.CANCELLED, "cancelled before it began")
    assert "Traceback" not in here.log()


def test_a_job_that_is_ended_by_the_machine_says_so(here: Yard, tmp_path: Path) -> None:
    job_id = here.start("wait", file=str(tmp_path / "never"))
    os.kill(here.working(job_id).pid, signal.SIGTERM)
    ended = here.ended(job_id)
    assert (ended.state, ended.result) == (JobState.INTERRUPTED, "ended by SIGTERM")


def test_a_closed_terminal_ends_no_job(here: Yard, tmp_path: Path) -> None:
    job_id = here.start("wait", file=str(tmp_path / "go"))
    os.kill(here.working(job_id).pid, signal.SIGHUP)
    (tmp_path / "go").touch()
    assert here.ended(job_id).state is JobState.DONE


def test_a_job_goes_on_without_the_store_and_reports_when_it_is_back(
    here: Yard, tmp_path: Path
) -> None:
    job_id = here.start("wait", file=str(tmp_path / "go"))
    here.working(job_id)
    locked = sqlite3.connect(here.state / FILE_NAME, isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    try:
        eventually(lambda: "the store failed; the job goes on" in here.log())
        (tmp_path / "go").touch()
        time.sleep(1)
    finally:
        locked.close()
    done = here.ended(job_id)
    assert (done.state, done.result) == (JobState.DONE, "took 1000 bytes")


def test_a_job_that_only_waits_for_the_store_is_ended_by_a_signal(
    here: Yard, tmp_path: Path
) -> None:
    patient = replace(here.settings, jobs=replace(here.settings.jobs, ending_seconds=600))
    job_id = replace(here, settings=patient).start("wait", file=str(tmp_path / "go"))
    process = psutil.Process(here.working(job_id).pid)
    locked = sqlite3.connect(here.state / FILE_NAME, isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    try:
        (tmp_path / "go").touch()
        eventually(lambda: "done, took 1000 bytes" in here.log())

        def ends() -> bool:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
            return is_gone(process)

        eventually(ends)
    finally:
        locked.close()
    assert "what came of the job is not in the store" in here.log()


def test_a_job_goes_on_while_the_stores_disk_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "state", "4m") as disk, yard(tmp_path) as here:
        job_id = here.start("wait", file=str(tmp_path / "go"))
        here.working(job_id)
        ballast = fill(disk)
        with suppress(StoreError):
            while True:  # until also what SQLite had in reserve is used up
                here.store.jobs.note(job_id, "x" * 4000)
        (tmp_path / "go").touch()
        eventually(lambda: psutil.Process(here.get(job_id).pid).num_threads() == 1)
        assert here.get(job_id).state is JobState.RUNNING
        ballast.unlink()
        done = here.ended(job_id)
        assert (done.state, done.result) == (JobState.DONE, "took 1000 bytes")


def test_who_dies_before_it_has_told_a_job_what_to_do_leaves_no_job_behind(here: Yard) -> None:
    order = JobOrder(JobKind.BACKUP, "shop", "anna", {"do": "crash"})
    here.store.jobs.submit("j1", order)
    here.store.jobs.hand_over("j1", dead_pid())
    [marked] = here.clear_dead()
    assert marked.job_id == "j1"
    assert "died before it had begun" in here.get("j1").result


def told_in_history(here: Yard) -> list[tuple[str, str, str]]:
    """The job, status and reason of each attempt."""
    until = datetime.now(UTC) + timedelta(minutes=1)
    rows = here.store.attempts.history("shop", 9, until=until).rows
    runs = [row.run for row in rows if row.run is not None]
    return [(run.detached_job_id, run.status, run.error) for run in runs]


def test_a_backup_that_was_killed_before_its_first_attempt_is_in_the_history(
    here: Yard, tmp_path: Path
) -> None:
    order = JobOrder(JobKind.BACKUP, "shop", "anna", {"do": "crash", "database": "orders"})
    here.store.jobs.submit("j1", order)
    here.store.jobs.hand_over("j1", dead_pid())
    here.clear_dead()
    why = "its process died before it had begun"
    assert told_in_history(here) == [("j1", "interrupted", why)]

    job_id = here.start("wait", file=str(tmp_path / "never"))
    psutil.Process(here.working(job_id).pid).kill()
    eventually(lambda: here.clear_dead() != ())
    newest = told_in_history(here)[0]
    assert newest[:2] == (job_id, "interrupted")
    assert "died while in phase verify" in newest[2]


def test_what_a_job_was_at_when_it_was_killed_is_interrupted_and_what_it_had_done_is_not(
    here: Yard, tmp_path: Path
) -> None:
    job_id = here.start("wait", file=str(tmp_path / "never"))
    attempts, at, of = here.store.backup_jobs, datetime.now(UTC), {"job_id": job_id}
    done = attempts.begin("shop", "orders", BackupKind.FULL, at, of)
    attempts.finish(done, at, AttemptResult(AttemptStatus.COMPLETED))
    attempts.begin("shop", "billing", BackupKind.FULL, at, of)
    attempts.begin("shop", "blog", BackupKind.FULL, at, {"job_id": "another"})
    psutil.Process(here.working(job_id).pid).kill()
    eventually(lambda: here.clear_dead() != ())
    statuses = sorted(status for _, status, _ in told_in_history(here))
    assert statuses == ["completed", "interrupted", "running"]


def script(folder: Path, text: str) -> HookSettings:
    path = folder / "hook"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return HookSettings((str(path),), timeout_seconds=2)


NO_HOOK = HookSettings()


def scheduled(*, before: HookSettings = NO_HOOK, after: HookSettings = NO_HOOK) -> ScheduleSettings:
    return ScheduleSettings("nightly", "full", "0 2 * * *", before=before, after=after)


def test_the_program_after_hears_what_came_of_the_job_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    after = script(tmp_path, f"env > {tmp_path}/told")
    with yard(tmp_path, scheduled(after=after)) as here:
        here.ended(here.start("fail", "nightly"))
        told = (tmp_path / "told").read_text()
    assert "PGVIGIL_STATE=failed\n" in told
    assert "PGVIGIL_RESULT=no space: the disk is full\n" in told
    assert "PGVIGIL_SERVER=shop\n" in told
    assert "hunter2" not in told


def test_where_the_program_before_fails_the_job_does_not_begin(tmp_path: Path) -> None:
    before = script(tmp_path, "echo the lock is taken; exit 3")
    with yard(tmp_path, scheduled(before=before)) as here:
        failed = here.ended(here.start("crash", "nightly"))
        assert failed.state is JobState.FAILED
        assert "exit code 3; it said: the lock is taken" in failed.result
        assert "Traceback" not in here.log()


def test_a_program_before_that_hangs_is_ended_and_the_job_says_so(tmp_path: Path) -> None:
    before = script(tmp_path, f"sleep 600 &\necho $! > {tmp_path}/its\nwait")
    with yard(tmp_path, scheduled(before=before)) as here:
        failed = here.ended(here.start("crash", "nightly"))
        assert failed.state is JobState.FAILED
        assert "took too long and was ended: it had not ended after 2 s" in failed.result
        its = int((tmp_path / "its").read_text())
        eventually(lambda: not psutil.pid_exists(its) or is_gone(psutil.Process(its)))


def test_a_program_after_that_fails_is_noted_and_the_job_is_done(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with yard(tmp_path, scheduled(after=HookSettings(("/nowhere/hook",)))) as here:
        done = here.ended(here.start("wait", "nightly", file=str(tmp_path / "go")))
        assert done.state is JobState.DONE
        notes = [note.text for note in here.store.jobs.notes(done.job_id)]
        assert any("/nowhere/hook could not be started" in note for note in notes)


def test_a_job_waits_for_its_program_before_no_longer_when_it_is_cancelled(
    tmp_path: Path,
) -> None:
    with yard(tmp_path, scheduled(before=HookSettings(("/bin/sleep", "600")))) as here:
        job_id = here.start("crash", "nightly")
        eventually(lambda: here.get(job_id).progress.phase == "program before")
        here.store.jobs.ask_cancel(job_id)
        assert here.ended(job_id).state is JobState.CANCELLED
