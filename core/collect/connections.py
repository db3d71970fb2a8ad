"""Who is connected, doing what, and who waits for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from core.collect.collector import Reading, unknown_when_refused
from core.collect.redact import redact
from core.collect.statement_files import server_sql
from core.config.settings import CollectSettings, Pace
from core.model.connections import Backend, BackendState, Connections, Count
from core.model.series import Metric, Sample
from core.model.snapshot import Subject
from core.model.unknown import Unknown
from core.postgres.capabilities import Capabilities
from core.postgres.session import Row, Session

_STATES = {state.value: state for state in BackendState}
_IN_TRANSACTION = (BackendState.IDLE_IN_TRANSACTION, BackendState.IDLE_IN_TRANSACTION_ABORTED)
_RUNNING = (BackendState.ACTIVE, BackendState.FASTPATH)


class ConnectionsCollector:
    """Asks ``pg_stat_activity`` for the client backends."""

    subject = Subject.CONNECTIONS

    def __init__(self, capabilities: Capabilities, settings: CollectSettings) -> None:
        self._capabilities = capabilities
        self._settings = settings

    def pace(self, settings: CollectSettings) -> Pace:
        """How often the question is put."""
        return settings.connections

    @unknown_when_refused
    async def collect(self, session: Session, now: datetime) -> Reading:
        """Count and list the client backends."""
        answer = await session.ask(
            server_sql("connections", self._capabilities.major),
            {"text_bytes": self._settings.query_text_bytes},
        )
        body = connections_from(answer.rows, self._capabilities, self._settings.backends_listed)
        return Reading(
            body,
            samples_from_connections(body, now),
            server_ms=answer.server_ms,
            rows=answer.rows_count,
            statements=answer.statements,
        )


def connections_from(rows: Iterable[Row], capabilities: Capabilities, listed: int) -> Connections:
    """The picture that ``rows`` of connections.sql give; the ``listed`` most telling are kept."""
    backends = [_backend(row) for row in rows]
    hidden = sum(backend.state is BackendState.HIDDEN for backend in backends)
    backends.sort(key=_most_telling(backends))
    others = [backend for backend in backends if not backend.is_pgvigil]
    return Connections(
        slots=capabilities.slots,
        total=len(backends),
        by_state=_counted(backends, lambda backend: backend.state.value),
        by_database=_counted(backends, lambda backend: backend.database),
        by_role=_counted(backends, lambda backend: backend.role),
        by_application=_counted(backends, lambda backend: backend.application),
        by_client=_counted(backends, lambda backend: backend.client),
        waiting_on_lock=sum(backend.wait_event_type == "Lock" for backend in backends),
        longest_query_seconds=_longest(backend.query_seconds for backend in others),
        longest_transaction_seconds=_longest(backend.transaction_seconds for backend in others),
        longest_idle_in_transaction_seconds=_longest(
            backend.state_seconds for backend in others if backend.state in _IN_TRANSACTION
        ),
        backends=tuple(backends[:listed]),
        backends_left_out=max(0, len(backends) - listed),
        details=_hidden(hidden, capabilities) if hidden else None,
    )


def samples_from_connections(body: Connections, at: datetime) -> tuple[Sample, ...]:
    """The series that one picture of the connections adds to."""
    values = {
        Metric.CONNECTIONS_TOTAL: body.total,
        Metric.CONNECTIONS_USABLE: body.slots.usable,
    }
    if body.details is None:
        values |= {
            Metric.CONNECTIONS_ACTIVE: body.in_state(*_RUNNING),
            Metric.CONNECTIONS_IDLE: body.in_state(BackendState.IDLE),
            Metric.CONNECTIONS_IDLE_IN_TRANSACTION: body.in_state(*_IN_TRANSACTION),
            Metric.CONNECTIONS_WAITING_ON_LOCK: body.waiting_on_lock,
        }
    return tuple(Sample(metric, at, float(value)) for metric, value in values.items())


def _backend(row: Row) -> Backend:
    (
        pid, database, role, application, client, state, wait_event_type, wait_event,
        backend_start, query_seconds, transaction_seconds, state_seconds,
        query_id, query, query_head, blocked_by, is_pgvigil, hidden,
    ) = row  # fmt: skip
    if is_pgvigil:
        # It is active only because it asks just now; between its questions it is idle.
        state, query_seconds, transaction_seconds, state_seconds = "idle", None, None, 0.0
        query, query_head = "/* pgvigil */", None
    if query_head is not None:
        query = query_head.decode("utf-8", "replace") + " …"
    return Backend(
        pid=pid,
        database=database,
        role=role,
        application=application,
        client=client,
        state=BackendState.HIDDEN if hidden else _STATES.get(state, BackendState.STARTING),
        wait_event_type=wait_event_type,
        wait_event=wait_event,
        backend_start=None if backend_start is None else datetime.fromtimestamp(backend_start, UTC),
        query_seconds=_age(query_seconds),
        transaction_seconds=_age(transaction_seconds),
        state_seconds=_age(state_seconds),
        query_id=query_id,
        query="" if hidden else redact(query or ""),
        blocked_by=tuple(blocked_by or ()),
        is_pgvigil=is_pgvigil,
    )


def _age(seconds: float | None) -> float | None:
    """Never negative: a session may start its query after the question came in."""
    return None if seconds is None else max(0.0, seconds)


def _longest(ages: Iterable[float | None]) -> float | None:
    return max((age for age in ages if age is not None), default=None)


def _counted(backends: Iterable[Backend], label: Callable[[Backend], str]) -> tuple[Count, ...]:
    total: Counter[str] = Counter()
    active: Counter[str] = Counter()
    for backend in backends:
        name = label(backend)
        total[name] += 1
        active[name] += backend.state in _RUNNING
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(name, count, active[name]) for name, count in ordered)


def _most_telling(backends: Iterable[Backend]) -> Callable[[Backend], tuple[int, float]]:
    """An order: who blocks others, who waits for a lock, open transactions, the rest by age."""
    blockers = {pid for backend in backends for pid in backend.blocked_by}

    def order(backend: Backend) -> tuple[int, float]:
        if backend.pid in blockers:
            rank = 0
        elif backend.wait_event_type == "Lock":
            rank = 1
        elif backend.transaction_seconds is not None:
            rank = 2
        else:
            rank = 3
        age = backend.transaction_seconds or backend.query_seconds or backend.state_seconds
        return rank, -(age or 0.0)

    return order


def _hidden(count: int, capabilities: Capabilities) -> Unknown:
    return Unknown(
        f"what {count} {'session' if count == 1 else 'sessions'} of other roles"
        f" {'does' if count == 1 else 'do'} is hidden from this role",
        capabilities.to_grant("pg_monitor"),
    )
