"""A snapshot: the answer to one question put to one server at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    # A console has nothing of all this yet when it paints first, and does not wait for it.
    from core.model.connections import Connections
    from core.model.cost import SelfCost
    from core.model.databases import Databases
    from core.model.health import Assessment
    from core.model.protection import BackupOverview
    from core.model.security import SecurityOverview
    from core.model.server import Link, ServerInfo
    from core.model.statements import Statements
    from core.model.unknown import Unknown

T = TypeVar("T")

Body: TypeAlias = "Link | ServerInfo | Connections | Statements | Databases | SelfCost | Assessment"


class Subject(StrEnum):
    """Which question a snapshot answers."""

    LINK = "link"
    SERVER = "server"
    CONNECTIONS = "connections"
    STATEMENTS = "statements"
    DATABASES = "databases"
    COST = "cost"
    ASSESSMENT = "assessment"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``body`` is what was found, or why it could not be had.

    ``pace_seconds`` says when to expect the next one.
    """

    server_id: str
    subject: Subject
    taken_at: datetime
    pace_seconds: float
    body: Body | Unknown


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """A body with the moment it was taken and the pace at which it is renewed."""

    at: datetime
    pace_seconds: float
    body: T | Unknown


@dataclass(frozen=True, slots=True)
class Frame:
    """All that is known of one server at ``moment``: what a screen draws, live or rewound.

    A subject is ``None`` until its first snapshot. ``live`` is false in a rewound frame.
    """

    server_id: str
    moment: datetime
    live: bool
    link: Taken[Link] | None = None
    server: Taken[ServerInfo] | None = None
    connections: Taken[Connections] | None = None
    statements: Taken[Statements] | None = None
    databases: Taken[Databases] | None = None
    cost: Taken[SelfCost] | None = None
    assessment: Taken[Assessment] | None = None
    backups: BackupOverview | None = None
    security: SecurityOverview | None = None
