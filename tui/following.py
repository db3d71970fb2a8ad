"""What the console follows: which server, live or at which moment, and whether that works."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from core.api.launch import Launch
from core.errors import PgvigilError
from core.model.health import Health
from core.model.link import ServerEntry
from core.model.snapshot import Frame
from tui.panes.view import Mode, View, last_news

if TYPE_CHECKING:
    from core.api.console import ConsoleSession

OpenSession: TypeAlias = Callable[[Launch], Awaitable["ConsoleSession"]]
RETRY_SECONDS = 3.0
LOW_BANDWIDTH_SECONDS = 10.0
"""How often the screen changes over a narrow link.

Statements, most of what changes, are read every 5 s: drawn at that pace nothing would be saved.
"""


async def open_session(launch: Launch) -> ConsoleSession:
    """A session on the store; everything heavy is imported in a thread, after the first paint."""
    from importlib import import_module

    await asyncio.to_thread(import_module, "core.api.console")
    from core.api.console import ConsoleSession

    return await ConsoleSession.open(launch)


class Following:
    """The one place that knows what the screens look at; tells ``changed`` whenever that changes.

    Frames come from a session that is opened in the background, again and again where the store
    can't be used. Nothing here blocks: each coroutine waits for the session's own thread.
    """

    def __init__(
        self,
        launch: Launch,
        open_session: OpenSession,
        now: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        self._launch = launch
        self._open_session = open_session
        self._now = now
        self._changed = changed
        self.is_demo = False
        self.low_bandwidth = launch.settings.console.low_bandwidth
        self.history_minutes = launch.settings.console.history_minutes
        self.sample_seconds = launch.settings.collect.connections.unattended
        self.database_seconds = launch.settings.collect.databases.unattended
        self._opened = asyncio.Event()
        self._tried = asyncio.Event()
        self._failure: PgvigilError | None = None
        self._troubled_since: datetime | None = None
        self._steps_wanted = 0
        self._stepping = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self.session: ConsoleSession | None = None
        self.entry: ServerEntry = launch.servers[0]
        self.mode = Mode.LIVE
        self._frame = Frame(self.entry.server_id, now(), live=True)
        self._newest = self._frame
        self._is_read = False
        self._healths: dict[str, Health] = {}
        self._newest_healths: dict[str, Health] = {}

    @property
    def servers(self) -> tuple[ServerEntry, ...]:
        """The servers that can be looked at."""
        return self._launch.servers

    @property
    def view(self) -> View:
        """What the screens show at this moment."""
        trouble = self._failure
        if trouble is None and self.session is not None:
            trouble = self.session.trouble
        notices = self.session.notices if self.session is not None else ()
        now = self._now()
        return View(
            entry=self.entry,
            frame=self._frame,
            now=max(now, self._frame.moment),
            thresholds=self._launch.settings.thresholds,
            mode=self.mode,
            trouble=trouble,
            troubled_since=self._since(trouble),
            notices=notices,
            others=len(self.servers) - 1,
            elsewhere=tuple(
                (entry.name, self._healths[entry.server_id])
                for entry in self.servers
                if entry != self.entry and entry.server_id in self._healths
            ),
            is_read=self._is_read,
            drawn_every=LOW_BANDWIDTH_SECONDS if self.low_bandwidth else 0.0,
        )

    def _since(self, trouble: PgvigilError | None) -> datetime | None:
        """The last news before ``trouble`` was first seen: what comes in since moves it no more."""
        if trouble is None:
            self._troubled_since = None
        elif self._troubled_since is None:
            self._troubled_since = last_news(self._newest)
        return self._troubled_since

    async def open(self) -> None:
        """Open the session; where that fails, say so and try again until it works."""
        while self.session is None:
            try:
                self.session = await self._open_session(self._launch)
            except PgvigilError as error:
                self._failure = error
                self._tried.set()
                self._changed()
                await asyncio.sleep(RETRY_SECONDS)
        self._failure = None
        self._opened.set()
        self._tried.set()

    async def opened(self) -> ConsoleSession:
        """The session, as soon as there is one."""
        while (session := self.session) is None:
            await self._opened.wait()
        return session

    async def asked(self) -> ConsoleSession:
        """The session for what a key asks: nobody still wants that when the store comes back.

        Raises:
            StoreError: the store can't be opened.
        """
        await self._tried.wait()
        if self.session is None and self._failure is not None:
            raise self._failure
        return await self.opened()

    async def follow(self) -> None:
        """Take every new frame of the server that is looked at, until it is another one."""
        session = await self.opened()
        server_id = self.entry.server_id
        session.look_at(server_id)
        async for frame in session.changes(server_id):
            if server_id != self.entry.server_id:
                return
            self._take(frame)
            if self.low_bandwidth and self.view.is_steady:
                await asyncio.sleep(LOW_BANDWIDTH_SECONDS)

    async def watch_others(self) -> None:
        """Take how the other servers are, where there are any; never ends by itself."""
        if len(self.servers) < 2:
            return
        session = await self.opened()
        async for healths in session.healths():
            self._newest_healths = healths
            if self.mode is Mode.LIVE:
                self._healths = healths
                self._changed()

    def _take(self, frame: Frame) -> None:
        self._newest, self._is_read = frame, True
        if self.mode is Mode.LIVE:
            self._frame = frame
        self._changed()

    def watch_time(self, every: float) -> None:
        """Tell of what time alone changes, every so many seconds, until all of it is closed.

        Nothing is told of where live figures follow one another. A timer that calls itself costs a
        tenth of Textual's.
        """
        if not self.view.is_steady:
            self._changed()
        self._timer = asyncio.get_running_loop().call_later(every, self.watch_time, every)

    @property
    def moment(self) -> datetime | None:
        """The moment that is looked at; ``None`` is live."""
        return None if self.mode is Mode.LIVE else self._frame.moment

    def switch_to(self, entry: ServerEntry) -> None:
        """Look at another server, live; ``follow`` has to be started anew.

        Nothing of the former server is shown from here on, whatever of it is still under way.
        """
        self.entry = entry
        self._newest, self._is_read = Frame(entry.server_id, self._now(), live=True), False
        self.live()

    async def look_back(self, moment: datetime) -> None:
        """Show what was known at ``moment`` of the server that is looked at.

        Raises:
            StoreError: that can't be read; what was shown before stays.
        """
        session, server_id = await self.opened(), self.entry.server_id
        frame = await session.frame_at(server_id, moment)
        healths = await session.healths_at(moment) if len(self.servers) > 1 else {}
        if server_id == self.entry.server_id:
            self.mode = Mode.REWOUND
            self._frame, self._healths = replace(frame, moment=moment), healths
            self._changed()

    def pause(self) -> None:
        """Hold the screen still; a rewound screen stands still already."""
        if self.mode is Mode.LIVE:
            self.mode = Mode.PAUSED
            self._changed()
        elif self.mode is Mode.PAUSED:
            self.live()

    def live(self) -> None:
        """Show the newest frame, and those that follow."""
        self.mode = Mode.LIVE
        self._frame, self._healths = self._newest, self._newest_healths
        self._steps_wanted = 0
        self._changed()

    async def rewind(self, steps: int) -> bool:
        """Go ``steps`` recorded steps on, back where negative; past the newest one is live.

        Steps that are asked for while others are under way are taken together. False where nothing
        was recorded that far back.

        Raises:
            StoreError: the store can't be opened or read.
        """
        session = await self.asked()
        self._steps_wanted += steps
        async with self._stepping:
            steps, self._steps_wanted = self._steps_wanted, 0
            if steps == 0 or (steps > 0 and self.mode is Mode.LIVE):
                return True
            server_id = self.entry.server_id
            start = None if self.mode is Mode.LIVE else self._frame.moment
            moment = await session.step(server_id, start, steps)
            if moment is None and steps > 0:
                self.live()
                return True
            if moment is None and (span := await session.span(server_id)) is not None:
                moment = span[0]
            if moment is None or (start is not None and moment >= start and steps < 0):
                return False
            await self.look_back(moment)
            return True

    async def close(self) -> None:
        """Stop the time, and close the session where there is one."""
        if self._timer is not None:
            self._timer.cancel()
        if self.session is not None:
            await self.session.close()
