"""A job's signs of life: what it reports goes into the store, whenever that can be written."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event, Thread

from core.config.schedule_settings import JobSettings
from core.errors import StoreError
from core.model.process import ProcessInfo, ProcessKind
from core.schedule.order import Launch
from core.schedule.reporter import Reporter
from core.store.local import account, host
from core.store.store import Store

_log = logging.getLogger(__name__)

CANCELLED = "cancelled"


class Heartbeat:
    """A thread that writes down how far the job is, and hears whether it shall stop.

    ``force`` is called once when a cancelled job has not stopped after ``cancel_seconds``.
    """

    def __init__(
        self, store: Store, launch: Launch, reporter: Reporter, force: Callable[[], None]
    ) -> None:
        self._store = store
        self._job_id = launch.job_id
        self._settings: JobSettings = launch.settings.jobs
        self._reporter = reporter
        self._force = force
        self._process_seconds = launch.settings.engine.heartbeat_seconds
        self._beaten = float("-inf")
        self._cancelled_at: float | None = None
        self._failing = False
        self._ending = Event()
        now = datetime.now(UTC)
        self._me = ProcessInfo(
            process_id=f"job-{launch.job_id}",
            kind=ProcessKind.JOB,
            host=host(),
            pid=os.getpid(),
            os_user=account(),
            started_at=now,
            heartbeat_at=now,
            servers=(launch.order.server_id,),
        )
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Give signs of life from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Write down the last state, once, if that can be done, and give no sign any more."""
        self._ending.set()
        self._thread.join()
        self._beat()

    def forget(self) -> None:
        """Take this process off the list of those that live.

        Raises:
            StoreError: the store can't be written to.
        """
        self._store.processes.forget(self._me.process_id)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._beat()
            self._enforce()
            self._ending.wait(self._settings.report_seconds)

    def _beat(self) -> None:
        """One sign of life; a store that fails now gets the next one."""
        now = time.monotonic()
        try:
            while (text := self._reporter.next_note()) is not None:
                self._store.jobs.note(self._job_id, text)
                self._reporter.note_is_kept(text)
            if self._store.jobs.report(self._job_id, *self._reporter.state()):
                self._reporter.cancel(CANCELLED)
                self._cancelled_at = self._cancelled_at or now
            if now - self._beaten >= self._process_seconds:
                self._me = replace(self._me, heartbeat_at=datetime.now(UTC))
                self._store.processes.beat(self._me)
                self._beaten = now
        except StoreError as error:
            if not self._failing:
                _log.warning("the store failed; the job goes on", extra={"problem": error})
            self._failing = True
        else:
            self._failing = False

    def _enforce(self) -> None:
        asked = self._cancelled_at
        if asked is not None and time.monotonic() - asked > self._settings.cancel_seconds:
            self._cancelled_at = None
            _log.warning("the job did not stop in time; what it started is ended")
            self._force()
