"""The servers of one watcher: a sampler each, which is kept going or left to another watcher."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from core.config.engine_settings import EngineSettings
from core.model.process import Lease

if TYPE_CHECKING:
    from core.engine.sampler import Sampler

_log = logging.getLogger(__name__)

_TICKS_SLIP = 1.25


class Watched:
    """Keeps the samplers of a watcher, and their leases; ``start`` runs something beside it."""

    def __init__(
        self,
        settings: EngineSettings,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._settings = settings
        self._start = start
        self._samplers: dict[str, Sampler] = {}
        self._kept: dict[str, asyncio.Task[None]] = {}
        self.left: frozenset[str] = frozenset()
        """The servers that a watcher by newer settings has."""

    def begin(self, sampler: Sampler) -> None:
        """Sample a server from now on."""
        server_id = sampler.entry.server_id
        self._samplers[server_id] = sampler
        self._kept[server_id] = self._start(self._keep(sampler))

    def sampler(self, server_id: str) -> Sampler:
        """The one of a server."""
        return self._samplers[server_id]

    async def _keep(self, sampler: Sampler) -> None:
        """Keep one server sampled: what goes wrong there must not stop the others."""
        while True:
            try:
                await sampler.run()
            except Exception:  # noqa: BLE001 - the other servers go on
                _log.exception("the sampler of %s failed", sampler.entry.server_id)
            await asyncio.sleep(self._settings.store_retry_seconds)

    @property
    def answering(self) -> tuple[str, ...]:
        """The servers whose requests are for this watcher."""
        return tuple(key for key, sampler in self._samplers.items() if sampler.answers)

    def attend(self, attended: Collection[str]) -> None:
        """Say at which servers a console looks."""
        for server_id, sampler in self._samplers.items():
            sampler.attend(attended=server_id in attended)

    # Leases

    def aging_leases(self, now: float) -> dict[str, Lease]:
        """The leases that no tick has renewed for some time; each tick renews its own."""
        too_long = self._settings.lease_renew_seconds * _TICKS_SLIP
        return {
            server_id: sampler.tenure.lease
            for server_id, sampler in self._samplers.items()
            if sampler.tenure.lease is not None and now - sampler.tenure.renewed_at >= too_long
        }

    def note_renewed(self, servers: Iterable[str], now: float) -> None:
        """The leases on these servers were renewed at the monotonic moment ``now``."""
        for server_id in servers:
            self._samplers[server_id].tenure.renewed_at = now

    def note_lost(self, servers: Iterable[str]) -> None:
        """Other watchers have the leases on these servers."""
        for server_id in servers:
            self._samplers[server_id].tenure.lose()

    def seconds_to_next(self, now: float) -> float:
        """How long nothing needs to be done where nobody writes to the store."""
        renewed = [
            sampler.tenure.renewed_at + self._settings.lease_renew_seconds * _TICKS_SLIP
            for sampler in self._samplers.values()
            if sampler.tenure.lease is not None
        ]
        return min([self._settings.lease_renew_seconds, *(at - now for at in renewed)])

    # Watchers by newer settings

    def leave(self, superseded: frozenset[str]) -> bool:
        """Leave these servers to a watcher by newer settings, go back to those that it left.

        Gives whether they are all: then this watcher is needed no more, and its end leaves them.
        """
        for server_id in superseded - self.left:
            _log.info("%s is left to a watcher by newer settings", server_id)
        if len(superseded) == len(self._samplers):
            return True
        for server_id in superseded - self.left:
            self._kept[server_id].cancel()
        for server_id in self.left - superseded:
            left = self._kept[server_id]
            self._kept[server_id] = self._start(self._keep_after(left, self._samplers[server_id]))
        self.left = superseded
        return False

    async def _keep_after(self, left: asyncio.Task[None], sampler: Sampler) -> None:
        """Go back to a server that was left, once the leaving has come to its end."""
        await asyncio.wait({left})
        await self._keep(sampler)
