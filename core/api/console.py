"""A console's view of the store: frames as they come, rewind, series, and requests."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from datetime import datetime
from getpass import getuser
from typing import TYPE_CHECKING
from uuid import uuid4

from core.api.frames import LiveFrames, assemble
from core.api.keeper import WatcherKeeper, last_words
from core.api.launch import Launch
from core.assess.staleness import seconds_until_stale, with_staleness
from core.clock import Clock, SystemClock
from core.engine.presence import is_watched
from core.engine.store_file import STORE_FILE, file_id
from core.engine.store_thread import StoreThread
from core.errors import PgvigilError, StoreError, StoreNotReadyError
from core.model.process import Command, ProcessInfo, ProcessKind, Request, RequestState
from core.model.series import Metric, Series
from core.model.server import Link, LinkState, ServerEntry
from core.model.snapshot import Frame
from core.model.statements import StatementKey, StatementPoint
from core.model.unknown import Unknown

if TYPE_CHECKING:
    from core.store.store import Store

_OPEN = frozenset({RequestState.PENDING, RequestState.CLAIMED})
_ANSWER_POLL_SECONDS = 0.1
_STALE_AGAIN_SECONDS = 5.0
_MAKING_POLL_SECONDS = 0.05
_NO_WAIT_SECONDS = 0.001
_MOST_RIVALS = 3


class ConsoleSession:
    """One console from its opening to its close; reads the store, never a server.

    Everything that touches the store runs in one thread of the session's own, so that a slow disk
    never stops the screen.
    """

    def __init__(self, launch: Launch, *, clock: Clock | None = None) -> None:
        self._launch = launch
        self._settings = launch.settings.engine
        self._clock = clock or SystemClock()
        self._store = StoreThread(self._make_store)
        self._keeper = WatcherKeeper(launch, self._clock)
        self._frames = {entry.server_id: LiveFrames(entry.server_id) for entry in launch.servers}
        self._listeners: set[asyncio.Event] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._attention = asyncio.Event()
        self._closed = False
        self._store_trouble: StoreError | None = None
        self._beat_trouble: StoreError | None = None
        self._file = launch.state_folder / STORE_FILE
        self._file_id: tuple[int, int] | None = None
        now = self._clock.now()
        self._me = ProcessInfo(
            process_id=f"{ProcessKind.CONSOLE.value}-{uuid4().hex}",
            kind=ProcessKind.CONSOLE,
            host=socket.gethostname(),
            pid=os.getpid(),
            os_user=getuser(),
            started_at=now,
            heartbeat_at=now,
            servers=tuple(self._frames),
            client=os.environ.get("SSH_CLIENT", "").partition(" ")[0],
        )

    @classmethod
    async def open(cls, launch: Launch) -> ConsoleSession:
        """Start a watcher where none runs, open the store, and begin to follow it.

        Raises:
            PgvigilError: the store can't be opened, or the watcher can't be started.
        """
        session = cls(launch)
        try:
            await session._begin()
        except BaseException:
            await session.close()
            raise
        return session

    def servers(self) -> tuple[ServerEntry, ...]:
        """The servers of the launch, in its order."""
        return self._launch.servers

    @property
    def trouble(self) -> PgvigilError | None:
        """Why the frames are no longer renewed (store or watcher); ``None`` while all is well.

        ``changes`` yields the last frame again whenever this changes.
        """
        return self._store_trouble or self._beat_trouble or self._keeper.trouble

    def look_at(self, server_id: str) -> None:
        """Say that the person looks at this server: it is sampled at the attended pace."""
        if self._me.attends != (server_id,):
            self._me = replace(self._me, attends=(server_id,))
            self._attention.set()

    async def latest(self, server_id: str) -> Frame:
        """The newest of everything; empty where nothing was sampled yet.

        Raises:
            StoreError: the store can't be read.
        """
        frames = self._frames[server_id]
        now, monotonic = self._clock.now(), self._clock.monotonic()
        frame = await self._store.call(lambda store: frames.read(store, now, monotonic))
        return with_staleness(frame, self._clock.now(), self._settings.lease_seconds)

    async def changes(self, server_id: str) -> AsyncGenerator[Frame, None]:
        """The newest frame now, and a new one whenever something in it changed or grew stale.

        Ends with the session. Never raises for a store that went bad: see ``trouble``.
        """
        news = asyncio.Event()
        news.set()
        self._listeners.add(news)
        last: Frame | None = None
        trouble: PgvigilError | None = None
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._patience(last)):
                        await news.wait()
                news.clear()
                if self._closed:
                    return
                frame = await self._newest(server_id, last)
                if frame is not last or self.trouble is not trouble:
                    last, trouble = frame, self.trouble
                    yield frame
        finally:
            self._listeners.discard(news)

    async def frame_at(self, server_id: str, moment: datetime) -> Frame:
        """What was known at ``moment``; not live.

        Raises:
            StoreError: the store can't be read.
        """
        found = await self._store.call(lambda store: store.snapshots.latest(server_id, at=moment))
        return assemble(server_id, moment, found.values(), live=False)

    async def step(self, server_id: str, moment: datetime | None, count: int) -> datetime | None:
        """The moment ``count`` recorded ticks from ``moment`` (``None``: now); negative is back.

        ``None`` where nothing was recorded there.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(lambda store: store.snapshots.step(server_id, moment, count))

    async def span(self, server_id: str) -> tuple[datetime, datetime] | None:
        """The first and the last recorded moment; ``None`` before the first.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(lambda store: store.snapshots.span(server_id))

    async def series(
        self,
        server_id: str,
        metrics: Iterable[Metric],
        start: datetime,
        end: datetime,
        buckets: int,
    ) -> dict[Metric, Series]:
        """Each metric between ``start`` and ``end`` in ``buckets`` equal buckets.

        Raises:
            StoreError: the store can't be read.
        """
        wanted = tuple(metrics)
        return await self._store.call(
            lambda store: store.samples.several(server_id, wanted, start, end, buckets)
        )

    async def statement_text(self, server_id: str, key: StatementKey) -> str | Unknown:
        """A statement's full text, or why it is not known.

        Raises:
            StoreError: the store can't be read.
        """
        texts = await self._store.call(lambda store: store.statements.texts(server_id, [key]))
        missing = Unknown("its text has not been fetched yet, or the server has forgotten it")
        return texts.get(key, missing)

    async def statement_history(
        self,
        server_id: str,
        key: StatementKey,
        start: datetime,
        end: datetime,
        buckets: int,
    ) -> tuple[StatementPoint, ...]:
        """One statement's calls and times between ``start`` and ``end``.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(
            lambda store: store.statements.history(server_id, key, start, end, buckets)
        )

    async def ask(
        self, server_id: str, command: Command, arguments: dict[str, str] | None = None
    ) -> Request:
        """Leave a request for the watcher and wait for what comes of it.

        The request comes back as done, failed, or expired where no watcher took it in time.
        CANCEL_QUERY and TERMINATE_BACKEND take ``pid`` and ``backend_start`` (ISO 8601), so that
        a pid that the server gave to another session meanwhile is left alone.

        Raises:
            StoreError: the store can't be written to.
        """
        who = f"{self._me.os_user}@{self._me.client or self._me.host}"
        patience = self._settings.request_seconds
        given = dict(arguments or {})
        asked = await self._store.call(
            lambda store: store.requests.submit(server_id, command, given, who)
        )
        request, until = asked, self._clock.monotonic() + patience
        while request.state in _OPEN:
            await asyncio.sleep(_ANSWER_POLL_SECONDS)
            if self._clock.monotonic() > until:
                await self._store.call(lambda store: store.requests.expire(patience))
            found = await self._store.call(lambda store: store.requests.get(asked.request_id))
            if found is None:
                return replace(request, state=RequestState.EXPIRED, result="it was cleared away")
            request = found
        return request

    async def close(self) -> None:
        """Take back the heartbeat and close the store; the watcher ends by itself later.

        Twice does no harm.
        """
        self._closed = True
        self._announce()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._store.is_open:
            with contextlib.suppress(StoreError):
                await self._store.call(lambda store: store.processes.forget(self._me.process_id))
        await self._store.close()

    async def _begin(self) -> None:
        was_watched = self._is_watched()
        self._keeper.check()
        if self._keeper.trouble is not None:
            raise self._keeper.trouble
        await self._open_with_the_watcher()
        self._tasks = [
            asyncio.create_task(work)
            for work in (self._follow(), self._beat(), self._keep_watched())
        ]
        if was_watched:
            self._tasks.append(asyncio.create_task(self._compete_where_refused()))

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
        await self._store.open()
        self._file_id = file_id(self._file)

    def _is_watched(self) -> bool:
        folder = self._launch.state_folder
        return any(is_watched(folder, server_id) for server_id in self._frames)

    async def _follow(self) -> None:
        """Tell the listeners when the store changed, when it fails and when it works again."""
        while True:
            await asyncio.sleep(self._settings.store_poll_seconds)
            try:
                changed = await self._store.call(lambda store: store.changed())
            except StoreError as error:
                self._note(store=error)
                await asyncio.sleep(self._settings.store_retry_seconds)
                await self._reopen()
            else:
                self._note(store=None)
                if changed:
                    self._announce()

    async def _beat(self) -> None:
        """Say that this console lives, and at once what it looks at when that changes."""
        while True:
            self._attention.clear()
            try:
                await self._store.call(lambda store: store.processes.beat(self._me))
                self._note(beat=None)
            except StoreError as error:
                self._note(beat=error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.heartbeat_seconds):
                    await self._attention.wait()

    async def _keep_watched(self) -> None:
        """Look whether a watcher is there, and whether the store's file still is the same one."""
        while True:
            await asyncio.sleep(self._settings.watcher_check_seconds)
            before = self._keeper.trouble
            self._keeper.check()
            if self._keeper.trouble is not before:
                self._announce()
            if file_id(self._file) != self._file_id:
                await self._reopen()

    async def _reopen(self) -> None:
        try:
            await self._open_store()
        except StoreError as error:
            self._note(store=error)
        else:
            self._note(store=None)
            self._attention.set()
            self._announce()

    async def _compete_where_refused(self) -> None:
        """Start another watcher where the one that is there is refused: ours may be let in."""
        for server_id in self._frames:
            with contextlib.suppress(StoreError):
                link = (await self.latest(server_id)).link
                if (
                    link is not None
                    and isinstance(link.body, Link)
                    and link.body.state is LinkState.REFUSED
                    and await self._store.call(self._watchers) < _MOST_RIVALS
                ):
                    self._keeper.compete()
                    return

    def _watchers(self, store: Store) -> int:
        return len(
            store.processes.alive(
                ProcessKind.WATCHER, lost_after_seconds=self._settings.heartbeat_lost_seconds
            )
        )

    async def _newest(self, server_id: str, last: Frame | None) -> Frame:
        try:
            return await self.latest(server_id)
        except StoreError as error:
            self._store_trouble = error
            return last or assemble(server_id, self._clock.now(), (), live=True)

    def _patience(self, frame: Frame | None) -> float | None:
        """How long a listener may wait without news: until the frame is old, then a little."""
        if frame is None:
            return None
        left = seconds_until_stale(frame, self._clock.now(), self._settings.lease_seconds)
        return None if left is None else max(left, _STALE_AGAIN_SECONDS if left <= 0 else left)

    def _note(self, **found: StoreError | None) -> None:
        before = self.trouble
        if "store" in found:
            self._store_trouble = found["store"]
        if "beat" in found:
            self._beat_trouble = found["beat"]
        if (self.trouble is None) != (before is None):
            self._announce()

    def _announce(self) -> None:
        for listener in self._listeners:
            listener.set()

    def _make_store(self) -> Store:
        from core.store.store import Store

        # The waiting is done here, without blocking the thread.
        settings = replace(self._launch.settings.store, wait_seconds=_NO_WAIT_SECONDS)
        return Store.open(
            settings, clock=self._clock, state_folder=self._launch.state_folder, migrate=False
        )
