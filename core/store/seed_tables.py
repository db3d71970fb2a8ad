"""The tables whose names and columns existing monitoring queries already use.

Timestamps are real ones here (``Moment``), so that such queries run unchanged on a PostgreSQL
store. ``server_id`` says which of the watched servers a row is about.
"""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)

from core.store.catalog_tables import metadata
from core.store.types import Document, Moment

__all__ = [
    "alerts",
    "backup_jobs",
    "backup_metrics",
    "backup_schedules",
    "health_checks",
    "metadata",
    "restore_operations",
    "security_events",
]


def _id() -> Column[object]:
    return Column("id", Uuid(), primary_key=True, default=uuid4)


def _server() -> Column[str]:
    return Column("server_id", Text, nullable=False)


backup_schedules = Table(
    "backup_schedules",
    metadata,
    _id(),
    _server(),
    Column("name", Text, nullable=False),
    Column("backup_type", Text, nullable=False),
    Column("cron_expression", Text, nullable=False),
    Column("retention_days", Integer),
    Column("is_active", Boolean(create_constraint=False), nullable=False),
    Column("last_run_at", Moment()),
    Column("next_run_at", Moment()),
    Column("created_at", Moment(), nullable=False),
    Column("updated_at", Moment(), nullable=False),
    Index(None, "server_id", "name", unique=True),
)

backup_jobs = Table(
    "backup_jobs",
    metadata,
    _id(),
    _server(),
    Column("schedule_id", Uuid()),
    Column("backup_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("started_at", Moment()),
    Column("completed_at", Moment()),
    Column("file_path", Text),
    Column("file_size_bytes", BigInteger),
    Column("checksum", Text),
    Column("verification_status", Text, nullable=False),
    Column("error_message", Text),
    Column("details", Document()),
    Index(None, "server_id", "created_at"),
)

backup_metrics = Table(
    "backup_metrics",
    metadata,
    _id(),
    _server(),
    Column("job_id", Uuid()),
    Column("metric_name", Text, nullable=False),
    Column("metric_value", Double, nullable=False),
    Column("metric_unit", Text, nullable=False),
    Column("recorded_at", Moment(), nullable=False),
    Index(None, "server_id", "recorded_at"),
)

restore_operations = Table(
    "restore_operations",
    metadata,
    _id(),
    _server(),
    Column("backup_job_id", Uuid()),
    Column("restore_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("initiated_by", Text, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("started_at", Moment()),
    Column("completed_at", Moment()),
    Column("error_message", Text),
    Column("details", Document()),
    Index(None, "server_id", "created_at"),
)

security_events = Table(
    "security_events",
    metadata,
    _id(),
    _server(),
    Column("event_type", Text, nullable=False),
    Column("user_id", Text),
    Column("ip_address", Text),
    Column("user_agent", Text),
    Column("details", Document()),
    Column("risk_score", Integer, CheckConstraint("risk_score BETWEEN 0 AND 100", name="risk")),
    Column("timestamp", Moment(), nullable=False),
    Index(None, "server_id", "timestamp"),
)

alerts = Table(
    "alerts",
    metadata,
    _id(),
    _server(),
    Column("type", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("timestamp", Moment(), nullable=False),
    Column("data", Document()),
    Column("environment", Text, nullable=False),
    Index(None, "server_id", "timestamp"),
)

health_checks = Table(
    "health_checks",
    metadata,
    _id(),
    _server(),
    Column("timestamp", Moment(), nullable=False),
    Column("checks", Document(), nullable=False),
    Column("overall_status", Text, nullable=False),
    Column("error", Text),
    Index(None, "server_id", "timestamp"),
)
