"""When an app has nothing left to do, whatever the load of the machine.

Waiting for some milliseconds without a change says nothing on a busy machine: the process may not
have run in them. The event loop itself knows what is still to come.
"""

from __future__ import annotations

import asyncio
from typing import Any

SOON_SECONDS = 0.05
"""Three of Textual's frames: a timer that is due sooner belongs to what is under way."""

STEP_SECONDS = 0.004


async def quiet(patience_seconds: float) -> None:
    """Wait until no callback is ready and no timer is due soon.

    What runs in a thread is not seen; wait for its result on the screen first.

    Raises:
        TimeoutError: it never came to rest.
    """
    loop: Any = asyncio.get_running_loop()
    async with asyncio.timeout(patience_seconds):
        while True:
            if not loop._ready and not _is_due_soon(loop):
                return
            await asyncio.sleep(STEP_SECONDS)


def _is_due_soon(loop: Any) -> bool:
    soon = loop.time() + SOON_SECONDS
    return any(not timer.cancelled() and timer.when() < soon for timer in loop._scheduled)
