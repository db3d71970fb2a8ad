"""The lease on one server, as its sampler sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.engine.store_thread import StoreThread
from core.engine.tick import Tick
from core.errors import LeaseLostError
from core.model.process import Lease

SERVER_RESOURCE = "server:"
"""What the name of a server's lease begins with; its id follows."""


class Tenure:
    """Whether this watcher has the lease on a server now.

    ``on_lost`` is called when another watcher is found to have taken it. ``renewed_at`` is the
    monotonic moment of the last write that renewed it.
    """

    def __init__(
        self,
        server_id: str,
        holder: str,
        store: StoreThread,
        *,
        lease_seconds: float,
        retry_seconds: float,
        on_lost: Callable[[], None],
    ) -> None:
        self.resource = f"{SERVER_RESOURCE}{server_id}"
        self.lease: Lease | None = None
        self.lease_seconds = lease_seconds
        self.renewed_at = float("-inf")
        self._holder = holder
        self._store = store
        self._retry_seconds = retry_seconds
        self._on_lost = on_lost

    async def obtain(self) -> None:
        """Return when the lease is ours: at once where it is free, else when its holder is gone.

        Raises:
            StoreError: the store failed.
        """
        while self.lease is None:
            self.lease = await self._store.call(
                lambda store: store.leases.acquire(self.resource, self._holder, self.lease_seconds)
            )
            if self.lease is None:
                await asyncio.sleep(self._retry_seconds)

    def held(self) -> Lease:
        """The lease.

        Raises:
            LeaseLostError: it is not ours any more.
        """
        if self.lease is None:
            raise LeaseLostError(f"the lease on {self.resource} was lost")
        return self.lease

    async def write(self, tick: Tick, now: float) -> None:
        """Write what a tick found, which renews the lease; ``now`` is monotonic.

        Raises:
            LeaseLostError: it is not ours any more.
            StoreError: the store failed.
        """
        lease = self.held()
        try:
            await self._store.call(lambda store: tick.write(store, lease, self.lease_seconds))
        except LeaseLostError:
            self.lose()
            raise
        self.renewed_at = now

    def lose(self) -> None:
        """Note that another watcher has it."""
        self.lease = None
        self._on_lost()

    async def release(self) -> None:
        """Let another watcher have it at once.

        Raises:
            StoreError: the store failed; the lease then ends by its time.
        """
        lease, self.lease = self.lease, None
        if lease is not None:
            await self._store.call(lambda store: store.leases.release(lease))
