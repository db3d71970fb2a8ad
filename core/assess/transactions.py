"""Transactions that stay open too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from core.assess.situation import Draft, Situation
from core.assess.wording import duration, excerpt, several
from core.config.settings import Threshold
from core.model.connections import Backend, BackendState, Connections
from core.model.health import Area

_IDLE = frozenset({BackendState.IDLE_IN_TRANSACTION, BackendState.IDLE_IN_TRANSACTION_ABORTED})


def findings(situation: Situation) -> Iterator[Draft]:
    """Sessions idle in transaction, and transactions that work for long, each by its own clock.

    The session that holds a backup's snapshot has nothing to do meanwhile. It counts as a
    transaction that works, as pg_dump's do.
    """
    connections = situation.connections
    if not isinstance(connections, Connections):
        return
    others = [backend for backend in connections.backends if not backend.is_pgvigil]
    yield from _aged(
        situation,
        fingerprint="transactions.idle",
        aged=[(b.state_seconds or 0.0, b) for b in others if _is_idle(b)],
        limit=situation.thresholds.idle_in_transaction_seconds,
        subject=("session idle in transaction", "sessions idle in transaction"),
        advice=(
            "Its locks stay and vacuum can't clean up behind it until it ends. Find out what the "
            "application waits for; end the session if nobody needs it. "
            "idle_in_transaction_session_timeout ends such sessions by itself."
        ),
    )
    yield from _aged(
        situation,
        fingerprint="transactions.long",
        aged=[(b.transaction_seconds or 0.0, b) for b in others if not _is_idle(b)],
        limit=situation.thresholds.transaction_seconds,
        subject=("transaction open for long", "transactions open for long"),
        advice=(
            "Vacuum can't clean up rows that it may still see, and its locks stay. "
            "Look at what it runs; cancel the query if it is not wanted."
        ),
        advice_for_backup=(
            "It calls itself a backup of pgvigil, which holds its snapshot until pg_dump is done; "
            "vacuum can't clean up behind it meanwhile. See pgvigil jobs list: cancel the job if "
            "it is not wanted, and end the session only where no such job runs."
        ),
    )


def _is_idle(backend: Backend) -> bool:
    return backend.state in _IDLE and not backend.is_backup


def _aged(
    situation: Situation,
    *,
    fingerprint: str,
    aged: Sequence[tuple[float, Backend]],
    limit: Threshold,
    subject: tuple[str, str],
    advice: str,
    advice_for_backup: str = "",
) -> Iterator[Draft]:
    """One finding for all that are too old, under the name of the oldest."""
    if not aged:
        return
    seconds, oldest = max(aged, key=lambda entry: entry[0])
    severity = situation.severity(fingerprint, seconds, limit)
    if severity is None:
        return
    count = max(1, sum(1 for age, _ in aged if age >= limit.warning))
    one, many = subject
    yield Draft(
        fingerprint=fingerprint,
        area=Area.CONNECTIONS,
        severity=severity,
        title=f"{several(count, one, many)}: {duration(seconds)}, pid {oldest.pid}",
        detail=(
            f"role {oldest.role}, database {oldest.database}, "
            f"application {oldest.application or 'unnamed'}, from {oldest.client or 'a socket'}: "
            f"{excerpt(oldest.query) or 'no query known'}"
        ),
        advice=(oldest.is_backup and advice_for_backup) or advice,
        subject=str(oldest.pid),
        since=situation.now - timedelta(seconds=seconds),
    )
