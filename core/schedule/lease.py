"""Keeping a lease: trying for it, renewing it, and knowing at once when it is lost."""

from __future__ import annotations

import asyncio
from typing import Protocol

from core.clock import Clock
from core.errors import LeaseLostError, StoreError
from core.model.process import Lease


class Leases(Protocol):
    """What a keeper asks of the store; every call may block."""

    def acquire(self, resource: str, holder: str, ttl_seconds: float) -> Lease | None:
        """The lease, or ``None`` while somebody else has it."""

    def renew(self, held: Lease, ttl_seconds: float) -> Lease:
        """``held`` with a later expiry, or LeaseLostError."""

    def release(self, held: Lease) -> None:
        """Let others have it."""


class LeaseKeeper:
    """Tries for one lease and keeps it, in the task that awaits :meth:`run`.

    The holder stops relying on the lease by its own monotonic clock, counted from before the last
    renewal was asked for: so it has stopped before the store lets anybody else have it, even when
    the store can't be reached.
    """

    def __init__(
        self,
        leases: Leases,
        resource: str,
        holder: str,
        *,
        ttl_seconds: float,
        renew_seconds: float,
        clock: Clock,
    ) -> None:
        self.resource = resource
        self.trouble: StoreError | None = None
        """Why the last turn failed, ``None`` when it did not."""
        self._leases = leases
        self._holder = holder
        self._ttl = ttl_seconds
        self._renew_every = renew_seconds
        self._clock = clock
        self._lease: Lease | None = None
        self._good_until = 0.0
        self._turned = asyncio.Event()

    @property
    def lease(self) -> Lease | None:
        """The lease while it may be relied on."""
        if self._lease is not None and self._clock.monotonic() >= self._good_until:
            self._lease = None
        return self._lease

    async def run(self) -> None:
        """Try for the lease and renew it until cancelled; give it back then."""
        try:
            while True:
                await self.turn()
                await asyncio.sleep(self._renew_every)
        finally:
            await asyncio.shield(self.release())

    async def turn(self) -> Lease | None:
        """Renew the lease, or try for it, once; the lease if it is held then."""
        begun = self._clock.monotonic()
        try:
            self._lease = await asyncio.to_thread(self._renew_or_acquire, self.lease)
        except LeaseLostError:
            self._lease, self.trouble = None, None
        except StoreError as error:
            self.trouble = error
        else:
            self._good_until, self.trouble = begun + self._ttl, None
        self._turned.set()
        self._turned.clear()
        return self.lease

    async def held(self) -> Lease:
        """Wait until the lease is held."""
        while (lease := self.lease) is None:
            await self._turned.wait()
        return lease

    async def lost(self) -> None:
        """Wait until the lease is not held, also because the store was out of reach too long."""
        while self.lease is not None:
            left = self._good_until - self._clock.monotonic()
            try:
                async with asyncio.timeout(max(left, 0.0)):
                    await self._turned.wait()
            except TimeoutError:
                continue

    async def release(self) -> None:
        """Give the lease back so that others need not wait for its expiry."""
        held, self._lease = self._lease, None
        if held is not None:
            try:
                await asyncio.to_thread(self._leases.release, held)
            except StoreError as error:
                self.trouble = error

    def _renew_or_acquire(self, held: Lease | None) -> Lease | None:
        if held is not None:
            return self._leases.renew(held, self._ttl)
        return self._leases.acquire(self.resource, self._holder, self._ttl)
