"""The store for asynchronous code: one thread of its own, so that a slow disk stops nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from core.errors import StoreError

if TYPE_CHECKING:
    from core.store.store import Store

R = TypeVar("R")


class StoreThread:
    """Runs everything that touches a store in one thread, one call after the other.

    ``opening`` gives the store; it runs in the thread too, and may import what is heavy.
    """

    def __init__(self, opening: Callable[[], Store]) -> None:
        self._opening = opening
        self._store: Store | None = None
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    @property
    def is_open(self) -> bool:
        """Whether a store is open; one that failed since counts as open."""
        return self._store is not None

    async def open(self) -> None:
        """Open the store, closing it first where it is open.

        Raises:
            StoreError: it can't be opened.
        """
        await self._run(self._reopen)

    async def call(self, work: Callable[[Store], R]) -> R:
        """What ``work`` gives for the store; it waits for the calls before it.

        Opens the store where it is not open.

        Raises:
            StoreError: the store failed, or can't be opened.
        """
        return await self._run(lambda: work(self._opened()))

    async def aside(self, work: Callable[[Store], R]) -> R:
        """What ``work`` gives, in another thread: for what takes long and must hold up nothing.

        Raises:
            StoreError: the store failed, or can't be opened.
        """
        store = await self._run(self._opened)
        return await asyncio.to_thread(work, store)

    async def close(self) -> None:
        """Close the store after the calls before this one, and end the thread.

        Twice does no harm.
        """
        if not self._closed:
            try:
                await self._run(self._close)
            finally:
                self._closed = True
                self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], R]) -> R:
        if self._closed:
            raise StoreError("The store was closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _opened(self) -> Store:
        if self._store is None:
            self._store = self._opening()
        return self._store

    def _reopen(self) -> None:
        self._close()
        self._opened()

    def _close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()
