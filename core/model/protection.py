"""What the store holds of backups and of security: enough for the overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BackupRun:
    """One row of ``backup_jobs``, as the history lists it."""

    job_id: str
    kind: str
    status: str
    started_at: datetime
    completed_at: datetime | None
    size_bytes: int | None
    verification: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class BackupOverview:
    """Backups of one server; ``configured`` is false until a repository and a schedule exist."""

    configured: bool
    last_good: BackupRun | None
    runs: tuple[BackupRun, ...]
    next_run_at: datetime | None = None
    next_run_name: str = ""


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
