"""A console's view of the store: frames as they come, what was recorded, and requests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime

from core.api.backup_desk import BackupDesk
from core.api.drill_desk import DrillDesk
from core.api.follower import StoreFollower
from core.api.frames import LiveFrames, assemble
from core.api.guided_desk import GuidedDesk
from core.api.healths import Healths
from core.api.launch import Launch
from core.api.recorded import Recorded
from core.api.requests import Asked, ask
from core.api.restore_desk import RestoreDesk
from core.assess.staleness import seconds_until_stale, with_staleness
from core.clock import Clock, SystemClock
from core.errors import PgvigilError, StoreError
from core.model.health import Finding, Health
from core.model.process import Command, Request
from core.model.server import ServerEntry
from core.model.snapshot import Frame

_STALE_AGAIN_SECONDS = 5.0


class ConsoleSession(Recorded):
    """One console from its opening to its close; reads the store, never a server.

    Everything that touches the store runs in one thread of the session's own, so that a slow disk
    never stops the screen.
    """

    def __init__(self, launch: Launch, *, clock: Clock | None = None) -> None:
        self._settings = launch.settings.engine
        self._clock = clock or SystemClock()
        self._follower = StoreFollower(launch, self._clock)
        super().__init__(launch, self._follower.store)
        self._healths = Healths(entry.server_id for entry in launch.servers)
        self._frames = {
            entry.server_id: LiveFrames(entry.server_id, launch.settings)
            for entry in launch.servers
        }
        self.backups = BackupDesk(launch, self._store, self._clock, self._who, self._renew_backups)
        self.drills = DrillDesk(launch, self._store, self._clock, self._who)
        self.restores = RestoreDesk(
            launch, self._store, self._clock, self._who, self._renew_backups
        )
        self.guided = GuidedDesk(launch, self._store, self._clock, self._who, self._renew_backups)

    @classmethod
    async def open(cls, launch: Launch, *, clock: Clock | None = None) -> ConsoleSession:
        """Start a watcher where none runs, open the store, and begin to follow it.

        Raises:
            PgvigilError: the store can't be opened, or the watcher can't be started.
        """
        session = cls(launch, clock=clock)
        try:
            await session._follower.begin()
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
        return self._follower.trouble

    @property
    def notices(self) -> tuple[Finding, ...]:
        """What a person should know of how the servers are watched: by which settings.

        ``changes`` yields the last frame again whenever this changes.
        """
        return self._follower.notices

    def look_at(self, server_id: str) -> None:
        """Say that the person looks at this server: it is sampled at the attended pace."""
        self._follower.attend(server_id)

    async def incumbents(self) -> frozenset[str]:
        """The processes that got no connection, and beside which ours tries: see ``contest``."""
        return await self._follower.incumbents()

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
        last: Frame | None = None
        said: tuple[PgvigilError | None, tuple[Finding, ...]] = (None, ())
        with self._follower.listening() as news:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._patience(last)):
                        await news.wait()
                news.clear()
                if self._follower.is_closed:
                    return
                frame = await self._newest(server_id, last)
                says = (self.trouble, self.notices)
                if frame is not last or says != said:
                    last, said = frame, says
                    yield frame

    async def healths(self) -> AsyncGenerator[dict[str, Health], None]:
        """Each server's health now, and again when one changed; looked at every few seconds.

        Nothing is known of any while the store can't be read. Ends with the session.
        """
        last: dict[str, Health] | None = None
        with self._follower.listening() as news:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_STALE_AGAIN_SECONDS):
                        await news.wait()
                news.clear()
                if self._follower.is_closed:
                    return
                healths = await self._healths_now()
                if healths != last:
                    last = healths
                    yield healths
                await asyncio.sleep(self._settings.others_seconds)

    async def healths_at(self, moment: datetime) -> dict[str, Health]:
        """Each server's health as it was at ``moment``.

        Raises:
            StoreError: the store can't be read.
        """
        healths, spare = self._healths, self.spare_seconds
        return await self._store.call(lambda store: healths.read_past(store, moment, spare))

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
        asked = Asked(server_id, command, dict(arguments or {}), self._who)
        return await ask(self._store, asked, self._clock, self._settings.request_seconds)

    async def close(self) -> None:
        """Take back the heartbeat and close the store; the watcher ends by itself later.

        Twice does no harm.
        """
        await self._follower.close()

    @property
    def _who(self) -> str:
        """How this console is named in what is written down of it."""
        me = self._follower.me
        return f"{me.os_user}@{me.client or me.host}"

    def _renew_backups(self, server_id: str) -> None:
        """Have the next frame say what was just changed of a server's backups."""
        if (frames := self._frames.get(server_id)) is not None:
            frames.forget_backups()
        self._follower.announce()

    async def _healths_now(self) -> dict[str, Health]:
        healths, now, spare = self._healths, self._clock.now(), self._settings.lease_seconds
        try:
            return await self._store.call(lambda store: healths.read(store, now, spare))
        except StoreError as error:
            self._follower.note_failure(error)
            return {}

    async def _newest(self, server_id: str, last: Frame | None) -> Frame:
        try:
            return await self.latest(server_id)
        except StoreError as error:
            self._follower.note_failure(error)
            return last or assemble(server_id, self._clock.now(), (), live=True)

    def _patience(self, frame: Frame | None) -> float | None:
        """How long a listener may wait without news: until the frame is old, then a little."""
        if frame is None:
            return None
        left = seconds_until_stale(frame, self._clock.now(), self._settings.lease_seconds)
        return None if left is None else max(left, _STALE_AGAIN_SECONDS if left <= 0 else left)
