"""Hand-made frames."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from core.model.connections import Connections, Count
from core.model.cost import SelfCost
from core.model.databases import DatabaseDelta, Databases
from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.server import ConnectionSlots, Link, LinkState, Platform, ServerEntry, ServerInfo
from core.model.snapshot import Frame, Taken
from core.model.statements import Statements
from core.model.unknown import Unknown

T = TypeVar("T")

NOW = datetime(2026, 3, 4, 3, 12, 5, tzinfo=UTC)
ENTRY = ServerEntry("orders", "orders", "postgresql://pgvigil@db/orders")


def taken(body: T | Unknown) -> Taken[T]:
    return Taken(NOW - timedelta(seconds=2), 2.0, body)


def connections(total: int = 41, details: Unknown | None = None) -> Connections:
    return Connections(
        slots=ConnectionSlots(max_connections=103, superuser_reserved=3, reserved=0),
        total=total,
        by_state=(
            Count("idle", total - 15),
            Count("active", 10),
            Count("idle in transaction", 4),
            Count("idle in transaction (aborted)", 1),
        ),
        by_database=(),
        by_role=(),
        by_application=(),
        by_client=(),
        waiting_on_lock=3,
        longest_query_seconds=1.5,
        longest_transaction_seconds=125.0,
        longest_idle_in_transaction_seconds=12.25,
        backends=(),
        details=details,
    )


def finding(title: str = "Connections at 98 %", severity: Severity = Severity.CRITICAL) -> Finding:
    return Finding(
        fingerprint="connections.usage",
        area=Area.CONNECTIONS,
        severity=severity,
        title=title,
        detail="most by role app (70)",
        advice="End idle ones.",
        since=NOW - timedelta(minutes=5),
    )


def frame(health: Health = Health.OK, *findings: Finding, total: int = 41) -> Frame:
    database = DatabaseDelta(
        database_id=1,
        name="orders",
        backends=9,
        commits=90,
        rollbacks=10,
        blocks_hit=999,
        blocks_read=1,
        temp_files=0,
        temp_bytes=0,
        deadlocks=0,
        rows_returned=0,
        rows_fetched=0,
        rows_changed=0,
        size_bytes=5000,
    )
    return Frame(
        server_id="orders",
        moment=NOW,
        live=True,
        link=taken(Link(LinkState.CONNECTED, NOW)),
        server=taken(
            ServerInfo(
                version_num=160004,
                version="16.4",
                in_recovery=False,
                started_at=NOW - timedelta(days=12, hours=4),
                server_time=NOW,
                system_identifier="1",
                database="orders",
                role="pgvigil",
                superuser=False,
                slots=ConnectionSlots(103, 3, 0),
                platform=Platform.SELF_HOSTED,
            )
        ),
        connections=taken(connections(total)),
        statements=taken(
            Statements(
                since=NOW - timedelta(seconds=10),
                seconds=10.0,
                total_ms=500.0,
                calls=1000,
                top=(),
                tracked=10,
                tracked_max=5000,
                evictions=0,
                stats_reset=NOW,
            )
        ),
        databases=taken(Databases(NOW - timedelta(seconds=10), 10.0, (database,))),
        cost=taken(SelfCost(12.5, 100, 30, 600)),
        assessment=taken(Assessment(health, findings)),
    )
