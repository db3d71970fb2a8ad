"""What a watcher finds in the store: who looks at which server, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.engine.precedence import superseded
from core.errors import LeaseLostError
from core.model.process import Lease, ProcessInfo, ProcessKind, Request

if TYPE_CHECKING:
    from core.store.store import Store


@dataclass(frozen=True, slots=True)
class News:
    """The living consoles, whether a job runs, and the requests that are now this watcher's.

    ``superseded`` are the servers that another watcher has by newer settings.
    """

    consoles: tuple[ProcessInfo, ...]
    jobs: bool
    requests: tuple[Request, ...]
    superseded: frozenset[str]


def renew(store: Store, leases: Mapping[str, Lease], ttl_seconds: float) -> tuple[str, ...]:
    """Let ``leases`` (by server) last ``ttl_seconds`` from now; gives the servers of lost ones.

    Raises:
        StoreError: the store failed.
    """
    lost = []
    for server_id, lease in leases.items():
        try:
            store.leases.renew(lease, ttl_seconds)
        except LeaseLostError:
            lost.append(server_id)
    return tuple(lost)


def news(
    store: Store, me: ProcessInfo, answering: Iterable[str], lost_after_seconds: float
) -> News:
    """Who lives, and the pending requests for the servers in ``answering``, taken for us.

    Raises:
        StoreError: the store failed.
    """
    alive = store.processes.alive(lost_after_seconds=lost_after_seconds)
    servers = list(answering)
    requests = []
    while servers and (request := store.requests.claim(servers, me.process_id)):
        requests.append(request)
    return News(
        consoles=tuple(each for each in alive if each.kind is ProcessKind.CONSOLE),
        jobs=any(each.kind is ProcessKind.JOB for each in alive),
        requests=tuple(requests),
        superseded=superseded(me, alive),
    )
