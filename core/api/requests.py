"""What a console asks of a watcher: the request in the store, and the wait for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.clock import Clock
from core.engine.store_thread import StoreThread
from core.model.process import Command, Request, RequestState

_OPEN = frozenset({RequestState.PENDING, RequestState.CLAIMED})
_ANSWER_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Asked:
    """What ``who`` wants done on a server."""

    server_id: str
    command: Command
    arguments: Mapping[str, str]
    who: str


async def ask(store: StoreThread, asked: Asked, clock: Clock, patience_seconds: float) -> Request:
    """Leave a request and wait for what comes of it.

    It comes back as done, failed, or expired where no watcher took it in time.

    Raises:
        StoreError: the store can't be written to.
    """
    request = await store.call(
        lambda opened: opened.requests.submit(
            asked.server_id, asked.command, dict(asked.arguments), asked.who
        )
    )
    request_id, until = request.request_id, clock.monotonic() + patience_seconds
    while request.state in _OPEN:
        await asyncio.sleep(_ANSWER_POLL_SECONDS)
        if clock.monotonic() > until:
            await store.call(lambda opened: opened.requests.expire(patience_seconds))
        found = await store.call(lambda opened: opened.requests.get(request_id))
        if found is None:
            return replace(request, state=RequestState.EXPIRED, result="it was cleared away")
        request = found
    return request
