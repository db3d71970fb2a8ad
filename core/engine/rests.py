"""A sampler's rests: cut short where something happens, and who waits for what comes after."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Rests:
    """Where a sampler waits, and where those wait who asked it for an answer."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._awaiting: list[asyncio.Future[None]] = []

    async def rest(self, seconds: float) -> None:
        """Wait, or less where something happens."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._wake.wait()
        self._wake.clear()

    def cut_short(self) -> None:
        """Something happened: end the rest, or the next one as it begins."""
        self._wake.set()

    @property
    def awaited(self) -> int:
        """How many wait for an answer."""
        return len(self._awaiting)

    async def until_answered(self) -> None:
        """Cut the rest short, and return when the answer is there."""
        answered = asyncio.get_running_loop().create_future()
        self._awaiting.append(answered)
        self.cut_short()
        await answered

    def answer(self, count: int) -> None:
        """Tell the first ``count`` of those who wait that their answer is there."""
        waiting, self._awaiting = self._awaiting[:count], self._awaiting[count:]
        for answered in waiting:
            if not answered.done():
                answered.set_result(None)
