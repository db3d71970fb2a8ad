"""Whether a server is watched under another name too: leases compare names, not servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.tenure import SERVER_RESOURCE
from core.model.server import ServerInfo
from core.model.snapshot import Subject

if TYPE_CHECKING:
    from core.store.store import Store


def also_watched_as(store: Store, server_id: str, info: ServerInfo) -> tuple[str, ...]:
    """The other ids under which a watcher samples the server that ``info`` describes now.

    Raises:
        StoreError: the store can't be read.
    """
    return tuple(
        each
        for each in store.leases.held_below(SERVER_RESOURCE)
        if each != server_id and _is_read_as(store, each, info)
    )


def _is_read_as(store: Store, server_id: str, info: ServerInfo) -> bool:
    newest = store.snapshots.one(server_id, Subject.SERVER)
    return (
        newest is not None and isinstance(newest.body, ServerInfo) and newest.body.is_same_as(info)
    )
