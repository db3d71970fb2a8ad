"""A watcher's look at what the store knows of backups: for findings, and for the trend."""

from __future__ import annotations

from datetime import datetime

from core.clock import Clock
from core.config.settings import Settings
from core.engine.store_thread import StoreThread
from core.model.backup import BackupKind
from core.model.protection import BackupOverview
from core.model.series import Metric, Sample
from core.schedule.overview import Overviews

_METRICS = {
    BackupKind.FULL: Metric.BACKUPS_FULL_BYTES,
    BackupKind.INCREMENTAL: Metric.BACKUPS_INCREMENTAL_BYTES,
}
_SAMPLED_SECONDS = 3600.0


class BackupLook:
    """Looks at one server's backups every ``engine.backups_seconds``.

    While a job runs it looks at each tick, so that its end is told of at once.
    """

    def __init__(
        self, settings: Settings, server_id: str, store: StoreThread, clock: Clock
    ) -> None:
        self._every = settings.engine.backups_seconds
        self._overviews = Overviews(settings, server_id)
        self._store = store
        self._clock = clock
        self._looked_at = float("-inf")
        self._sampled: dict[Metric, float] = {}
        self._sampled_at = float("-inf")
        self.newest: BackupOverview | None = None

    async def look(self) -> tuple[Sample, ...]:
        """Look, where it is time; gives what is to be sampled of it.

        Raises:
            StoreError: the store can't be read.
        """
        monotonic = self._clock.monotonic()
        if monotonic < self._looked_at + self._every and not self._is_under_way:
            return ()
        now, overviews = self._clock.now(), self._overviews
        self.newest = await self._store.call(lambda store: overviews.read(store, now, monotonic))
        self._looked_at = monotonic
        return self._samples(self.newest, now, monotonic)

    @property
    def _is_under_way(self) -> bool:
        """Whether a job runs."""
        return self.newest is not None and bool(self.newest.jobs)

    def _samples(
        self, overview: BackupOverview, now: datetime, monotonic: float
    ) -> tuple[Sample, ...]:
        """What backups take by kind: when it changed, and every hour; nothing before the first."""
        sums: dict[Metric, float] = {}
        for each in overview.storage:
            metric = _METRICS.get(each.kind, Metric.BACKUPS_OTHER_BYTES)
            sums[metric] = sums.get(metric, 0.0) + each.sealed_bytes
        gone = {metric: 0.0 for metric in self._sampled if metric not in sums}
        sums.update(gone)
        if sums == self._sampled and monotonic < self._sampled_at + _SAMPLED_SECONDS:
            return ()
        self._sampled, self._sampled_at = sums, monotonic
        return tuple(Sample(metric, now, value) for metric, value in sums.items())
