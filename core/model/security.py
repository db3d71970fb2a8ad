"""What is known of a server's security."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One row of ``security_events``."""

    event_type: str
    at: datetime
    principal: str
    address: str
    risk: int
    summary: str


@dataclass(frozen=True, slots=True)
class SecurityOverview:
    """Security of one server; ``configured`` is false until something watches for anomalies."""

    configured: bool
    events: tuple[SecurityEvent, ...]
