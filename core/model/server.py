"""A server: who it is, how it is set, and whether it can be reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.model.link import Link, LinkState, ServerEntry
from core.model.unknown import Unknown

__all__ = ["ConnectionSlots", "Link", "LinkState", "Platform", "ServerEntry", "ServerInfo"]


class Platform(StrEnum):
    """Who runs the server, as far as it shows."""

    SELF_HOSTED = "self-hosted"
    RDS = "rds"
    AURORA = "aurora"
    SUPABASE = "supabase"
    NEON = "neon"
    CLOUD_SQL = "cloud-sql"
    AZURE = "azure"


@dataclass(frozen=True, slots=True)
class ConnectionSlots:
    """How many client connections the server admits."""

    max_connections: int
    superuser_reserved: int
    reserved: int

    @property
    def usable(self) -> int:
        """Slots that an ordinary role can take.

        max_connections - superuser_reserved_connections - reserved_connections.
        """
        return self.max_connections - self.superuser_reserved - self.reserved


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Who the server is: version, role in replication, age, settings, identity."""

    version_num: int
    version: str
    in_recovery: bool
    started_at: datetime | Unknown
    server_time: datetime
    system_identifier: str | Unknown
    database: str
    role: str
    superuser: bool
    slots: ConnectionSlots
    platform: Platform
    via_pooler: bool = False
    cluster_name: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def major(self) -> int:
        """The major version: 18 of 180001."""
        return self.version_num // 10_000

    def is_same_as(self, other: ServerInfo) -> bool:
        """Whether both describe one running instance, seen from the same database.

        A standby has its primary's system identifier, and so has a copy of the data folder: only
        what also started at the same moment, in the same role, is the same instance. What is
        unknown proves nothing.
        """
        known = not isinstance(self.system_identifier, Unknown)
        return known and not isinstance(self.started_at, Unknown) and self._place == other._place

    @property
    def _place(self) -> tuple[object, ...]:
        return self.system_identifier, self.started_at, self.in_recovery, self.database
