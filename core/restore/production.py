"""The names by which a config has the target of a restore as production: it may have several."""

from __future__ import annotations

from core.config.dsn import parameters_of
from core.config.settings import ServerSettings, Settings
from core.model.restore import RestorePlan
from core.model.server import ServerInfo
from core.model.snapshot import Subject
from core.restore.world import SYSTEM
from core.store.store import Store

_USUAL_PORT = "5432"


def production_names(agreed: RestorePlan, settings: Settings, store: Store) -> tuple[str, ...]:
    """The production servers of the config that a plan's target is; none where it is not one.

    Its own name, or those of servers at the same address, or with the same system identifier as far
    as that is known: by the plan, the backups and what was sampled. A copy of a production server's
    data folder has its identifier, and counts as it.

    Raises:
        StoreError: the store can't be read.
    """
    name = agreed.wish.target_server
    own = settings.servers.get(name)
    if own is None or own.production:
        return (name,) if own is not None else ()
    marked = {other: each for other, each in settings.servers.items() if each.production}
    if not marked:
        return ()
    system, address = agreed.world.get(SYSTEM, ""), _address(own)
    mine = frozenset({system}) if system else _systems(name, store)
    return tuple(
        other
        for other, each in marked.items()
        if (address and _address(each) == address) or mine & _systems(other, store)
    )


def _systems(server: str, store: Store) -> frozenset[str]:
    """The system identifiers that a server was last known by."""
    found = set()
    newest = store.snapshots.one(server, Subject.SERVER)
    if newest is not None and isinstance(newest.body, ServerInfo):
        identifier = newest.body.system_identifier
        found |= {identifier} if isinstance(identifier, str) else set()
    if entries := store.catalog.entries(server):
        found.add(max(entries, key=lambda each: each.order).system_identifier)
    return frozenset(found - {""})


def _address(server: ServerSettings) -> tuple[str, str] | None:
    """Host and port as the config has them, where it names a host."""
    given = parameters_of(server.dsn) if server.dsn else {}
    host = server.host or given.get("host") or given.get("hostaddr")
    port = str(server.port) if server.port else given.get("port", _USUAL_PORT)
    return (host, port) if host else None
