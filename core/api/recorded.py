"""What was recorded of the servers, as a console asks for it: moments, series, statements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.api.database_history import DatabaseHistory
from core.api.frames import read_past
from core.api.last_run import read_last_run
from core.api.launch import Launch
from core.assess.staleness import with_staleness
from core.engine.store_thread import StoreThread
from core.model.databases import DatabasePoint
from core.model.series import Metric, Series
from core.model.snapshot import Frame
from core.model.statements import StatementKey, StatementPoint
from core.model.unknown import Unknown


class Recorded:
    """Reads what the store keeps of the past, in the thread of ``store``."""

    def __init__(self, launch: Launch, store: StoreThread) -> None:
        self._launch = launch
        self._store = store
        self._databases = DatabaseHistory()

    async def frame_at(self, server_id: str, moment: datetime) -> Frame:
        """What was known at ``moment``, and that it was old where it was; not live.

        Raises:
            StoreError: the store can't be read.
        """
        settings = self._launch.settings
        frame = await self._store.call(lambda store: read_past(store, settings, server_id, moment))
        return with_staleness(frame, moment, self.spare_seconds)

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
        texts = await self._store.call(
            lambda store: store.statements.texts(server_id, [key.query_id])
        )
        missing = Unknown("its text has not been fetched yet, or the server has forgotten it")
        return texts.get(key.query_id, missing)

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

    async def statement_last_run(
        self, server_id: str, key: StatementKey, start: datetime, end: datetime
    ) -> Frame | StatementPoint | None:
        """The newest interval from ``start`` to ``end`` in which one statement ran, as judged then.

        Only the statement's minute where the interval is no longer kept; ``None`` for neither.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(
            lambda store: read_last_run(store, server_id, key, start, end)
        )

    async def database_history(
        self, server_id: str, database_id: int, start: datetime, end: datetime
    ) -> tuple[DatabasePoint, ...]:
        """What was recorded of one database between ``start`` and ``end``.

        Raises:
            StoreError: the store can't be read.
        """
        history = self._databases
        return await self._store.call(
            lambda store: history.read(store, server_id, database_id, start, end)
        )

    @property
    def spare_seconds(self) -> float:
        """How much older than live something recorded may be: old snapshots are thinned out."""
        thinned = self._launch.settings.store.snapshot_thinned_seconds
        return self._launch.settings.engine.lease_seconds + thinned
