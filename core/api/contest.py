"""Servers that a watcher which was there before gets no connection to: another may be let in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.config.settings import EngineSettings
from core.engine.outage import still_down
from core.model.process import ProcessInfo, ProcessKind
from core.model.server import Link, LinkState
from core.model.snapshot import Frame, Subject

if TYPE_CHECKING:
    from core.store.store import Store

_DOWN = frozenset({LinkState.REFUSED, LinkState.UNREACHABLE})
_MOST_RIVALS = 3


@dataclass(frozen=True, slots=True)
class Contest:
    """Whose word on a server that is down is not the last one, and whether to start a rival."""

    incumbents: frozenset[str] = frozenset()
    needs_rival: bool = False


def find_contest(
    store: Store,
    me: ProcessInfo,
    engine: EngineSettings,
    now: datetime,
    is_mine: Callable[[int], bool],
) -> Contest:
    """The contest for the servers of ``me``; none where enough watchers try already.

    ``is_mine`` says of a pid of this host whether that watcher knows all that we know.

    Raises:
        StoreError: the store can't be read.
    """
    down: dict[str, Link] = {}
    for server_id in me.servers:
        found = store.snapshots.latest(server_id).get(Subject.LINK)
        link = still_down(found, now, engine.lease_seconds)
        if link is not None and link.state in _DOWN:
            down[server_id] = link
    alive = store.processes.alive(
        ProcessKind.WATCHER,
        ProcessKind.SERVICE,
        lost_after_seconds=engine.heartbeat_lost_seconds,
    )
    watching = [each for each in alive if down.keys() & set(each.servers)]
    if sum(each.kind is ProcessKind.WATCHER for each in watching) > _MOST_RIVALS:
        return Contest()
    mine = {each.process_id for each in watching if each.host == me.host and is_mine(each.pid)}
    others = {each.process_id for each in watching} - mine
    spoke = {link.tried_by for link in down.values()}
    return Contest(frozenset((others | spoke) - mine), needs_rival=bool(others))


def is_contested(frame: Frame, incumbents: frozenset[str]) -> bool:
    """Whether ``frame`` shows a failed attempt of one of ``incumbents``, and ours is to come."""
    link = frame.link.body if frame.link is not None else None
    return isinstance(link, Link) and link.state in _DOWN and link.tried_by in incumbents
