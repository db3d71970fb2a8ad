"""The processes that meet in the store, and what they ask of each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.configuration import Configuration

__all__ = [
    "Command",
    "Configuration",
    "Lease",
    "ProcessInfo",
    "ProcessKind",
    "Request",
    "RequestState",
]


class ProcessKind(StrEnum):
    """What a process of pgvigil is there for."""

    WATCHER = "watcher"
    SERVICE = "service"
    CONSOLE = "console"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A process's row in the store.

    ``servers`` are those that it watches or has open; ``attends`` those of them that a console
    looks at now, which are sampled at the attended pace.
    """

    process_id: str
    kind: ProcessKind
    host: str
    pid: int
    os_user: str
    started_at: datetime
    heartbeat_at: datetime
    servers: tuple[str, ...]
    client: str = ""
    attends: tuple[str, ...] = ()
    configuration: Configuration | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A right that one holder has until ``expires_at``; every new holder's ``token`` is greater."""

    resource: str
    holder: str
    token: int
    expires_at: datetime


class RequestState(StrEnum):
    """How far a request has come."""

    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


class Command(StrEnum):
    """What a console may ask a watcher to do on its held connection."""

    CANCEL_QUERY = "cancel query"
    TERMINATE_BACKEND = "terminate backend"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Request:
    """One question left in the store: who asks what, and what came of it."""

    request_id: str
    server_id: str
    command: Command
    arguments: dict[str, str]
    who: str
    created_at: datetime
    state: RequestState
    result: str = ""
    finished_at: datetime | None = None
