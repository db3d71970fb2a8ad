"""One look at all schedules of a watcher: what is due is started, the rest is written down.

The truth is the store: a moment is taken by writing its row, in the transaction that writes the
job's and checks the lease. Who looks twice, or looks beside another, starts nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from core.config.schedule_settings import OnlyIfSettings, ScheduleSettings
from core.config.schedules import schedules_of
from core.config.settings import Settings
from core.config.window import Window
from core.errors import ConfigError, LeaseLostError, PgvigilError, StoreError
from core.model.job import JobKind, JobState
from core.model.process import Lease
from core.model.schedule import PlannedRun, RunState
from core.schedule import jobs
from core.schedule.conditions import NOTHING_ASKED, Verdict, judge
from core.schedule.cron import CronTrigger
from core.schedule.measured import measured
from core.schedule.order import Launch
from core.schedule.orders import job_kind, order_of
from core.schedule.planner import Planned, Situation, plan
from core.store.backup_schedules import ScheduleRow

if TYPE_CHECKING:
    from core.store.store import Store

_log = logging.getLogger(__name__)

_LEASE_LOOKS = 3
_JOBS_LOOKED_AT = 20
_SEEN_LASTS = timedelta(minutes=1)

Begin = Callable[["Store", Launch], int]


def trigger_of(schedule: ScheduleSettings, server_id: str) -> CronTrigger:
    """The moments of a schedule on one server.

    Raises:
        ConfigError: its line, window or time zone can't be used on this host.
    """
    return CronTrigger(
        schedule.cron,
        time_zone=schedule.time_zone,
        jitter_seconds=schedule.jitter_seconds,
        window=Window.parse(schedule.window),
        seed=f"{server_id} {schedule.name}",
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    settings: ScheduleSettings
    planned: Planned


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the last whole look at a schedule found, so that most looks ask the store for nothing.

    ``until`` is the next moment at which something is due; a run that waits is due all the time.
    """

    at: datetime
    until: datetime | None
    row: ScheduleRow | None

    def holds(self, now: datetime) -> bool:
        is_recent = abs(now - self.at) < _SEEN_LASTS
        return is_recent and (self.until is None or now < self.until)


class Firing:
    """Fires the schedules of some servers while it holds their leases ``scheduler:<server>``."""

    def __init__(
        self,
        servers: Sequence[str],
        settings: Settings,
        state_folder: Path,
        holder: str,
        *,
        begin: Begin = jobs.begin,
    ) -> None:
        self._settings = settings
        self._folder = state_folder
        self._holder = holder
        self._begin = begin
        self._leases: dict[str, Lease] = {}
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._servers = tuple(servers)
        self._looking = Lock()
        self._entries = {server_id: tuple(_entries(settings, server_id)) for server_id in servers}

    @property
    def triggers(self) -> tuple[CronTrigger, ...]:
        """The moments of every schedule."""
        return tuple(
            entry.planned.trigger for entries in self._entries.values() for entry in entries
        )

    def look(self, store: Store, now: datetime, left: Collection[str] = ()) -> None:
        """Do what is due at ``now`` on all servers but those ``left`` to another watcher.

        Raises:
            StoreError: the store failed; the next look does what this one could not.
        """
        with self._looking:
            self._look(store, now, left)

    def release(self, store: Store) -> None:
        """Let another watcher fire at once; waits for a look that is under way.

        Raises:
            StoreError: the store failed; the leases then end by their time.
        """
        with self._looking:
            while self._leases:
                store.leases.release(self._leases.popitem()[1])

    def _look(self, store: Store, now: datetime, left: Collection[str]) -> None:
        ours = [server_id for server_id in self._servers if server_id not in left]
        for server_id in self._leases.keys() - set(ours):
            store.leases.release(self._leases.pop(server_id))
        jobs.end_stuck(store, settings=self._settings, servers=ours)
        jobs.clear_dead(store, settings=self._settings, state_folder=self._folder, servers=ours)
        for server_id in ours:
            try:
                self._look_at(store, server_id, now)
            except LeaseLostError:
                self._leases.pop(server_id, None)
                _log.info("the schedules of %s are another watcher's now", server_id)

    def _look_at(self, store: Store, server_id: str, now: datetime) -> None:
        entries = self._entries[server_id]
        if not entries or (lease := self._held(store, server_id)) is None:
            return
        before = dict(self._seen)
        for entry in entries:
            key = (server_id, entry.planned.name)
            if key not in self._seen or not self._seen[key].holds(now):
                self._seen[key] = self._fire(store, lease, entry, now)
        if self._seen != before:
            seen = (self._seen[server_id, entry.planned.name] for entry in entries)
            rows = [each.row for each in seen if each.row is not None]
            store.backup_schedules.keep_in_step(server_id, rows)

    def _held(self, store: Store, server_id: str) -> Lease | None:
        ttl = self._settings.scheduler.look_seconds * _LEASE_LOOKS
        lease = self._leases.get(server_id)
        if lease is not None:
            self._leases[server_id] = store.leases.renew(lease, ttl)
            return self._leases[server_id]
        lease = store.leases.acquire(f"scheduler:{server_id}", self._holder, ttl)
        if lease is not None:
            self._leases[server_id] = lease
            self._seen = {key: seen for key, seen in self._seen.items() if key[0] != server_id}
            _log.info("firing the schedules of %s", server_id)
        return lease

    def _fire(self, store: Store, lease: Lease, entry: _Entry, now: datetime) -> _Seen:
        planned, settings = entry.planned, self._settings.scheduler
        known = store.runs.know(planned.server_id, planned.name, planned.trigger.rule, now)
        if count := store.runs.forget_what_is_to_come(lease, planned.server_id, planned.name, now):
            told = "%s of %s: the clock ran ahead; %d moments that are to come fire again"
            _log.warning(told, planned.name, planned.server_id, count)
        rows = store.runs.of_schedule(
            planned.server_id, planned.name, now, settings.missed_listed + 1
        )
        seen = Situation(
            now=now,
            known=known,
            last=rows[0].planned_at if rows else None,
            again=[row.planned_at for row in rows if row.state is RunState.PLANNED],
            under_way=store.jobs.under_way(),
        )
        decided = plan(planned, seen, settings)
        if decided.start is not None:
            # What only a moment that is due needs to know is looked up only for one.
            seen = replace(
                seen,
                verdict=self._verdict(store, entry.settings.only_if, planned.server_id, now),
                failed_starts=_failed_starts(store, decided.start),
            )
            decided = plan(planned, seen, settings)
        for run in decided.settled:
            if store.runs.settle(lease, run):
                _log.warning("%s of %s: %s, %s", run.schedule, run.server_id, run.state, run.why)
        if decided.start is not None:
            self._start(store, lease, entry, decided.start)
        coming = planned.trigger.after(now)
        row = ScheduleRow(
            name=planned.name,
            backup_type=entry.settings.kind,
            cron_expression=entry.settings.cron,
            is_active=known.paused_at is None,
            last_run_at=next((row.started_at for row in rows if row.started_at), None),
            next_run_at=None if known.paused_at else coming,
        )
        until = now if decided.waits_for else coming
        return _Seen(now, until, row if planned.kind is JobKind.BACKUP else None)

    def _verdict(
        self, store: Store, asked: OnlyIfSettings, server_id: str, now: datetime
    ) -> Verdict:
        if asked == OnlyIfSettings():
            return NOTHING_ASKED
        return judge(asked, measured(store, server_id, now))

    def _start(self, store: Store, lease: Lease, entry: _Entry, run: PlannedRun) -> None:
        order = order_of(entry.settings, run.server_id, f"schedule {run.schedule}")
        job_id = jobs.new_job_id()
        if not store.runs.start(lease, replace(run, job_id=job_id), order):
            return
        _log.info("%s of %s begins as job %s", run.schedule, run.server_id, job_id)
        try:
            self._begin(store, Launch(job_id, order, str(self._folder), self._settings))
        except StoreError:
            raise
        except PgvigilError as error:
            _log.error("a job could not be started", extra={"problem": error})


def _entries(settings: Settings, server_id: str) -> Iterator[_Entry]:
    for schedule in schedules_of(settings, server_id):
        try:
            trigger = trigger_of(schedule, server_id)
        except ConfigError as error:
            _log.error("schedule %s never fires", schedule.name, extra={"problem": error})
            continue
        yield _Entry(schedule, Planned(schedule.name, server_id, job_kind(schedule), trigger))


def _failed_starts(store: Store, run: PlannedRun) -> int:
    """How many processes for this moment died before they had begun."""
    recent = store.jobs.newest(_JOBS_LOOKED_AT, [run.server_id])
    return sum(
        job.order.schedule == run.schedule
        and job.state is JobState.INTERRUPTED
        and job.started_at is None
        and job.created_at >= run.planned_at
        for job in recent
    )
