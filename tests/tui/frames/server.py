"""The server of the frames, the link to it, and how that can be down."""

from __future__ import annotations

from datetime import timedelta

from core.model.server import (
    ConnectionSlots,
    Link,
    LinkState,
    Platform,
    ServerEntry,
    ServerInfo,
)
from tests.tui.frames.moment import NOW, seconds_ago

SLOTS = ConnectionSlots(max_connections=100, superuser_reserved=3, reserved=0)

ENTRY = ServerEntry("orders-prod", "orders-prod", "postgresql://pgvigil@db1.example:5432/orders")

CONNECTED = Link(LinkState.CONNECTED, since=seconds_ago(1800))

UNREACHABLE = Link(
    LinkState.UNREACHABLE,
    since=seconds_ago(74),
    what="db1.example:5432 does not answer.",
    why="The connection timed out after 10 s: the host is down or a firewall drops packets.",
    remedy="Check that PostgreSQL runs and that this host may reach port 5432.",
    attempts=7,
    next_attempt_at=NOW + timedelta(seconds=12),
)


def server_info() -> ServerInfo:
    """A PostgreSQL 18 primary that has been up for twelve days."""
    return ServerInfo(
        version_num=180001,
        version="18.1",
        in_recovery=False,
        started_at=seconds_ago(12 * 86400 + 3 * 3600 + 240),
        server_time=NOW,
        system_identifier="7441234567890123456",
        database="orders",
        role="pgvigil",
        superuser=False,
        slots=SLOTS,
        platform=Platform.SELF_HOSTED,
        settings={
            "archive_command": "",
            "data_checksums": "on",
            "log_lock_waits": "off",
            "max_connections": "100",
            "shared_buffers": "8GB",
            "shared_preload_libraries": "pg_stat_statements",
            "statement_timeout": "0",
            "synchronous_commit": "on",
            "wal_level": "replica",
            "work_mem": "16MB",
        },
    )
