"""A console's view of the store: frames as they come, rewind, series, and requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from core.api.launch import Launch
from core.errors import PgvigilError
from core.model.process import Command, Request
from core.model.series import Metric, Series
from core.model.server import ServerEntry
from core.model.snapshot import Frame
from core.model.statements import StatementKey, StatementPoint
from core.model.unknown import Unknown


class ConsoleSession:
    """One console from its opening to its close; reads the store, never a server.

    Everything that touches the store runs in one thread of the session's own, so that a slow disk
    never stops the screen.
    """

    @classmethod
    async def open(cls, launch: Launch) -> ConsoleSession:
        """Start a watcher where none runs, open the store, and begin to follow it.

        Raises:
            StoreError: the store can't be opened.
        """
        raise NotImplementedError

    def servers(self) -> tuple[ServerEntry, ...]:
        """The servers of the launch, in its order."""
        raise NotImplementedError

    @property
    def trouble(self) -> PgvigilError | None:
        """Why the frames are no longer renewed (store or watcher); ``None`` while all is well.

        ``changes`` yields the last frame again whenever this changes.
        """
        raise NotImplementedError

    def look_at(self, server_id: str) -> None:
        """Say that the person looks at this server: it is sampled at the attended pace."""
        raise NotImplementedError

    async def latest(self, server_id: str) -> Frame:
        """The newest of everything; empty where nothing was sampled yet.

        Raises:
            StoreError: the store can't be read.
        """
        raise NotImplementedError

    def changes(self, server_id: str) -> AsyncIterator[Frame]:
        """The newest frame now, and a new one whenever something in it changed or grew stale.

        Never ends and never raises for a store that went bad: see ``trouble``.
        """
        raise NotImplementedError

    async def frame_at(self, server_id: str, moment: datetime) -> Frame:
        """What was known at ``moment``; not live.

        Raises:
            StoreError: the store can't be read.
        """
        raise NotImplementedError

    async def step(self, server_id: str, moment: datetime | None, count: int) -> datetime | None:
        """The moment ``count`` recorded ticks from ``moment`` (``None``: now); negative is back.

        ``None`` where nothing was recorded there.
        """
        raise NotImplementedError

    async def span(self, server_id: str) -> tuple[datetime, datetime] | None:
        """The first and the last recorded moment; ``None`` before the first."""
        raise NotImplementedError

    async def series(
        self,
        server_id: str,
        metrics: Iterable[Metric],
        start: datetime,
        end: datetime,
        buckets: int,
    ) -> dict[Metric, Series]:
        """Each metric between ``start`` and ``end`` in ``buckets`` equal buckets."""
        raise NotImplementedError

    async def statement_text(self, server_id: str, key: StatementKey) -> str | Unknown:
        """A statement's full text, or why it is not known."""
        raise NotImplementedError

    async def statement_history(
        self,
        server_id: str,
        key: StatementKey,
        start: datetime,
        end: datetime,
        buckets: int,
    ) -> tuple[StatementPoint, ...]:
        """One statement's calls and times between ``start`` and ``end``."""
        raise NotImplementedError

    async def ask(
        self, server_id: str, command: Command, arguments: dict[str, str] | None = None
    ) -> Request:
        """Leave a request for the watcher and wait for what comes of it.

        The request comes back as done, failed, or expired where no watcher took it in time.
        CANCEL_QUERY and TERMINATE_BACKEND take ``pid`` and ``backend_start`` (ISO 8601), so that
        a pid that the server gave to another session meanwhile is left alone.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Take back the heartbeat and close the store; the watcher ends by itself later."""
        raise NotImplementedError
