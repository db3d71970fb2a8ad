"""The store's own tables. Moments are microseconds since 1970 UTC (see ``moments``).

``server`` and ``metric`` give long names a small number once, because rows of samples and
snapshots are many. The tables that the seeds name are in ``seed_tables``.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

from core.store.types import Identity

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _server() -> Column[int]:
    return Column("server_ref", Integer, ForeignKey("server.server_ref"), nullable=False)


server = Table(
    "server",
    metadata,
    Column("server_ref", Integer, primary_key=True),
    Column("server_id", Text, nullable=False, unique=True),
)

metric = Table(
    "metric",
    metadata,
    Column("metric_ref", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

revision = Table(
    "revision",
    metadata,
    Column("server_id", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""Counts a server's writes on PostgreSQL, so that a console sees cheaply that there is news."""

progress = Table(
    "progress",
    metadata,
    Column("server_ref", Integer, ForeignKey("server.server_ref"), primary_key=True),
    Column("task", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
)
"""How far each kind of maintenance has come with each server."""

keyframe = Table(
    "snapshot_keyframe",
    metadata,
    Column("keyframe_id", Identity, primary_key=True),
    _server(),
    Column("taken_at", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
"""What the snapshots that name it are compressed against."""

snapshot = Table(
    "snapshot",
    metadata,
    Column("snapshot_id", Identity, primary_key=True),
    _server(),
    Column("subject", SmallInteger, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("pace_ms", Integer, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("unknown", Boolean(create_constraint=False), nullable=False),
    Column("size", Integer, nullable=False),
    Column("keyframe_id", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index(None, "server_ref", "subject", "taken_at", unique=True),
    Index(None, "server_ref", "subject", "snapshot_id"),
    Index(None, "keyframe_id"),
)
"""What rewind plays: zstd of msgpack, against a keyframe."""

sample = Table(
    "sample",
    metadata,
    Column("server_ref", Integer, ForeignKey("server.server_ref"), primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("metric_ref", Integer, ForeignKey("metric.metric_ref"), primary_key=True),
    Column("value", Double, nullable=False),
    sqlite_with_rowid=False,
)
"""Every value of the last day; in order of time, so that a tick writes one page."""


def _roll_up(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("server_ref", Integer, ForeignKey("server.server_ref"), primary_key=True),
        Column("metric_ref", Integer, ForeignKey("metric.metric_ref"), primary_key=True),
        Column("at", BigInteger, primary_key=True),
        Column("low", Double, nullable=False),
        Column("high", Double, nullable=False),
        Column("total", Double, nullable=False),
        Column("count", Integer, nullable=False),
        sqlite_with_rowid=False,
    )


sample_minute = _roll_up("sample_minute")
sample_hour = _roll_up("sample_hour")

statement_text = Table(
    "statement_text",
    metadata,
    Column("server_ref", Integer, ForeignKey("server.server_ref"), primary_key=True),
    Column("query_id", BigInteger, primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
    Column("text", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Full statement texts, zstd of UTF-8; whoever runs it, a query id stands for one text."""

statement_minute = Table(
    "statement_minute",
    metadata,
    Column("server_ref", Integer, ForeignKey("server.server_ref"), primary_key=True),
    Column("query_id", BigInteger, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("database_id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("toplevel", Boolean(create_constraint=False), primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("total_ms", Double, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""The costliest statements of each minute; people read it as the view ``query_performance``."""

lease = Table(
    "lease",
    metadata,
    Column("resource", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Double, nullable=False),
)

process = Table(
    "process",
    metadata,
    Column("process_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Double, nullable=False),
    Column("os_user", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    Column("servers", Text, nullable=False),
    Column("attends", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=True),
    Column("digests", Text, nullable=False),
)

request = Table(
    "request",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("server_id", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("finished_at", BigInteger),
    Index(None, "state", "created_at"),
)

job = Table(
    "job",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("server_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Double, nullable=False),
    Column("who", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("cancel_asked", Boolean(create_constraint=False), nullable=False),
    Column("result", Text, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("started_at", BigInteger),
    Column("bytes_per_second", Double),
    Column("seconds_left", Double),
    Column("phases", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Index(None, "state", "created_at"),
    Index(None, "server_id", "created_at"),
)
"""``phases`` is JSON: of each phase that is over, its name, seconds and bytes."""

job_note = Table(
    "job_note",
    metadata,
    Column("job_id", Text, ForeignKey("job.job_id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
)
"""What a job had to say, in its order; redacted before it gets here."""

schedule_state = Table(
    "schedule_state",
    metadata,
    Column("server_id", Text, primary_key=True),
    Column("schedule", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("known_since", BigInteger, nullable=False),
    Column("paused_at", BigInteger),
    Column("paused_by", Text, nullable=False),
    Column("ahead_since", BigInteger),
)
"""From when on a schedule's moments count, and whether a person paused it.

``ahead_since`` is when it was first seen that moments have fired which are still to come.
"""

planned_run = Table(
    "planned_run",
    metadata,
    Column("server_id", Text, primary_key=True),
    Column("schedule", Text, primary_key=True),
    Column("planned_at", BigInteger, primary_key=True),
    Column("state", Text, nullable=False),
    Column("started_at", BigInteger),
    Column("job_id", Text, nullable=False),
    Column("why", Text, nullable=False),
    Index(None, "job_id"),
)
"""One row for a schedule's moment, whoever fires it: its key is what keeps a run from being two."""

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
"""Who did what; each row carries the SHA-256 of the one before."""

backup_key = Table(
    "backup_key",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("derivation", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
    Column("confirmed_by", Text, nullable=False),
)
"""Which keys seal backups, and who has confirmed that a copy is kept; never a key itself."""
