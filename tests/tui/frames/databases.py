"""Databases of a calm server, and of one with rollbacks, temporary files and a deadlock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.model.databases import DatabaseDelta, Databases
from core.model.unknown import Unknown
from tests.tui.frames.moment import seconds_ago


def database(name: str, oid: int, size: int | Unknown, **changes: Any) -> DatabaseDelta:
    """One database with ordinary counters."""
    base = DatabaseDelta(
        database_id=oid,
        name=name,
        backends=12,
        commits=2310,
        rollbacks=2,
        blocks_hit=91_000,
        blocks_read=400,
        temp_files=0,
        temp_bytes=0,
        deadlocks=0,
        rows_returned=81_000,
        rows_fetched=22_000,
        rows_changed=1_900,
        size_bytes=size,
    )
    return replace(base, **changes)


def calm_databases() -> Databases:
    """Two databases, one of whose size the role may not read."""
    return Databases(
        since=seconds_ago(10),
        seconds=10,
        databases=(
            database("orders", 16384, 48_318_382_080),
            database(
                "billing",
                16385,
                Unknown("no CONNECT privilege on billing", "GRANT CONNECT ON DATABASE billing"),
                backends=0,
                commits=0,
                rollbacks=0,
                blocks_hit=0,
                blocks_read=0,
            ),
        ),
        sizes_taken_at=seconds_ago(100),
    )  # fmt: skip


def incident_databases() -> Databases:
    """Rollbacks at twelve per cent, temporary files and a deadlock."""
    calm = calm_databases()
    worse = replace(
        calm.databases[0],
        rollbacks=315,
        blocks_read=21_000,
        temp_files=6,
        temp_bytes=734_003_200,
        deadlocks=1,
    )
    return replace(calm, databases=(worse, calm.databases[1]))
