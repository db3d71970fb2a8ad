"""Sees to it that servers are watched for as long as a console lives, or a demonstration."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from core.api.launch import Launch
from core.clock import Clock, SystemClock
from core.engine.order import Stay
from core.engine.spawn import LOG_NAME, ensure_watcher, is_running, start_rival, was_started_for
from core.engine.store_file import is_removed
from core.errors import PgvigilError

_HEALTHY_SECONDS = 2.0
_SHORT_LIFE_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 60.0
_LOG_TAIL_BYTES = 20_000


class WatcherKeeper:
    """Starts a watcher whenever one is missing, less and less often where it ends at once."""

    def __init__(
        self, launch: Launch, clock: Clock, asked_at: datetime, stay: Stay = Stay.WITH_CONSOLES
    ) -> None:
        self._order = launch.order(stay, asked_at)
        self._clock = clock
        self._started_at: float | None = None
        self._rival: int | None = None
        self._competed_at: float | None = None
        self._not_before = 0.0
        self._failures = 0
        self._has_checked = False
        self.trouble: PgvigilError | None = None

    @classmethod
    def without_consoles(cls, launch: Launch) -> WatcherKeeper:
        """One whose watchers stay where no console is, until somebody ends them."""
        clock = SystemClock()
        return cls(launch, clock, clock.now(), Stay.FOREVER)

    def is_mine(self, pid: int) -> bool:
        """Whether a process of this host was started here: it knows all that this console knows."""
        return was_started_for(self._order, pid)

    def check(self) -> None:
        """Start a watcher for what nobody on this host watches; ``trouble`` says why it failed.

        Costs one ``flock`` a server where all is well.
        """
        now = self._clock.monotonic()
        if now < self._not_before:
            return
        if self._has_checked and is_removed(self._order.folder):
            # Whoever removed it wants nothing to be left; it must not come back by itself.
            self.trouble = PgvigilError(
                f"The state folder {self._order.folder} was removed",
                why="nothing can be recorded any more",
                remedy="open pgvigil again",
            )
            return
        self._has_checked = True
        if self._rival is not None and is_running(self._rival):
            return  # it takes the locks itself when the watcher that has them ends
        try:
            started = ensure_watcher(self._order)
        except PgvigilError as error:
            self._pause(now, error)
            return
        if started is None:
            lived = float("inf") if self._started_at is None else now - self._started_at
            if lived > _HEALTHY_SECONDS:
                self.trouble = None
            if lived > _SHORT_LIFE_SECONDS:
                self._failures = 0
            return
        if self._started_at is not None and now - self._started_at <= _SHORT_LIFE_SECONDS:
            self._pause(now, last_words(self._order.folder))
        self._started_at = now

    def rest(self) -> None:
        """Leave it to a watcher by newer settings: why ours ended matters no more."""
        self.trouble = None
        self._failures = 0
        self._not_before = 0.0

    def compete(self) -> None:
        """Start a watcher beside one that gets no connection, or goes on with older settings."""
        now = self._clock.monotonic()
        if now < self._not_before or (self._rival is not None and is_running(self._rival)):
            return
        if self._competed_at is not None and now - self._competed_at <= _SHORT_LIFE_SECONDS:
            self._pause(now, last_words(self._order.folder))
        self._competed_at = now
        try:
            self._rival = start_rival(self._order)
        except PgvigilError as error:
            self.trouble = error

    def _pause(self, now: float, trouble: PgvigilError) -> None:
        self._failures += 1
        self._not_before = now + min(_LONGEST_PAUSE_SECONDS, 2.0**self._failures)
        self.trouble = trouble


def no_space(state_folder: Path) -> PgvigilError | None:
    """What is said where the state folder's disk is full; ``None`` where it is not."""
    if not _is_full(state_folder):
        return None
    return PgvigilError(
        f"No space is left in the state folder {state_folder}",
        why="its file system is full",
        remedy="free space there; pgvigil goes on by itself once there is some",
    )


def last_words(state_folder: Path) -> PgvigilError:
    """Why the last watcher ended, from its log; on a full disk it could not even write that."""
    if (full := no_space(state_folder)) is not None:
        return full
    path = state_folder / LOG_NAME
    remedy = f"see {path}"
    try:
        with path.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - _LOG_TAIL_BYTES))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError as error:
        return PgvigilError("The watcher ended at once", why=str(error), remedy=remedy)
    for line in reversed(lines):
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("level") in ("critical", "error"):
            return PgvigilError(
                str(said.get("what") or said.get("message") or "The watcher ended at once"),
                why=str(said.get("why") or ""),
                remedy=str(said.get("remedy") or remedy),
            )
    why = lines[-1].strip() if lines else "it said nothing"
    return PgvigilError("The watcher ended at once", why=why, remedy=remedy)


def _is_full(folder: Path) -> bool:
    try:
        return os.statvfs(folder).f_bavail == 0
    except OSError:
        return False
