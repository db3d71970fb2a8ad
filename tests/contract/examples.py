"""Snapshots, samples and statements to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.model.connections import Backend, BackendState, Connections, Count
from core.model.process import Lease
from core.model.series import Metric, Sample
from core.model.server import ConnectionSlots, Link, LinkState
from core.model.snapshot import Body, Snapshot, Subject
from core.model.unknown import Unknown
from core.store.store import Store

SERVER = "shop"
NOW = datetime.now(UTC).replace(microsecond=123_457)
LINK = Link(LinkState.CONNECTED, NOW)


def seconds(count: float) -> timedelta:
    """A span."""
    return timedelta(seconds=count)


def taken(
    at: datetime, subject: Subject = Subject.LINK, body: Body | Unknown = LINK, pace: float = 2
) -> Snapshot:
    """A snapshot of the example server."""
    return Snapshot(SERVER, subject, at, pace, body)


def total(at: datetime, value: float) -> Sample:
    """A sample of the number of connections."""
    return Sample(Metric.CONNECTIONS_TOTAL, at, value)


def connections(*queries: str) -> Connections:
    """Backends that run ``queries``, the longest one first."""
    return Connections(
        slots=ConnectionSlots(100, 3, 0),
        total=len(queries),
        by_state=(Count("active", len(queries)),),
        by_database=(),
        by_role=(),
        by_application=(),
        by_client=(),
        waiting_on_lock=0,
        longest_query_seconds=1.25,
        longest_transaction_seconds=None,
        longest_idle_in_transaction_seconds=None,
        backends=tuple(
            Backend(
                pid=number,
                database="shop",
                role="app",
                application="web",
                client="10.0.0.1",
                state=BackendState.ACTIVE,
                wait_event_type="",
                wait_event="",
                backend_start=NOW,
                query_seconds=number + 0.000001,
                transaction_seconds=None,
                state_seconds=0.1,
                query_id=-(2**63),
                query=query,
            )
            for number, query in enumerate(queries)
        ),
        details=Unknown("no privilege", "GRANT pg_monitor TO pgvigil"),
    )


def hold(store: Store, holder: str = "watcher") -> Lease:
    """The lease on the example server."""
    lease = store.leases.acquire(f"server:{SERVER}", holder, 60)
    assert lease is not None
    return lease
