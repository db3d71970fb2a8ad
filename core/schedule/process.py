"""A job as a process: it begins once, does its work between its hooks, and says what came of it."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event

import psutil

from core.clock import SystemClock
from core.config.schedule_settings import JobSettings, ScheduleSettings
from core.config.schedules import schedules_of
from core.config.settings import Settings
from core.errors import CancelledError, ExitCode, PgvigilError, StoreError
from core.model.job import JobKind, JobState
from core.schedule import leftovers
from core.schedule.heartbeat import CANCELLED, Heartbeat
from core.schedule.history import history_of
from core.schedule.hooks import hook_environment, run_hook
from core.schedule.order import Launch
from core.schedule.reporter import Reporter
from core.schedule.work import Work, work_of
from core.store.persistence import Persistence
from core.store.store import Store

_log = logging.getLogger(__name__)

_LAST_WORDS_SECONDS = 5.0
_PUT_RIGHT_BY_OTHERS = frozenset({JobKind.RESTORE, JobKind.DRILL})
"""What these had closed, made or started is put right by whoever finds them dead: not beside their
own threads, which may go on for a moment."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job."""

    state: JobState
    result: str
    remedy: str = ""


def run(launch: Launch, find: Callable[[JobKind], Work] = work_of) -> int:
    """Do the job in this process; gives the exit code."""
    step_back(launch.settings.jobs)
    patience = Persistence(launch.settings.jobs.store_seconds)
    try:
        store = patience.do(lambda: _opened(launch))
    except StoreError as error:
        _log.critical("the job could not begin", extra={"problem": error})
        return error.exit_code
    _log.info("job %s begins", launch.job_id)
    try:
        if not patience.do(lambda: store.jobs.begin(launch.job_id)):
            _log.info("job %s was given up before it began", launch.job_id)
            return ExitCode.OK
        outcome = _Process(store, launch, find).run()
        _log.info("job %s: %s, %s", launch.job_id, outcome.state.value, outcome.result)
        Persistence(launch.settings.jobs.ending_seconds, _until_ended()).do(
            lambda: store.jobs.finish(launch.job_id, outcome.state, outcome.result, outcome.remedy)
        )
    except StoreError as error:
        _log.critical("what came of the job is not in the store", extra={"problem": error})
        return error.exit_code
    finally:
        store.close()
    return ExitCode.OK if outcome.state is JobState.DONE else ExitCode.UNKNOWN


def step_back(settings: JobSettings) -> None:
    """Give way to others at the processor and, on Linux, at the disk; as far as it is allowed."""
    with contextlib.suppress(OSError):
        os.nice(settings.nice)
    if settings.io_priority == "normal" or not hasattr(psutil, "IOPRIO_CLASS_IDLE"):
        return
    with contextlib.suppress(psutil.Error, OSError):
        if settings.io_priority == "idle":
            psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)
        else:
            psutil.Process().ionice(psutil.IOPRIO_CLASS_BE, 7)


class _Process:
    def __init__(self, store: Store, launch: Launch, find: Callable[[JobKind], Work]) -> None:
        self._store = store
        self._launch = launch
        self._find = find
        settings = launch.settings.jobs
        self._reporter = Reporter(launch.job_id, history_of(store, launch), settings.rate_seconds)
        self._has_stopped = Event()
        self._heartbeat = Heartbeat(store, launch, self._reporter, self._force)

    def run(self) -> Outcome:
        """Do it, and give what came of it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._heartbeat.start()
        hooks = self._schedule()
        outcome = self._outcome(hooks)
        self._has_stopped.set()
        self._run_after(hooks, outcome)
        self._reporter.end()
        self._heartbeat.stop()
        with contextlib.suppress(StoreError):
            self._heartbeat.forget()
        return outcome

    def _outcome(self, hooks: ScheduleSettings) -> Outcome:
        launch = self._launch
        try:
            if hooks.before.command:
                self._reporter.phase("program before")
                told = hook_environment("before", launch.job_id, launch.order)
                run_hook(hooks.before, told, self._reporter.check_cancelled)
            work = self._find(launch.order.kind)
            if not gc.isenabled():
                gc.freeze()
                gc.enable()
            result = work(self._store, _told_where(launch), launch.order, self._reporter)
        except CancelledError:
            return self._stopped()
        except PgvigilError as error:
            if self._reporter.why_cancelled:
                return self._stopped()
            _log.error("the job failed", extra={"problem": error})
            told_why = f"{error.what}: {error.why}" if error.why else error.what
            return Outcome(JobState.FAILED, told_why, error.remedy)
        except Exception as error:  # noqa: BLE001 - whatever it was, the row has to say so
            _log.exception("the job failed on an error of its own")
            return Outcome(
                JobState.FAILED,
                f"stopped on an error of its own ({type(error).__name__})",
                "see jobs.log in the state folder, and pass it on to whoever maintains pgvigil",
            )
        return Outcome(JobState.DONE, result)

    def _stopped(self) -> Outcome:
        """Of a job that was told to stop, whatever it said when it did."""
        why = self._reporter.why_cancelled or CANCELLED
        _log.info("the job was stopped: %s", why)
        state = JobState.CANCELLED if why == CANCELLED else JobState.INTERRUPTED
        return Outcome(state, why)

    def _run_after(self, hooks: ScheduleSettings, outcome: Outcome) -> None:
        """The program after, whatever came of the job; its own failure is noted and no more."""
        if not hooks.after.command:
            return
        launch = self._launch
        told = hook_environment(
            "after",
            launch.job_id,
            launch.order,
            state=outcome.state,
            result=outcome.result,
            remedy=outcome.remedy,
        )
        try:
            run_hook(hooks.after, told, lambda: None)
        except PgvigilError as error:
            self._reporter.note(f"after the job: {error.what}: {error.why}")

    def _schedule(self) -> ScheduleSettings:
        order = self._launch.order
        known = schedules_of(self._launch.settings, order.server_id)
        named = (schedule for schedule in known if schedule.name == order.schedule)
        return next(named, ScheduleSettings())

    def _on_signal(self, number: int, frame: object) -> None:
        del frame
        self._reporter.cancel(f"ended by {signal.Signals(number).name}")

    def _force(self) -> None:
        """In the heartbeat's thread: end what the job waits for, and then the job itself."""
        leftovers.end_programs(self._launch.job_id)
        if self._has_stopped.wait(_LAST_WORDS_SECONDS):
            return
        launch = self._launch
        if launch.order.kind in _PUT_RIGHT_BY_OTHERS:
            os._exit(ExitCode.UNKNOWN)
        leftovers.clear_staging(launch.job_id, launch.settings, launch.folder)
        result = "cancelled; it did not stop by itself and was ended"
        with contextlib.suppress(StoreError):
            self._store.jobs.finish(launch.job_id, JobState.CANCELLED, result)
            self._tell_history(result)
            self._heartbeat.forget()
        os._exit(ExitCode.UNKNOWN)

    def _tell_history(self, result: str) -> None:
        """Have the history of backups not wait for the next run to hear of the end."""
        from core.backup.attempt import Attempt

        job = self._store.jobs.get(self._launch.job_id)
        if job is not None:
            Attempt.note_end(self._store.backup_jobs, job, result, clock=SystemClock())


def _told_where(launch: Launch) -> Settings:
    """The settings, with the staging folder where whoever clears up after this job looks for it."""
    backup = launch.settings.backup
    if backup.staging:
        return launch.settings
    staging = str(launch.folder / "staging")
    return replace(launch.settings, backup=replace(backup, staging=staging))


def _opened(launch: Launch) -> Store:
    return Store.open(launch.settings.store, state_folder=launch.folder, migrate=False)


def _until_ended() -> Callable[[], None]:
    """What has a process that waits for the store, and has nothing else to do, end by a signal."""
    ended: list[str] = []

    def on_signal(number: int, frame: object) -> None:
        del frame
        ended.append(signal.Signals(number).name)

    def check() -> None:
        if ended:
            raise StoreError("The store was not waited for any longer", why=f"by {ended[0]}")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return check
