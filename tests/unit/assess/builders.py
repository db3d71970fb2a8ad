"""Small builders of model values, so that a test names only what it is about."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from core.model.connections import Backend, BackendState, Connections, Count
from core.model.databases import DatabaseDelta, Databases
from core.model.server import ConnectionSlots, Platform, ServerInfo
from core.model.statements import StatementDelta, StatementKey, Statements
from core.model.unknown import Unknown

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def backend(
    pid: int,
    *,
    state: BackendState = BackendState.ACTIVE,
    blocked_by: tuple[int, ...] = (),
    query_seconds: float | None = None,
    transaction_seconds: float | None = None,
    state_seconds: float | None = None,
    role: str = "app",
    query: str = "UPDATE orders SET total = 0",
    is_pgvigil: bool = False,
    wait_event_type: str = "",
    query_id: int | None = None,
    application: str = "web",
) -> Backend:
    return Backend(
        pid=pid,
        database="shop",
        role=role,
        application=application,
        client="10.0.0.1",
        state=state,
        wait_event_type=wait_event_type,
        wait_event="",
        backend_start=NOON,
        query_seconds=query_seconds,
        transaction_seconds=transaction_seconds,
        state_seconds=state_seconds,
        query_id=query_id,
        query=query,
        blocked_by=blocked_by,
        is_pgvigil=is_pgvigil,
    )


def connections(*backends: Backend, total: int | None = None, usable: int = 97) -> Connections:
    states = Counter(entry.state.value for entry in backends)
    return Connections(
        slots=ConnectionSlots(max_connections=usable + 3, superuser_reserved=3, reserved=0),
        total=len(backends) if total is None else total,
        by_state=tuple(Count(label, number) for label, number in states.items()),
        by_database=(),
        by_role=(),
        by_application=(),
        by_client=(),
        waiting_on_lock=0,
        longest_query_seconds=None,
        longest_transaction_seconds=None,
        longest_idle_in_transaction_seconds=None,
        backends=backends,
    )


def statement(
    query_id: int, *, mean_ms: float, calls: int = 1, own: bool = False
) -> StatementDelta:
    return StatementDelta(
        key=StatementKey(10, 20, query_id),
        role="app",
        database="shop",
        text="SELECT *\n  FROM orders",
        calls=calls,
        total_ms=mean_ms * calls,
        mean_ms=mean_ms,
        stddev_ms=None,
        max_ms_ever=mean_ms,
        rows=calls,
        plan_ms=0,
        shared_blocks_hit=0,
        shared_blocks_read=0,
        shared_blocks_dirtied=0,
        shared_blocks_written=0,
        temp_blocks_read=0,
        temp_blocks_written=0,
        read_ms=0,
        write_ms=0,
        wal_bytes=0,
        is_pgvigil=own,
    )


def statements(*top: StatementDelta, evictions: int | Unknown = 0) -> Statements:
    return Statements(
        since=NOON,
        seconds=5,
        total_ms=sum(entry.total_ms for entry in top),
        calls=sum(entry.calls for entry in top),
        top=top,
        tracked=len(top),
        tracked_max=5000,
        evictions=evictions,
        stats_reset=NOON,
    )


def database(
    name: str = "shop",
    *,
    commits: int = 0,
    rollbacks: int = 0,
    hit: int = 0,
    read: int = 0,
    deadlocks: int = 0,
    size: int | Unknown = 0,
) -> DatabaseDelta:
    return DatabaseDelta(
        database_id=20,
        name=name,
        backends=0,
        commits=commits,
        rollbacks=rollbacks,
        blocks_hit=hit,
        blocks_read=read,
        temp_files=0,
        temp_bytes=0,
        deadlocks=deadlocks,
        rows_returned=0,
        rows_fetched=0,
        rows_changed=0,
        size_bytes=size,
    )


def databases(*deltas: DatabaseDelta) -> Databases:
    return Databases(since=NOON, seconds=10, databases=deltas)


def server(
    version_num: int = 180_001, *, in_recovery: bool = False, via_pooler: bool = False
) -> ServerInfo:
    return ServerInfo(
        version_num=version_num,
        version="",
        in_recovery=in_recovery,
        started_at=NOON,
        server_time=NOON,
        system_identifier="1",
        database="shop",
        role="pgvigil",
        superuser=False,
        slots=ConnectionSlots(100, 3, 0),
        platform=Platform.SELF_HOSTED,
        via_pooler=via_pooler,
    )
