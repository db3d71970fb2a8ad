"""A server as a console lists it, and how the connection to it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkState(StrEnum):
    """How the watcher's held connection to a server stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    SLOTS_EXHAUSTED = "slots exhausted"
    STARTING = "starting"


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """One configured or given server, as a console lists it; ``target`` never holds a password."""

    server_id: str
    name: str
    target: str
    production: bool = False
    via_pooler: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """The state of the held connection and, when it is down, what a person should know and do.

    ``tried_by`` is the process whose attempt failed last.
    """

    state: LinkState
    since: datetime
    what: str = ""
    why: str = ""
    remedy: str = ""
    attempts: int = 0
    next_attempt_at: datetime | None = None
    tried_by: str = ""
