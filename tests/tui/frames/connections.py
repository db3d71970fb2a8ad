"""Connections of a calm server, and of one with a lock queue that is nearly out of slots."""

from __future__ import annotations

from collections import Counter

from core.model.connections import Backend, BackendState, Connections, Count
from core.model.server import ConnectionSlots
from tests.tui.frames.moment import seconds_ago
from tests.tui.frames.server import SLOTS


def backend(
    pid: int,
    state: BackendState = BackendState.IDLE,
    *,
    role: str = "app",
    application: str = "orders-api",
    client: str = "10.0.4.11",
    database: str = "orders",
    wait: str = "Client:ClientRead",
    query: str = "SELECT id, status FROM orders WHERE user_id = $1",
    query_seconds: float | None = None,
    transaction_seconds: float | None = None,
    state_seconds: float | None = 4.0,
    blocked_by: tuple[int, ...] = (),
) -> Backend:
    """One backend with the figures that a test cares about."""
    wait_type, _, wait_event = wait.partition(":")
    return Backend(
        pid=pid,
        database=database,
        role=role,
        application=application,
        client=client,
        state=state,
        wait_event_type=wait_type,
        wait_event=wait_event,
        backend_start=seconds_ago(3600),
        query_seconds=query_seconds,
        transaction_seconds=transaction_seconds,
        state_seconds=state_seconds,
        query_id=None,
        query=query,
        blocked_by=blocked_by,
    )


def counted(labels: list[tuple[str, bool]]) -> tuple[Count, ...]:
    """How often each label stands in ``labels`` (label, active), most frequent first."""
    totals = Counter(label for label, _ in labels)
    active = Counter(label for label, is_active in labels if is_active)
    return tuple(Count(label, total, active[label]) for label, total in totals.most_common())


def connections_of(backends: list[Backend], slots: ConnectionSlots = SLOTS) -> Connections:
    """What the connections collector would say of ``backends``."""
    active = [b.state is BackendState.ACTIVE for b in backends]

    def longest(values: list[float | None]) -> float | None:
        return max((v for v in values if v is not None), default=None)

    idle_in_tx = (BackendState.IDLE_IN_TRANSACTION, BackendState.IDLE_IN_TRANSACTION_ABORTED)
    return Connections(
        slots=slots,
        total=len(backends),
        by_state=counted([(b.state.value, a) for b, a in zip(backends, active, strict=True)]),
        by_database=counted([(b.database, a) for b, a in zip(backends, active, strict=True)]),
        by_role=counted([(b.role, a) for b, a in zip(backends, active, strict=True)]),
        by_application=counted([(b.application, a) for b, a in zip(backends, active, strict=True)]),
        by_client=counted([(b.client, a) for b, a in zip(backends, active, strict=True)]),
        waiting_on_lock=sum(b.wait_event_type == "Lock" for b in backends),
        longest_query_seconds=longest([b.query_seconds for b in backends]),
        longest_transaction_seconds=longest([b.transaction_seconds for b in backends]),
        longest_idle_in_transaction_seconds=longest(
            [b.state_seconds for b in backends if b.state in idle_in_tx]
        ),
        backends=tuple(backends),
    )


def calm_connections() -> Connections:
    """Fourteen quiet connections of 97."""
    idle = [
        backend(4100 + n, client=f"10.0.4.{11 + n % 3}", state_seconds=2.0 + n) for n in range(11)
    ]
    active = [
        backend(
            4200 + n,
            BackendState.ACTIVE,
            wait=":",
            query="UPDATE orders SET status = $1 WHERE id = $2",
            query_seconds=0.004 + n / 1000,
            transaction_seconds=0.01,
            state_seconds=0.004,
        )
        for n in range(2)
    ]
    report = backend(
        4300,
        BackendState.ACTIVE,
        role="report",
        application="metabase",
        client="10.0.9.2",
        wait="IO:DataFileRead",
        query="SELECT date_trunc('day', placed_at), sum(total) FROM orders GROUP BY 1",
        query_seconds=1.8,
        transaction_seconds=1.8,
        state_seconds=1.8,
    )
    return connections_of([*idle, *active, report])


def incident_connections() -> Connections:
    """Ninety-four of 97: three levels of lock waits behind a session idle in transaction."""
    root = backend(
        4711,
        BackendState.IDLE_IN_TRANSACTION,
        role="batch",
        application="nightly-import",
        client="10.0.7.3",
        query="UPDATE stock SET amount = amount - 1 WHERE sku = $1",
        transaction_seconds=432,
        state_seconds=431,
    )
    middle = backend(
        4802,
        BackendState.ACTIVE,
        wait="Lock:transactionid",
        query="UPDATE stock SET amount = amount + $1 WHERE sku = $2",
        query_seconds=402,
        transaction_seconds=403,
        state_seconds=402,
        blocked_by=(4711,),
    )
    leaves = [
        backend(
            4900 + n,
            BackendState.ACTIVE,
            wait="Lock:tuple",
            query="UPDATE stock SET amount = amount - $1 WHERE sku = $2",
            query_seconds=120 - n * 9.5,
            transaction_seconds=121 - n * 9.5,
            state_seconds=120 - n * 9.5,
            blocked_by=(4802,),
        )
        for n in range(8)
    ]
    busy = [
        backend(
            5000 + n,
            BackendState.ACTIVE,
            wait="IO:DataFileRead" if n % 3 else ":",
            query="SELECT * FROM orders o JOIN users u ON u.id = o.user_id WHERE u.email ILIKE $1",
            query_seconds=3.5 + n / 7,
            transaction_seconds=3.5 + n / 7,
            state_seconds=3.5 + n / 7,
        )
        for n in range(31)
    ]
    aborted = [
        backend(
            6000 + n,
            BackendState.IDLE_IN_TRANSACTION_ABORTED,
            transaction_seconds=12.0 + n,
            state_seconds=11.0 + n,
        )
        for n in range(3)
    ]
    idle = [
        backend(7000 + n, client=f"10.0.4.{11 + n % 4}", state_seconds=5.0 + n) for n in range(50)
    ]
    return connections_of([root, middle, *leaves, *busy, *aborted, *idle])
