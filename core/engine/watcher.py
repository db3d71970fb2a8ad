"""The watcher: one sampler a server, one beat for all of them, and its own end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from core.clock import Clock, SystemClock
from core.engine.attendance import Attendance
from core.engine.chores import keep_cleared
from core.engine.lifetime import Lifetime
from core.engine.news import News, news, renew
from core.engine.notify import Notifier
from core.engine.order import Order, Stay
from core.engine.presence import Locks
from core.engine.schedules import keep_firing
from core.engine.spawn import LOG_NAME
from core.engine.store_file import StoreFile, WriteWatch, is_removed
from core.engine.store_thread import StoreThread
from core.engine.upkeep import keep_tidy
from core.engine.watched import Watched
from core.errors import StoreError
from core.log import LogFile
from core.model.process import Lease, ProcessInfo, ProcessKind, Request
from core.store.local import account

if TYPE_CHECKING:
    from core.store.store import Store

_log = logging.getLogger(__name__)


class Watcher:
    """Watches the servers of an order until it is stopped or nobody needs it any more."""

    def __init__(
        self,
        order: Order,
        *,
        clock: Clock | None = None,
        notifier: Notifier | None = None,
        locks: Locks | None = None,
    ) -> None:
        self._order = order
        self._settings = order.settings.engine
        self._clock = clock or SystemClock()
        self._notifier = notifier or Notifier({})
        self._kind = ProcessKind.SERVICE if order.stay is Stay.FOREVER else ProcessKind.WATCHER
        self._me = ProcessInfo(
            process_id=f"{self._kind.value}-{uuid4().hex}",
            kind=self._kind,
            host=socket.gethostname(),
            pid=os.getpid(),
            os_user=account(),
            started_at=self._clock.now(),
            heartbeat_at=self._clock.now(),
            servers=tuple(entry.server_id for entry in order.servers),
            configuration=order.configuration,
        )
        self._store = StoreThread(self._open_store)
        self._attendance = Attendance(
            self._me.servers,
            heartbeat_seconds=self._settings.heartbeat_seconds,
            patience_seconds=self._settings.heartbeat_lost_seconds,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._watched = Watched(self._settings, self._start)
        self._stopping = asyncio.Event()
        self._locks = locks or Locks(order.folder)
        self._has_successor = False
        self._writes = WriteWatch(order.folder)
        self._tended = self._beaten = float("-inf")
        self._answering: tuple[str, ...] = ()
        self._lifetime = Lifetime(
            order.stay,
            grace_seconds=self._settings.watcher_grace_seconds,
            now=self._clock.monotonic(),
        )

    def stop(self) -> None:
        """End soon and in order: connections closed, leases given back."""
        self._stopping.set()

    def give_way(self) -> None:
        """End as :meth:`stop` does, for another watcher in this process that gets our locks."""
        self._has_successor = True
        self._stopping.set()

    async def run(self) -> None:
        """Watch until stopped.

        Raises:
            StoreError: the store can't be opened, or its file was removed or replaced meanwhile.
        """
        try:
            opening = asyncio.create_task(self._store.open())
            # psycopg is imported here while the store's thread imports what it needs.
            from core.engine.sampler import Sampler

            await opening
            file = StoreFile(self._order.folder)
            self._lifetime.needed(self._clock.monotonic())
            for entry in self._order.servers:
                sampler = Sampler(
                    entry, self._order.settings, self._store, self._me.process_id, self._clock
                )
                self._watched.begin(sampler)
            self._start(keep_tidy(self._store, self._settings, self._log_file()))
            for keep in (keep_firing, keep_cleared):
                self._start(
                    keep(
                        self._me,
                        self._order,
                        self._store,
                        self._clock,
                        lambda: self._watched.left,
                    )
                )
            _log.info("watching %s", ", ".join(self._me.servers))
            self._notifier.ready(f"watching {len(self._me.servers)} servers")
            if not gc.isenabled():
                gc.freeze()
                gc.enable()
            await self._beat_until_stopped(file)
        finally:
            if not self._has_successor:
                self._notifier.stopping()
            await self._end()

    def _log_file(self) -> LogFile | None:
        """The log that is ours to turn over; what a service says is its supervisor's."""
        if self._kind is not ProcessKind.WATCHER:
            return None
        return LogFile(self._order.folder / LOG_NAME, self._settings.log_bytes)

    def _open_store(self) -> Store:
        from core.store.store import Store

        return Store.open(
            self._order.settings.store,
            clock=self._clock,
            state_folder=self._order.folder,
            migrate=True,
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _beat_until_stopped(self, file: StoreFile) -> None:
        beats = asyncio.create_task(self._beat_until_the_end(file))
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({beats, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if beats.done():
                await beats
        finally:
            beats.cancel()
            stopped.cancel()
            await asyncio.gather(beats, stopped, return_exceptions=True)

    async def _beat_until_the_end(self, file: StoreFile) -> None:
        while True:
            await self._beat()
            now = self._clock.monotonic()
            if self._attendance.consoles:
                self._lifetime.needed(now)
            if self._lifetime.is_over(now):
                _log.info("nobody needs this watcher any more")
                return
            file.check()
            seconds = self._watched.seconds_to_next(self._clock.monotonic())
            await self._writes.wait(self._settings.store_poll_seconds, seconds)

    async def _beat(self) -> None:
        """One look into the store, and one sign of life where it is time for one."""
        now = self._clock.monotonic()
        self._tend(now)
        aging = self._watched.aging_leases(now)
        beating = now - self._beaten >= self._settings.heartbeat_seconds
        answering = self._watched.answering
        try:
            lost, found = await self._store.call(
                lambda store: self._look(store, aging, answering, beating=beating)
            )
        except StoreError as error:
            _log.error("the store failed", extra={"problem": error})
            self._attendance.store_failed(self._clock.monotonic())
            self._beaten = float("-inf")
            await asyncio.sleep(self._settings.store_retry_seconds)
            return
        self._attendance.store_answered(now, self._clock.monotonic())
        self._answering = answering
        self._watched.note_renewed(aging, now)
        self._beaten = now if beating else self._beaten
        self._watched.note_lost(lost)
        if found is not None:
            self._take_in(found)

    def _tend(self, now: float) -> None:
        """What needs no store: say that this process lives, and take locks that became free."""
        if now - self._tended >= self._settings.lease_renew_seconds:
            self._tended = now
            self._notifier.alive()
            self._claim_locks()

    def _look(
        self, store: Store, aging: dict[str, Lease], answering: tuple[str, ...], *, beating: bool
    ) -> tuple[tuple[str, ...], News | None]:
        """In the store's thread: renew, beat, and see whether there are news."""
        lost = renew(store, aging, self._settings.lease_seconds)
        if beating:
            store.processes.beat(self._me)
        changed = store.changed()
        if not (changed or beating or answering != self._answering):
            return lost, None
        ours = (server_id for server_id in answering if server_id not in lost)
        patience = self._settings.heartbeat_lost_seconds
        return lost, news(store, self._me, ours, patience)

    def _take_in(self, found: News) -> None:
        self._attendance.found(found.consoles, self._clock.monotonic())
        self._watched.attend(self._attendance.attended)
        if found.jobs:
            self._lifetime.needed(self._clock.monotonic())
        for request in found.requests:
            self._start(self._perform(request))
        if self._kind is ProcessKind.WATCHER and self._watched.leave(found.superseded):
            self.stop()

    async def _perform(self, request: Request) -> None:
        from core.engine.requests import perform

        try:
            await perform(request, self._watched.sampler(request.server_id), self._store)
        except StoreError as error:
            _log.error("a request could not be finished", extra={"problem": error})

    def _claim_locks(self) -> None:
        """Take the locks that are free: a service and a rival were given none.

        One that a console handed down is refused here like anybody else's, and stays held. What a
        console started never makes the folder again: somebody removed it.
        """
        if self._kind is ProcessKind.WATCHER and is_removed(self._order.folder):
            return
        self._locks.claim_again(self._me.servers)

    async def _end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await self._store.call(lambda store: store.processes.forget(self._me.process_id))
        await self._store.close()
        if not self._has_successor:
            self._locks.release()
