"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.types import Document, Identity, Moment
from core.store.views import create_views

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables and views."""
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("timestamp", Moment(), nullable=False),
        sa.Column("data", Document(), nullable=True),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        op.f("ix_alerts_server_id_timestamp"), "alerts", ["server_id", "timestamp"], unique=False
    )
    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_log")),
    )
    op.create_table(
        "backup",
        sa.Column("backup_id", sa.Text(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("system_identifier", sa.Text(), nullable=False),
        sa.Column("database", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.Text(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("snapshot_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_bytes", sa.BigInteger(), nullable=False),
        sa.Column("plain_bytes", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("kept_because", sa.Text(), nullable=False),
        sa.Column("expired_at", sa.BigInteger(), nullable=True),
        sa.Column("table_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("backup_id", name=op.f("pk_backup")),
    )
    op.create_index(op.f("ix_backup_chain_id"), "backup", ["chain_id"], unique=False)
    op.create_index(
        op.f("ix_backup_server_id_snapshot_at"),
        "backup",
        ["server_id", "snapshot_at"],
        unique=False,
    )
    op.create_table(
        "backup_copy",
        sa.Column("backup_id", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["backup_id"],
            ["backup.backup_id"],
            name=op.f("fk_backup_copy_backup_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("backup_id", "repository", name=op.f("pk_backup_copy")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "backup_manifest",
        sa.Column("backup_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["backup_id"],
            ["backup.backup_id"],
            name=op.f("fk_backup_manifest_backup_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("backup_id", name=op.f("pk_backup_manifest")),
    )
    op.create_table(
        "repository_identity",
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("repository_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("server_id", "repository", name=op.f("pk_repository_identity")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "backup_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("derivation", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_backup_key")),
    )
    op.create_table(
        "backup_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        sa.Column("backup_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("completed_at", Moment(), nullable=True),
        sa.Column("file_path", sa.Text(), nullable=True),
        sa.Column("file_size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("checksum", sa.Text(), nullable=True),
        sa.Column("verification_status", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("details", Document(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_jobs")),
    )
    op.create_index(
        op.f("ix_backup_jobs_server_id_created_at"),
        "backup_jobs",
        ["server_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "backup_metrics",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("metric_name", sa.Text(), nullable=False),
        sa.Column("metric_value", sa.Double(), nullable=False),
        sa.Column("metric_unit", sa.Text(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_metrics")),
    )
    op.create_index(
        op.f("ix_backup_metrics_server_id_recorded_at"),
        "backup_metrics",
        ["server_id", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "backup_schedules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("backup_type", sa.Text(), nullable=False),
        sa.Column("cron_expression", sa.Text(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_run_at", Moment(), nullable=True),
        sa.Column("next_run_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_schedules")),
    )
    op.create_index(
        op.f("ix_backup_schedules_server_id_name"),
        "backup_schedules",
        ["server_id", "name"],
        unique=True,
    )
    op.create_table(
        "health_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("timestamp", Moment(), nullable=False),
        sa.Column("checks", Document(), nullable=False),
        sa.Column("overall_status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_checks")),
    )
    op.create_index(
        op.f("ix_health_checks_server_id_timestamp"),
        "health_checks",
        ["server_id", "timestamp"],
        unique=False,
    )
    op.create_table(
        "job",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("pid_started", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("bytes_per_second", sa.Double(), nullable=True),
        sa.Column("seconds_left", sa.Double(), nullable=True),
        sa.Column("phases", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_state_created_at"), "job", ["state", "created_at"], unique=False)
    op.create_index(
        op.f("ix_job_server_id_created_at"), "job", ["server_id", "created_at"], unique=False
    )
    op.create_table(
        "job_note",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.job_id"], name=op.f("fk_job_note_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_job_note")),
    )
    op.create_table(
        "schedule_state",
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("known_since", sa.BigInteger(), nullable=False),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("server_id", "schedule", name=op.f("pk_schedule_state")),
    )
    op.create_table(
        "planned_run",
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("server_id", "schedule", "planned_at", name=op.f("pk_planned_run")),
    )
    op.create_index(op.f("ix_planned_run_job_id"), "planned_run", ["job_id"], unique=False)
    op.create_table(
        "lease",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("pid_started", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_lease")),
    )
    op.create_table(
        "metric",
        sa.Column("metric_ref", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("metric_ref", name=op.f("pk_metric")),
        sa.UniqueConstraint("name", name=op.f("uq_metric_name")),
    )
    op.create_table(
        "process",
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("pid_started", sa.Double(), nullable=False),
        sa.Column("os_user", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=False),
        sa.Column("servers", sa.Text(), nullable=False),
        sa.Column("attends", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("digests", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_process")),
    )
    op.create_table(
        "request",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_request")),
    )
    op.create_index(
        op.f("ix_request_state_created_at"), "request", ["state", "created_at"], unique=False
    )
    op.create_table(
        "restore_operations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("backup_job_id", sa.Uuid(), nullable=True),
        sa.Column("restore_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("initiated_by", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("completed_at", Moment(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("details", Document(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restore_operations")),
    )
    op.create_index(
        op.f("ix_restore_operations_server_id_created_at"),
        "restore_operations",
        ["server_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "revision",
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_revision")),
    )
    op.create_table(
        "security_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("details", Document(), nullable=True),
        sa.Column("risk_score", sa.Integer(), nullable=True),
        sa.Column("timestamp", Moment(), nullable=False),
        sa.CheckConstraint("risk_score BETWEEN 0 AND 100", name=op.f("risk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_events")),
    )
    op.create_index(
        op.f("ix_security_events_server_id_timestamp"),
        "security_events",
        ["server_id", "timestamp"],
        unique=False,
    )
    op.create_table(
        "server",
        sa.Column("server_ref", sa.Integer(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("server_ref", name=op.f("pk_server")),
        sa.UniqueConstraint("server_id", name=op.f("uq_server_server_id")),
    )
    op.create_table(
        "progress",
        sa.Column("server_ref", sa.Integer(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_ref"], ["server.server_ref"], name=op.f("fk_progress_server_ref")
        ),
        sa.PrimaryKeyConstraint("server_ref", "task", name=op.f("pk_progress")),
    )
    op.create_table(
        "sample",
        sa.Column("server_ref", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("metric_ref", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["metric_ref"], ["metric.metric_ref"], name=op.f("fk_sample_metric_ref")
        ),
        sa.ForeignKeyConstraint(
            ["server_ref"], ["server.server_ref"], name=op.f("fk_sample_server_ref")
        ),
        sa.PrimaryKeyConstraint("server_ref", "at", "metric_ref", name=op.f("pk_sample")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sample_hour",
        sa.Column("server_ref", sa.Integer(), nullable=False),
        sa.Column("metric_ref", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["metric_ref"], ["metric.metric_ref"], name=op.f("fk_sample_hour_metric_ref")
        ),
        sa.ForeignKeyConstraint(
            ["server_ref"], ["server.server_ref"], name=op.f("fk_sample_hour_server_ref")
        ),
        sa.PrimaryKeyConstraint("server_ref", "metric_ref", "at", name=op.f("pk_sample_hour")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sample_minute",
        sa.Column("server_ref", sa.Integer(), nullable=False),
        sa.Column("metric_ref", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["metric_ref"], ["metric.metric_ref"], name=op.f("fk_sample_minute_metric_ref")
        ),
        sa.ForeignKeyConstraint(
            ["server_ref"], ["server.server_ref"], name=op.f("fk_sample_minute_server_ref")
        ),
        sa.PrimaryKeyConstraint("server_ref", "metric_ref", "at", name=op.f("pk_sample_minute")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "snapshot",
        sa.Column("snapshot_id", Identity, nullable=False),
        sa.Column("server_ref", sa.Integer(), nullable=False),
        sa.Column("subject", sa.SmallInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("pace_ms", sa.Integer(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("keyframe_id", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_ref"], ["server.server_ref"], name=op.f("fk_snapshot_server_ref")
        ),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_snapshot")),
    )
    op.create_index(op.f("ix_snapshot_keyframe_id"), "snapshot", ["keyframe_id"], unique=False)
    op.create_index(
        op.f("ix_snapshot_server_ref_subject_snapshot_id"),
        "snapshot",
        ["server_ref", "subject", "snapshot_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_snapshot_server_ref_subject_taken_at"),
        "snapshot",
        ["server_ref", "subject", "taken_at"],
        unique=True,
    )
    op.create_table(
        "snapshot_keyframe",
        sa.Column("keyframe_id", Identity, nullable=False),
        sa.Column("server_ref", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_ref"], ["server.server_ref"], name=op.f("fk_snapshot_keyframe_server_ref")
        ),
        sa.PrimaryKeyConstraint("keyframe_id", name=op.f("pk_snapshot_keyframe")),
    )
    op.create_table(
        "statement_minute",
        sa.Column("server_ref", sa.Integer(), nullable=False),
        sa.Column("query_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("database_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("toplevel", sa.Boolean(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("total_ms", sa.Double(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_ref"], ["server.server_ref"], name=op.f("fk_statement_minute_server_ref")
        ),
        sa.PrimaryKeyConstraint(
            "server_ref",
            "query_id",
            "at",
            "database_id",
            "user_id",
            "toplevel",
            name=op.f("pk_statement_minute"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statement_text",
        sa.Column("server_ref", sa.Integer(), nullable=False),
        sa.Column("query_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_ref"], ["server.server_ref"], name=op.f("fk_statement_text_server_ref")
        ),
        sa.PrimaryKeyConstraint("server_ref", "query_id", name=op.f("pk_statement_text")),
        sqlite_with_rowid=False,
    )
    create_views(op.get_bind())
