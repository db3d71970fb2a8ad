"""Statements of a calm server, and of one on which a single one takes nearly all the time."""

from __future__ import annotations

from core.model.statements import StatementDelta, StatementKey, Statements
from tests.tui.frames.moment import seconds_ago


def statement(
    query_id: int,
    text: str,
    *,
    calls: int,
    mean_ms: float,
    stddev_ms: float | None = None,
    role: str = "app",
    database: str = "orders",
    is_pgvigil: bool = False,
) -> StatementDelta:
    """One statement's interval; blocks, WAL and temp figures follow from the calls."""
    return StatementDelta(
        key=StatementKey(10, 16384, query_id),
        role=role,
        database=database,
        text=text,
        calls=calls,
        total_ms=calls * mean_ms,
        mean_ms=mean_ms,
        stddev_ms=stddev_ms,
        max_ms_ever=mean_ms * 9,
        rows=calls * 3,
        plan_ms=0.0,
        shared_blocks_hit=calls * 40,
        shared_blocks_read=calls * 2,
        shared_blocks_dirtied=calls,
        shared_blocks_written=0,
        temp_blocks_read=0,
        temp_blocks_written=12 if mean_ms > 500 else 0,
        read_ms=calls * mean_ms / 10,
        write_ms=0.0,
        wal_bytes=calls * 180,
        is_pgvigil=is_pgvigil,
    )


def statements_of(top: list[StatementDelta], seconds: float = 5.0) -> Statements:
    """What the statements collector would say of an interval in which ``top`` ran."""
    ordered = sorted(top, key=lambda s: -s.total_ms)
    return Statements(
        since=seconds_ago(seconds),
        seconds=seconds,
        total_ms=sum(s.total_ms for s in top),
        calls=sum(s.calls for s in top),
        top=tuple(ordered),
        tracked=812,
        tracked_max=5000,
        evictions=0,
        stats_reset=seconds_ago(86400 * 3),
        extension_version="1.12",
    )


def calm_statements() -> Statements:
    """Short statements only."""
    return statements_of(
        [
            statement(1, "SELECT id, status FROM orders WHERE user_id = $1", calls=912, mean_ms=0.4,
                      stddev_ms=0.2),
            statement(2, "UPDATE orders SET status = $1 WHERE id = $2", calls=204, mean_ms=0.9,
                      stddev_ms=0.3),
            statement(3, "INSERT INTO order_items (order_id, sku, amount) VALUES ($1, $2, $3)",
                      calls=88, mean_ms=0.6, stddev_ms=0.1),
            statement(4, "SELECT date_trunc($1, placed_at), sum(total) FROM orders GROUP BY 1",
                      calls=1, mean_ms=38.0, role="report"),
            statement(5, "SELECT pid, state FROM pg_stat_activity", calls=2, mean_ms=1.1,
                      role="pgvigil", is_pgvigil=True),
        ]
    )  # fmt: skip


def incident_statements() -> Statements:
    """One statement takes nearly all the time, at a mean beyond the critical threshold."""
    return statements_of(
        [
            statement(9, "SELECT * FROM orders o JOIN users u ON u.id = o.user_id"
                      " WHERE u.email ILIKE $1 ORDER BY o.placed_at DESC LIMIT $2",
                      calls=31, mean_ms=3480.0, stddev_ms=920.0),
            statement(12, "UPDATE orders SET status = $1 WHERE id = $2", calls=12, mean_ms=730.0,
                      stddev_ms=410.0),
            *calm_statements().top[:3],
        ]
    )  # fmt: skip
