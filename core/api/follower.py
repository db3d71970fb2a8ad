"""One console's hold on the store: opened, followed, kept fed by a watcher, and mended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from core.api.comparison import Comparison, compare
from core.api.contest import Contest, find_contest
from core.api.keeper import WatcherKeeper, last_words
from core.api.launch import Launch
from core.clock import Clock
from core.engine.presence import is_watched
from core.engine.store_file import STORE_FILE, WriteWatch, file_id, is_another
from core.engine.store_thread import StoreThread
from core.errors import PgvigilError, StoreError, StoreNotReadyError
from core.model.health import Finding
from core.model.process import ProcessInfo, ProcessKind
from core.store.local import account

if TYPE_CHECKING:
    from core.store.store import Store

_MAKING_POLL_SECONDS = 0.05
_NO_WAIT_SECONDS = 0.001


class StoreFollower:
    """Keeps ``store`` open and its listeners told, whatever happens to the file or the watcher.

    ``store`` may be called at any time; it raises ``StoreError`` while ``trouble`` lasts.
    """

    def __init__(self, launch: Launch, clock: Clock) -> None:
        self.me = _this_console(launch, clock)
        self.store = StoreThread(self._make_store)
        self.is_closed = False
        self._launch = launch
        self._settings = launch.settings.engine
        self._clock = clock
        self._keeper = WatcherKeeper(launch, clock, self.me.started_at)
        self._comparison = Comparison()
        self._listeners: set[asyncio.Event] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._contest: asyncio.Task[frozenset[str]] | None = None
        self._beat_now = asyncio.Event()
        self._store_trouble: StoreError | None = None
        self._beat_trouble: StoreError | None = None
        self._file = launch.state_folder / STORE_FILE
        self._file_id: tuple[int, int] | None = None
        self._writes = WriteWatch(launch.state_folder)

    @property
    def trouble(self) -> PgvigilError | None:
        """Why nothing new comes from the store; ``None`` while all is well."""
        return self._store_trouble or self._beat_trouble or self._keeper.trouble

    @property
    def notices(self) -> tuple[Finding, ...]:
        """What a person should know of how their servers are watched."""
        notice = self._comparison.notice
        return () if notice is None else (notice,)

    async def begin(self) -> None:
        """Start a watcher where none runs, open the store, and begin to follow it.

        Raises:
            PgvigilError: the store can't be opened, or the watcher can't be started.
        """
        self._keeper.check()
        if self._keeper.trouble is not None:
            raise self._keeper.trouble
        await self._open_with_the_watcher()
        work = [self._follow(), self._beat(), self._keep_watched()]
        self._tasks = [asyncio.create_task(each) for each in work]
        self._contest = asyncio.create_task(self._compete_where_down())

    async def close(self) -> None:
        """Take back the heartbeat and close the store. Twice does no harm."""
        self.is_closed = True
        self.announce()
        tasks = [*self._tasks, *([self._contest] if self._contest is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        if self.store.is_open:
            with contextlib.suppress(StoreError):
                await self.store.call(lambda store: store.processes.forget(self.me.process_id))
        await self.store.close()

    async def incumbents(self) -> frozenset[str]:
        """The processes without a connection beside which a watcher by our settings tries too."""
        return await asyncio.shield(self._contest) if self._contest is not None else frozenset()

    def attend(self, server_id: str) -> None:
        """Say that the person looks at this server now."""
        if self.me.attends != (server_id,):
            self.me = replace(self.me, attends=(server_id,))
            self._beat_now.set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set now, and whenever the store or ``trouble`` changed."""
        news = asyncio.Event()
        news.set()
        self._listeners.add(news)
        try:
            yield news
        finally:
            self._listeners.discard(news)

    def note_failure(self, error: StoreError) -> None:
        """Take note that the store failed somewhere else."""
        self._store_trouble = error

    async def _open_with_the_watcher(self) -> None:
        """Open the store, which a watcher may still be making; stop waiting if that ended."""
        until = self._clock.monotonic() + self._launch.settings.store.wait_seconds
        while True:
            try:
                await self._open_store()
            except StoreNotReadyError:
                if self._clock.monotonic() > until:
                    raise
                if not self._is_watched():
                    raise last_words(self._launch.state_folder) from None
                await asyncio.sleep(_MAKING_POLL_SECONDS)
            else:
                return

    async def _open_store(self) -> None:
        await self.store.open()
        self._file_id = file_id(self._file)

    def _is_watched(self) -> bool:
        folder = self._launch.state_folder
        return any(is_watched(folder, server_id) for server_id in self.me.servers)

    async def _follow(self) -> None:
        """Tell the listeners when the store changed, when it fails and when it works again."""
        engine = self._settings
        while True:
            await self._writes.wait(engine.store_poll_seconds, engine.store_retry_seconds)
            try:
                changed = await self.store.call(lambda store: store.changed())
            except StoreError as error:
                self._note(store=error)
                await asyncio.sleep(engine.store_retry_seconds)
                await self._reopen()
            else:
                self._note(store=None)
                if changed:
                    if self._beat_trouble is not None:
                        self._beat_now.set()  # another could write: so can we
                    self.announce()

    async def _beat(self) -> None:
        """Say that this console lives, and at once what it looks at when that changes."""
        while True:
            self._beat_now.clear()
            try:
                await self.store.call(lambda store: store.processes.beat(self.me))
                self._note(beat=None)
            except StoreError as error:
                self._note(beat=error)
            failed, engine = self._beat_trouble is not None, self._settings
            pause = engine.store_retry_seconds if failed else engine.heartbeat_seconds
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._beat_now.wait()

    async def _keep_watched(self) -> None:
        """Look whether a watcher is there, and whether the store's file still is the same one."""
        while True:
            await asyncio.sleep(self._settings.watcher_check_seconds)
            await self._compare()
            before = self._keeper.trouble
            if self._comparison.is_superseded:
                self._keeper.rest()
            else:
                self._keeper.check()
            if self._keeper.trouble is not before:
                self.announce()
            if is_another(self._file, self._file_id):
                await self._reopen()

    async def _compare(self) -> None:
        """See by which settings our servers are watched; a person's newer ones are put into use."""
        patience, before = self._settings.heartbeat_lost_seconds, self._comparison
        try:
            alive = await self.store.call(
                lambda store: store.processes.alive(lost_after_seconds=patience)
            )
        except StoreError:
            self._comparison = replace(before, needs_watcher=False, is_superseded=False)
            return
        self._comparison = compare(self.me, alive)
        if self._comparison.needs_watcher and self.me.attends:
            self._keeper.compete()
        if self._comparison.notice != before.notice:
            self.announce()

    async def _reopen(self) -> None:
        try:
            await self._open_store()
        except StoreError as error:
            self._note(store=error)
        else:
            self._note(store=None)
            self._beat_now.set()
            self.announce()

    async def _compete_where_down(self) -> frozenset[str]:
        """Start a watcher beside those that get no connection: ours may be let in."""
        with contextlib.suppress(StoreError):
            contest = await self.store.call(self._find_contest)
            if contest.needs_rival:
                self._keeper.compete()
            return contest.incumbents
        return frozenset()

    def _find_contest(self, store: Store) -> Contest:
        return find_contest(store, self.me, self._settings, self._clock.now(), self._keeper.is_mine)

    def _note(self, **found: StoreError | None) -> None:
        before = self.trouble
        if "store" in found:
            self._store_trouble = found["store"]
        if "beat" in found:
            self._beat_trouble = found["beat"]
        if (self.trouble is None) != (before is None):
            self.announce()

    def announce(self) -> None:
        """Have everybody who listens look again."""
        for listener in self._listeners:
            listener.set()

    def _make_store(self) -> Store:
        from core.store.store import Store

        # The waiting is done here, without blocking the thread.
        settings = replace(self._launch.settings.store, wait_seconds=_NO_WAIT_SECONDS)
        return Store.open(
            settings, clock=self._clock, state_folder=self._launch.state_folder, migrate=False
        )


def _this_console(launch: Launch, clock: Clock) -> ProcessInfo:
    now = clock.now()
    return ProcessInfo(
        process_id=f"{ProcessKind.CONSOLE.value}-{uuid4().hex}",
        kind=ProcessKind.CONSOLE,
        host=socket.gethostname(),
        pid=os.getpid(),
        os_user=account(),
        started_at=now,
        heartbeat_at=now,
        servers=tuple(entry.server_id for entry in launch.servers),
        client=os.environ.get("SSH_CLIENT", "").partition(" ")[0],
        configuration=launch.configuration(now),
    )
