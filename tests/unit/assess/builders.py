"""Small builders of model values, so that a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime

from core.model.connections import Backend, BackendState

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
) -> Backend:
    return Backend(
        pid=pid,
        database="shop",
        role=role,
        application="web",
        client="10.0.0.1",
        state=state,
        wait_event_type=wait_event_type,
        wait_event="",
        backend_start=NOON,
        query_seconds=query_seconds,
        transaction_seconds=transaction_seconds,
        state_seconds=state_seconds,
        query_id=None,
        query=query,
        blocked_by=blocked_by,
        is_pgvigil=is_pgvigil,
    )
