"""The settings model: every threshold, pace, limit and retention has its default here, only here.

The text in each ``Meta`` is what ``config check`` and the example config say of the key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

Share = Annotated[float, Meta(gt=0, le=1)]
Seconds = Annotated[float, Meta(gt=0)]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How one server is reached; what is left out is libpq's business (PG* variables, pgpass)."""

    dsn: Annotated[str, Meta(description="postgresql:// URL or key=value string, no password")] = ""
    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    dbname: str = ""
    user: str = ""
    service: Annotated[str, Meta(description="a section of pg_service.conf")] = ""
    sslmode: Literal["", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = ""
    sslrootcert: str = ""
    sslcert: str = ""
    sslkey: str = ""
    password_env: Annotated[str, Meta(description="environment variable with the password")] = ""
    password_file: Annotated[str, Meta(description="file whose first line is the password")] = ""
    password_command: Annotated[
        tuple[str, ...], Meta(description="program and arguments that print the password")
    ] = ()
    production: Annotated[bool, Meta(description="mark the server, ask twice before acting")] = (
        False
    )
    storage_quota_bytes: Annotated[int, Meta(ge=0, description="0: no quota known")] = 0


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """What the terminal shows."""

    theme: str = "pgvigil-dark"
    low_bandwidth: bool = False
    history_minutes: Annotated[int, Meta(ge=5, le=1440)] = 60


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two readings: while a console looks at the server, and while none does."""

    attended: Seconds
    unattended: Seconds


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """How often each question is put, and how much pgvigil may cost the server."""

    connections: Pace = Pace(attended=2, unattended=10)
    statements: Pace = Pace(attended=5, unattended=30)
    databases: Pace = Pace(attended=10, unattended=60)
    server: Pace = Pace(attended=30, unattended=60)
    database_sizes_seconds: Seconds = 300
    statement_timeout_seconds: Seconds = 5
    lock_timeout_seconds: Seconds = 0.5
    connect_timeout_seconds: Seconds = 10
    reconnect_first_seconds: Seconds = 1
    reconnect_most_seconds: Seconds = 30
    budget_ms_per_minute: Annotated[float, Meta(gt=0)] = 600
    backends_listed: Annotated[int, Meta(ge=10, le=5000)] = 500
    statements_listed: Annotated[int, Meta(ge=10, le=1000)] = 100


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a figure becomes a warning and where it becomes critical."""

    warning: float
    critical: float


@dataclass(frozen=True, slots=True)
class ThresholdSettings:
    """When a figure becomes a finding; shares are 0 to 1, times carry their unit in the name."""

    connection_usage: Threshold = Threshold(warning=0.80, critical=0.95)
    query_mean_ms: Threshold = Threshold(warning=500, critical=2000)
    storage_usage: Threshold = Threshold(warning=0.80, critical=0.95)
    error_rate: Threshold = Threshold(warning=0.05, critical=0.10)
    error_rate_least_transactions: Annotated[int, Meta(ge=1)] = 100
    slow_queries_per_hour: Annotated[int, Meta(ge=1)] = 10
    idle_in_transaction_seconds: Threshold = Threshold(warning=60, critical=300)
    transaction_seconds: Threshold = Threshold(warning=300, critical=1800)
    lock_wait_seconds: Threshold = Threshold(warning=10, critical=60)
    cache_hit_rate_least: Share = 0.90


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where pgvigil keeps what it saw, and for how long."""

    url: Annotated[
        str, Meta(description="empty: SQLite in the state folder; or postgresql://…")
    ] = ""
    password_env: str = ""
    snapshot_hours: Annotated[float, Meta(gt=0)] = 24
    snapshot_bytes_per_server: Annotated[int, Meta(ge=1_000_000)] = 80_000_000
    sample_raw_days: Annotated[float, Meta(gt=0)] = 1
    sample_minute_days: Annotated[float, Meta(gt=0)] = 31
    sample_hour_days: Annotated[float, Meta(gt=0)] = 366
    audit_days: Annotated[float, Meta(gt=0)] = 3660


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a config file can say."""

    servers: dict[str, ServerSettings] = field(default_factory=dict)
    console: ConsoleSettings = ConsoleSettings()
    collect: CollectSettings = CollectSettings()
    thresholds: ThresholdSettings = ThresholdSettings()
    store: StoreSettings = StoreSettings()
