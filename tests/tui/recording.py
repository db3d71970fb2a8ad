"""The example in a real store, as a watcher would have written it, and consoles that read it.

The test is the watcher: it holds the server's lock, so that no console starts another one, and
writes ticks when it wants to.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copytree

from core.api.console import ConsoleSession
from core.api.launch import Launch
from core.config.settings import StoreSettings
from core.engine.presence import claim
from core.model.process import Lease, Request
from core.model.series import Sample
from core.model.snapshot import Frame, Snapshot, Subject
from core.model.statements import Statements
from core.store.store import Store
from tests.tui import frames, past, playback
from tui.app import ConsoleApp

SERVER = frames.ENTRY.server_id
TICKS = 40
TICK_SECONDS = 2
LONG_TAIL = " /* in the store there is more of it than in the list */"


@dataclass
class StandingClock:
    """A clock that stands until it is put forward; waiting goes on in real time."""

    moment: datetime = frames.NOW

    def now(self) -> datetime:
        """The moment it was put to."""
        return self.moment

    def monotonic(self) -> float:
        """The machine's own seconds."""
        return time.monotonic()


class Recording:
    """A store with the example's last hour, and what the test does in the watcher's place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = StandingClock()
        self.store = Store.open(
            StoreSettings(), clock=self.clock, state_folder=folder, migrate=False
        )
        self._lease = _lease(self.store)

    def tick(self, frame: Frame, seconds: float = TICK_SECONDS) -> None:
        """Some seconds later the watcher sees what ``frame`` says."""
        self.clock.moment = frames.seconds_ago(-seconds)
        self.store.write_tick(self._lease, SERVER, snapshots=_snapshots(frame, self.clock.moment))

    async def asked(self) -> Request:
        """What a console asks for; the test has taken it on."""
        while True:
            if (request := self.store.requests.claim([SERVER], "test")) is not None:
                return request
            await asyncio.sleep(0.02)

    def app(self, launch: Launch | None = None) -> ConsoleApp:
        """A console on the store."""

        async def opened(launch: Launch) -> ConsoleSession:
            return await ConsoleSession.open(launch, clock=self.clock)

        return ConsoleApp(
            launch or playback.launch(self.folder), open_session=opened, now=self.clock.now
        )


def record(folder: Path, live: Frame) -> None:
    """Write an hour of series, eighty calm seconds, and ``live`` as what is now."""
    folder.mkdir(mode=0o700)
    store = Store.open(StoreSettings(), clock=StandingClock(), state_folder=folder, migrate=True)
    lease = _lease(store)
    for ticks in range(TICKS, 0, -1):
        at = frames.seconds_ago(ticks * TICK_SECONDS)
        store.write_tick(lease, SERVER, snapshots=_snapshots(frames.calm(), at))
    statements = past.body_of(live.statements, Statements)
    listed = statements.top if statements is not None else ()
    store.write_tick(
        lease,
        SERVER,
        snapshots=_snapshots(live, frames.NOW),
        samples=_samples(live),
        statement_minutes=[
            minute for each in listed for minute in past.statement_minutes(live, each.key)
        ],
    )
    store.statements.put_texts(
        SERVER, {each.key.query_id: each.text + LONG_TAIL for each in listed}
    )
    store.leases.release(lease)
    store.close()


@contextmanager
def playing(recorded: Path, folder: Path) -> Iterator[Recording]:
    """A copy of what was recorded, under a watcher."""
    copytree(recorded, folder)
    lock = claim(folder, SERVER)
    assert lock is not None
    recording = Recording(folder)
    try:
        yield recording
    finally:
        recording.store.close()
        os.close(lock)


def _lease(store: Store) -> Lease:
    lease = store.leases.acquire(f"server:{SERVER}", "test", 3600)
    assert lease is not None
    return lease


def _samples(live: Frame) -> tuple[Sample, ...]:
    return tuple(past.samples(live, frames.seconds_ago(3600), frames.NOW))


def _snapshots(frame: Frame, at: datetime) -> tuple[Snapshot, ...]:
    """All subjects of a frame, taken at one moment as a watcher's tick takes them."""
    taken = {subject: getattr(frame, subject.value) for subject in Subject}
    return tuple(
        Snapshot(SERVER, subject, at, each.pace_seconds, each.body)
        for subject, each in taken.items()
        if each is not None
    )
