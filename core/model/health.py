"""Findings, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from core.model.statement_key import StatementKey


class Severity(IntEnum):
    """How bad a finding is; a greater value is worse."""

    INFO = 0
    WARNING = 1
    HIGH = 2
    CRITICAL = 3

    @property
    def label(self) -> str:
        """The word that stands on the screen."""
        return self.name.lower()


class Health(StrEnum):
    """A server's state in one word."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class Area(StrEnum):
    """Where in the console a finding is looked at."""

    SERVER = "server"
    CONNECTIONS = "connections"
    QUERIES = "queries"
    DATABASES = "databases"
    BACKUPS = "backups"
    SECURITY = "security"
    PGVIGIL = "pgvigil"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should know: what, since when, how bad, what to do.

    ``fingerprint`` stays the same for as long as it is the same finding. ``subject`` names what it
    is about within its area (a pid, a query id, a database), so that Enter can lead there.
    ``figures_at`` is when the figures in the title were read, where they are of one interval.
    """

    fingerprint: str
    area: Area
    severity: Severity
    title: str
    detail: str
    advice: str
    since: datetime
    subject: str = ""
    figures_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlowStatement:
    """A statement that took long in an interval, and how bad that is.

    ``waited_ms`` is how much of its time it waited for locks, as far as that was seen.
    """

    key: StatementKey
    severity: Severity
    waited_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the newest snapshots mean; findings worst first.

    Of those that are as bad as each other, what blocks others comes first, then the oldest.
    ``slow`` are the slow statements of the newest interval, also those without a finding of their
    own; ``None`` where its statements were not judged.
    """

    health: Health
    findings: tuple[Finding, ...]
    slow: tuple[SlowStatement, ...] | None = None
