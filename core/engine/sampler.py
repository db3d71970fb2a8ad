"""Samples one server: takes its lease, holds one connection, and writes what it finds."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import replace

from core.clock import Clock
from core.collect.registry import collectors
from core.config.settings import Settings
from core.engine.assessor import Assessor
from core.engine.backups import BackupLook
from core.engine.cost import CostMeter
from core.engine.outage import after_failure, seconds_to_rest
from core.engine.predecessor import taken_over
from core.engine.rests import Rests
from core.engine.rounds import Rounds
from core.engine.same_server import also_watched_as
from core.engine.store_thread import StoreThread
from core.engine.tenure import Tenure
from core.engine.tick import Tick
from core.errors import ConfigError, LeaseLostError, PgvigilError, ServerError, StoreError
from core.model.connections import Backend
from core.model.server import Link, LinkState, ServerEntry
from core.model.snapshot import Subject
from core.postgres.capabilities import Capabilities, probe
from core.postgres.failure import LinkError
from core.postgres.session import Limits, Session
from core.postgres.target import Target
from core.store.minutes import MinuteSum

_log = logging.getLogger(__name__)


class Sampler:
    """One server's life in one watcher, from waiting for the lease to the last write.

    A server that can't be reached is given back between two attempts: a watcher of another host,
    or one that was started with the right password, may do better. It tries once at once; who has
    failed keeps to the moment that the last attempt, whoever made it, named for the next.
    """

    def __init__(
        self,
        entry: ServerEntry,
        settings: Settings,
        store: StoreThread,
        holder: str,
        clock: Clock,
    ) -> None:
        self.entry = entry
        self.session: Session | None = None
        self.link: Link | None = None
        server = settings.servers[entry.server_id]
        self.settings = settings
        self._store = store
        self._holder = holder
        self._clock = clock
        self._rests = Rests()
        self._attended = False
        self._has_failed = False
        self._has_rival = False
        self._rested_for: Link | None = None
        self._last_token = 0
        self._rounds: Rounds | None = None
        self._is_pausing = False
        self.tenure = Tenure(
            entry.server_id,
            holder,
            store,
            lease_seconds=settings.engine.lease_seconds,
            retry_seconds=settings.engine.lease_retry_seconds,
            on_lost=self._rests.cut_short,
        )
        self._assessor = Assessor(
            settings.thresholds, storage_quota_bytes=server.storage_quota_bytes
        )
        self._backups = BackupLook(settings, entry.server_id, store, clock)
        self._meter = CostMeter(settings.collect.budget_ms_per_minute)
        self._minutes = MinuteSum(settings.store.statements_per_minute)

    def attend(self, *, attended: bool) -> None:
        """Say whether a console looks at the server; a change of pace takes effect at once."""
        if attended == self._attended:
            return
        self._attended = attended
        if self._rounds is not None:
            self._rounds.attend(attended=attended)
            self._rests.cut_short()

    @property
    def answers(self) -> bool:
        """Whether requests are for this sampler: it has the lease, or pauses between attempts."""
        return self.tenure.lease is not None or self._is_pausing

    def backend(self, pid: int) -> Backend | None:
        """The session ``pid`` as the newest reading shows it."""
        return self._assessor.backend(pid)

    async def refresh(self) -> None:
        """Ask everything now, or try to connect now; returns when the store has the answer."""
        if self._rounds is not None:
            self._rounds.timetable.ask_again()
        await self._rests.until_answered()

    async def run(self) -> None:
        """Sample until cancelled; then give the connection and the lease back."""
        try:
            while True:
                try:
                    await self._hold_once()
                finally:
                    await self._hang_up()
        finally:
            await self._leave()

    async def _hold_once(self) -> None:
        """From the lease to the loss of the lease, of the connection or of the store."""
        try:
            await self._take_office()
            if not await self._is_too_early():
                await self._sample(await self._connect())
        except (ServerError, ConfigError) as error:
            await self._outlast(error)
        except LeaseLostError:
            _log.info("another watcher samples %s", self.entry.server_id)
        except StoreError as error:
            await self._outlast_store(error)

    async def _take_office(self) -> None:
        if self.tenure.lease is not None:
            return
        await self.tenure.obtain()
        token = self.tenure.held().token
        self._has_rival = token != self._last_token + 1
        if self._has_rival:
            now, lease_seconds = self._clock.now(), self.tenure.lease_seconds
            server_id, assessor = self.entry.server_id, self._assessor
            self.link = await taken_over(self._store, server_id, assessor, now, lease_seconds)
        self._last_token = token

    async def _is_too_early(self) -> bool:
        """Whether another watcher just failed too; then rest until the next attempt is due.

        Who has not failed yet may have the right password, and who was asked to try, tries.
        """
        if self.link in (None, self._rested_for) or self._rests.awaited or not self._has_failed:
            return False
        await self._pause()
        return True

    async def _connect(self) -> Session:
        if self.link is None:
            self.link = Link(LinkState.CONNECTING, self._clock.now())
            await self._tell_of_link(self.settings.collect.connect_timeout_seconds)
        limits = Limits.from_settings(self.settings.collect)
        server = self.settings.servers[self.entry.server_id]
        target = Target.from_settings(self.entry.name, server)
        self.session = await Session.connect(target, limits)
        return self.session

    async def _sample(self, session: Session) -> None:
        capabilities = await probe(session)
        self._has_failed = False
        link = self.link = Link(LinkState.CONNECTED, self._clock.now())
        self._assessor.forget_bodies()
        _log.info("connected to %s", self.entry.server_id)
        while True:
            await self._go_round(self._begin_rounds(session, capabilities, link))
            _log.info("the role of %s was renamed", self.entry.server_id)
            capabilities = await probe(session)

    def _begin_rounds(self, session: Session, found: Capabilities, link: Link) -> Rounds:
        collect = self.settings.collect
        rounds = self._rounds = Rounds(
            self.entry.server_id,
            session,
            collectors(found, collect),
            link=link,
            settings=collect,
            assessor=self._assessor,
            meter=self._meter,
            minutes=self._minutes,
            clock=self._clock,
            attended=self._attended,
        )
        return rounds

    async def _go_round(self, rounds: Rounds) -> None:
        """Ask what is due until the role is renamed: the statements that help it name it."""
        for subject in rounds.timetable.due(self._clock.monotonic()):
            # The first answers are written one by one: somebody waits for each of them.
            await self._tick(rounds, [subject])
        while not rounds.was_renamed:
            # Who asks from now on may come after the questions of this tick.
            awaited = self._rests.awaited
            due = rounds.timetable.due(self._clock.monotonic())
            if not due:
                self._rests.answer(awaited)
                await self._rests.rest(rounds.seconds_to_wait())
            elif await self._tick(rounds, due):
                self._rests.answer(awaited)

    async def _tick(self, rounds: Rounds, due: Sequence[Subject]) -> bool:
        """Ask what is due, and write it down; false where the store failed."""
        self.tenure.held()
        tick = Tick(self.entry.server_id)
        for subject in due:
            await rounds.ask(tick, subject)
        try:
            if Subject.SERVER in due:
                await self._look_for_other_names()
            await self._look_at_backups(tick)
            rounds.conclude(tick)
            await self.tenure.write(tick, self._clock.monotonic())
        except LeaseLostError:
            raise
        except StoreError as error:
            # The connection is kept: on a server without a free slot there is no second one.
            await self._outlast_store(error)
            return False
        return True

    async def _outlast_store(self, error: StoreError) -> None:
        _log.error("the store failed", extra={"problem": error})
        await self._rests.rest(self.settings.engine.store_retry_seconds)

    async def _outlast(self, error: PgvigilError) -> None:
        """Tell why there is no connection, and let time pass before the next attempt."""
        collect, now = self.settings.collect, self._clock.now()
        roll = random.random()  # noqa: S311 - nothing secret hangs on it
        self._has_failed = True
        state = error.state if isinstance(error, LinkError) else LinkState.REFUSED
        failed = after_failure(self.link, state, error, now, collect, roll=roll)
        self.link = replace(failed, tried_by=self._holder)
        _log.warning("no connection to %s: %s", self.entry.server_id, error.what)
        try:
            wait = seconds_to_rest(self.link, now, collect.reconnect_most_seconds)
            await self._tell_of_link(wait + collect.connect_timeout_seconds)
            await self._hang_up()
            # Who tried last leaves the next attempt to the others: they take turns.
            courtesy = self.settings.engine.lease_retry_seconds if self._has_rival else 0.0
            await self._pause(courtesy)
        except LeaseLostError:
            return

    async def _pause(self, courtesy: float = 0.0) -> None:
        """Leave the server to others until an attempt is due, or until we are asked to try."""
        self._rested_for = self.link
        most = self.settings.collect.reconnect_most_seconds
        await self.tenure.release()
        self._is_pausing = True
        try:
            await self._rests.rest(seconds_to_rest(self.link, self._clock.now(), most) + courtesy)
        finally:
            self._is_pausing = False

    async def _tell_of_link(self, pace_seconds: float) -> None:
        if self.link is None:
            return
        at = self._clock.now()
        tick = Tick(self.entry.server_id)
        tick.add(Subject.LINK, at, pace_seconds, self.link)
        self._assessor.note(Subject.LINK, self.link, at)
        await self._look_at_backups(tick)
        tick.add(Subject.ASSESSMENT, at, pace_seconds, self._assessor.assess(at))
        await self.tenure.write(tick, self._clock.monotonic())
        self._rests.answer(self._rests.awaited)

    async def _look_at_backups(self, tick: Tick) -> None:
        tick.samples.extend(await self._backups.look())
        self._assessor.note_backups(self._backups.newest)

    async def _look_for_other_names(self) -> None:
        server_id, info = self.entry.server_id, self._assessor.server
        names: tuple[str, ...] = ()
        if info is not None:
            names = await self._store.call(lambda store: also_watched_as(store, server_id, info))
        self._assessor.note_other_names(names)

    async def _hang_up(self) -> None:
        self._rounds = None
        session, self.session = self.session, None
        if session is not None:
            await session.close()

    async def _leave(self) -> None:
        """Write what was counted of this minute, and give the lease back."""
        if self.tenure.lease is None:
            return
        last = Tick(self.entry.server_id, minutes=list(self._minutes.flush()))
        try:
            if last.minutes:
                await self.tenure.write(last, self._clock.monotonic())
            await self.tenure.release()
        except StoreError as error:
            _log.warning("the lease ends by its time", extra={"problem": error})
