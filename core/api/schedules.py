"""Schedules for the command line and the screens: what fires when, run now, paused, resumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from heapq import merge
from itertools import islice
from pathlib import Path

from core.api.backup_names import UnknownNameError, unknown_server
from core.api.jobs import Jobs
from core.api.opening import opened
from core.api.who import me
from core.clock import Clock, SystemClock
from core.config.schedule_settings import ScheduleSettings
from core.config.schedules import schedules_of
from core.config.settings import Settings
from core.errors import ConfigError, ExitCode, PgvigilError
from core.model.job import JobOrder
from core.model.process import ProcessKind
from core.model.schedule import PlannedRun, ScheduleStatus, UpcomingRun
from core.schedule import jobs
from core.schedule.firing import trigger_of
from core.schedule.orders import job_kind, order_of
from core.schedule.statuses import status_of
from core.store.store import Store

__all__ = ["Schedules", "UnknownScheduleError", "open_schedules"]


class UnknownScheduleError(ConfigError):
    """No schedule, or one of several servers, is meant by what was given."""

    exit_code = ExitCode.USAGE


class BusyError(PgvigilError):
    """A job of that kind runs on the server already."""


class Schedules:
    """The schedules of a config, and what its store knows of them.

    ``jobs`` are those of the same store.
    """

    def __init__(
        self, settings: Settings, store: Store, state_folder: Path, clock: Clock | None = None
    ) -> None:
        self.jobs = Jobs(settings, store, state_folder)
        self._settings = settings
        self._store = store
        self._folder = state_folder
        self._clock = clock or SystemClock()

    def statuses(self, servers: Sequence[str] = ()) -> tuple[ScheduleStatus, ...]:
        """Every schedule that is in force, for each server; of these, where any are given.

        One that can't be used on this host has the reason in the place of its sentence.

        Raises:
            UnknownNameError: there is no such server.
            StoreError: the store failed.
        """
        now = self._clock.now()
        return tuple(
            status_of(self._store, self._settings.scheduler, each, server, now)
            for server, each in self._in_force(servers)
        )

    def upcoming(self, count: int, servers: Sequence[str] = ()) -> tuple[UpcomingRun, ...]:
        """The next ``count`` moments of all schedules that are not paused, the next one first.

        Raises:
            UnknownNameError: there is no such server.
            ConfigError: a schedule can't be used on this host.
            StoreError: the store failed.
        """
        now = self._clock.now()
        streams = [
            _moments(schedule, server, now)
            for server, schedule in self._in_force(servers)
            if not self._store.runs.is_paused(server, schedule.name)
        ]
        return tuple(islice(merge(*streams, key=lambda run: run.at), count))

    def history(self, count: int, servers: Sequence[str] = ()) -> tuple[PlannedRun, ...]:
        """What became of the newest moments, newest first; of these servers, where any are given.

        Raises:
            UnknownNameError: the config lacks one of the servers, and no moment was ever its.
            StoreError: the store failed.
        """
        for server in servers:
            if server not in self._settings.servers and not self._store.runs.newest([server], 1):
                raise self._unknown(server)
        return self._store.runs.newest(list(servers or self._settings.servers), count)

    def run_now(
        self, name: str, server: str = "", *, arguments: Mapping[str, str] | None = None
    ) -> str:
        """Start what a schedule starts, now, in a process of its own; gives the job's id.

        ``arguments`` are told to the job besides those of the schedule.

        Raises:
            UnknownScheduleError: there is no such schedule, or it is one of several servers.
            BusyError: a job of that kind runs on the server already.
            StoreError: the store failed.
            PgvigilError: the process could not be started.
        """
        server_id, schedule = self._named(name, server)
        self.jobs.clear_dead()
        kind = job_kind(schedule)
        for job in self._store.jobs.under_way():
            if job.order.server_id == server_id and job.order.kind is kind:
                raise BusyError(
                    f"A {kind.value} of {server_id} is under way",
                    why=f"{job.order.who} started it {job.created_at:%Y-%m-%d %H:%M} UTC",
                    remedy=f"pgvigil jobs attach {job.job_id}",
                )
        order = order_of(schedule, server_id, me())
        order = replace(order, arguments={**order.arguments, **(arguments or {})})
        job_id = jobs.start(self._store, order, settings=self._settings, state_folder=self._folder)
        details = {"job": job_id}
        self._store.audit.append(me(), "run schedule", f"{name} of {server_id}", details)
        return job_id

    def order(self, name: str, server: str, who: str) -> JobOrder:
        """What a schedule would start now if ``who`` asked for it.

        Raises:
            UnknownScheduleError: there is no such schedule, or it is one of several servers.
        """
        server_id, schedule = self._named(name, server)
        return order_of(schedule, server_id, who)

    def pause(self, name: str, server: str = "") -> bool:
        """Let a schedule fire no more until it is resumed; false where it is paused already.

        Raises:
            UnknownScheduleError: there is no such schedule, or it is one of several servers.
            StoreError: the store failed.
        """
        server_id, schedule = self._named(name, server)
        if not self._store.runs.pause(server_id, schedule.name, me(), self._clock.now()):
            return False
        self._store.audit.append(me(), "pause schedule", f"{name} of {server_id}", {})
        return True

    def resume(self, name: str, server: str = "") -> bool:
        """Let it fire again from now on; false where it is not paused.

        Raises: as :meth:`pause`.
        """
        server_id, schedule = self._named(name, server)
        if not self._store.runs.resume(server_id, schedule.name, self._clock.now()):
            return False
        self._store.audit.append(me(), "resume schedule", f"{name} of {server_id}", {})
        return True

    def fires_without_console(self) -> bool:
        """Whether a service runs; else schedules fire only while somebody looks.

        Raises:
            StoreError: the store failed.
        """
        patience = self._settings.engine.heartbeat_lost_seconds
        return bool(self._store.processes.alive(ProcessKind.SERVICE, lost_after_seconds=patience))

    def _unknown(self, server: str) -> UnknownNameError:
        return unknown_server(
            server,
            self._settings.servers,
            who="the config has",
            remedy="pgvigil schedule list shows those of all servers",
        )

    def _in_force(self, servers: Sequence[str]) -> Iterator[tuple[str, ScheduleSettings]]:
        for server in servers:
            if server not in self._settings.servers:
                raise self._unknown(server)
        for server in servers or self._settings.servers:
            for schedule in schedules_of(self._settings, server):
                yield server, schedule

    def _named(self, name: str, server: str) -> tuple[str, ScheduleSettings]:
        in_force = list(self._in_force([server] if server else ()))
        meant = [each for each in in_force if each[1].name == name]
        if len(meant) == 1:
            return meant[0]
        if meant:
            raise UnknownScheduleError(
                f"Several servers have a schedule {name}",
                why=", ".join(server_id for server_id, _ in meant),
                remedy="say which one: --server NAME",
            )
        names = sorted({each.name for _, each in in_force})
        near = get_close_matches(name, names, n=1)
        raise UnknownScheduleError(
            f"There is no schedule {name}" + (f" of {server}" if server else ""),
            why="in force: " + (", ".join(names) or "none; docs/schedules.md says how to have one"),
            remedy=f"did you mean {near[0]}?" if near else "pgvigil schedule list shows them all",
        )


def _moments(schedule: ScheduleSettings, server: str, now: datetime) -> Iterator[UpcomingRun]:
    for at in trigger_of(schedule, server).all_after(now):
        yield UpcomingRun(schedule.name, server, schedule.kind, at)


@contextmanager
def open_schedules(config: Path | None, state_folder: Path | None) -> Iterator[Schedules]:
    """The schedules of a config; its store is made where there is none.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    with opened(config, state_folder) as its:
        yield Schedules(its.settings, its.store, its.folder)
