"""Watchers and consoles: their leases, signs of life and patience."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.config.settings_types import Seconds, about


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How watchers and consoles live together; nobody needs to change these."""

    lease_seconds: Annotated[
        Seconds, about("Another watcher takes over when this one was silent so long.")
    ] = 6
    lease_renew_seconds: Annotated[
        Seconds, about("Seconds between two signs of life of a watcher.")
    ] = 2
    lease_retry_seconds: Annotated[
        Seconds, about("Seconds between two looks whether another watcher's server is free.")
    ] = 0.5
    heartbeat_seconds: Annotated[
        Seconds, about("Seconds between two signs of life of a console.")
    ] = 10
    heartbeat_lost_seconds: Annotated[
        Seconds, about("A process of another host counts as gone after this silence.")
    ] = 30
    store_poll_seconds: Annotated[
        Seconds, about("Seconds between two looks whether the store changed.")
    ] = 0.25
    others_seconds: Annotated[
        Seconds, about("Seconds between two looks of a console at the servers it does not show.")
    ] = 3
    store_retry_seconds: Annotated[
        Seconds, about("Seconds until a store that failed is tried again.")
    ] = 2
    watcher_check_seconds: Annotated[
        Seconds, about("Seconds between two looks of a console for its watcher.")
    ] = 2
    watcher_grace_seconds: Annotated[
        Seconds, about("A watcher whose last console has gone ends after so long.")
    ] = 20
    request_seconds: Annotated[
        Seconds, about("A request that no watcher takes within this time expires.")
    ] = 15
    signal_patience_seconds: Annotated[
        Seconds, about("Seconds to watch whether a cancelled query or ended session obeys.")
    ] = 3
    backups_seconds: Annotated[
        Seconds, about("Seconds between two looks at what the store knows of backups.")
    ] = 10
    maintenance_seconds: Annotated[
        Seconds, about("Seconds between two clearings of what the store keeps.")
    ] = 300
    log_bytes: Annotated[
        int, Meta(ge=10_000), about("Size at which a watcher's log starts a new file.")
    ] = 1_000_000
