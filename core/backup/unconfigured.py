"""Repositories that have copies and are not in this config: another host's, or nobody's now."""

from __future__ import annotations

from collections.abc import Iterable

from core.config.settings import Settings
from core.store.catalog import Catalog
from core.store.local import host_name
from core.store.repository_ids import Seat


def unconfigured(settings: Settings, catalog: Catalog, server: str) -> frozenset[str]:
    """The repositories that have copies, and that this config does not have, nor another host.

    Hosts that share a store may each have a folder of their own: what was seen on another host and
    not on this one is that one's to look after.

    Raises:
        StoreError: the catalog can't be read.
    """
    names = catalog.repositories() - settings.repositories.keys()
    return frozenset(name for name in names if not is_of_another_host(catalog, server, name))


def is_of_another_host(catalog: Catalog, server: str, repository: str) -> bool:
    """Whether a repository with a server's backups was seen on other hosts, and never on this.

    Raises:
        StoreError: the catalog can't be read.
    """
    hosts = {seat.host for seat in places_of(catalog, [server], repository)}
    return bool(hosts) and hosts.isdisjoint({"", host_name()})


def places_of(catalog: Catalog, servers: Iterable[str], repository: str) -> tuple[Seat, ...]:
    """Where the repository was seen that has these servers' backups under a name.

    Raises:
        StoreError: the catalog can't be read.
    """
    ids = {catalog.repository_ids.get(server, repository) for server in servers}
    return tuple(
        sorted({seat for each in ids if each for seat in catalog.repository_ids.seats(each)})
    )


def why_left(repository: str) -> str:
    """Why a copy in such a repository is not looked at, and what ends that."""
    return (
        f"it was not looked at: the config has no repository {repository} any more (put it back;"
        f" or, where it is gone for good, pgvigil backup forget {repository})"
    )
