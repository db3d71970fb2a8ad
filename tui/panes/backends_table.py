"""The table of sessions: who does what, for how long, and who waits for whom."""

from __future__ import annotations

from core.api.thresholds import ThresholdSettings
from core.model.connections import Backend, BackendState, Connections
from core.model.health import Severity
from tui import figures
from tui.lines import Role
from tui.panes.judged import SIGNS, judge, role_of
from tui.panes.queries import words
from tui.text import one_line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.rows import Cell, Row

R, DOWN = Align.RIGHT, SortOrder.DESCENDING

BACKEND_COLUMNS = (
    Column("pid", "pid", 7, R, importance=9),
    Column("state", "state", 12, importance=7),
    Column("for", "for", 13, R, importance=8, first=DOWN),
    Column("waits", "waits for", 18, importance=5),
    Column("blocked", "blocked by", 10, importance=6, first=DOWN),
    Column("role", "role", 12, importance=4, least=6),
    Column("application", "application", 16, importance=3, least=11),
    Column("client", "client", 15, importance=2, least=8),
    Column("database", "database", 12, importance=1, least=8),
    Column("query", "query", 20, importance=9, grow=1),
)

RESTING = {BackendState.IDLE, BackendState.DISABLED, BackendState.HIDDEN}
SHORT_STATE = {
    BackendState.IDLE_IN_TRANSACTION: "idle in tx",
    BackendState.IDLE_IN_TRANSACTION_ABORTED: "aborted tx",
    BackendState.FASTPATH: "fastpath",
    BackendState.HIDDEN: "? hidden",
}


def backend_rows(body: Connections, thresholds: ThresholdSettings) -> list[Row]:
    """A row a session: who holds up others, who waits, who works or idles in a transaction, idle.

    Within each the longest first.
    """
    blockers = {pid for backend in body.backends for pid in backend.blocked_by}
    ordered = sorted(body.backends, key=lambda backend: _most_telling(backend, blockers))
    return [_backend_row(backend, thresholds) for backend in ordered]


def _most_telling(backend: Backend, blockers: set[int]) -> tuple[int, float]:
    if backend.blocked_by:
        rank = 1
    elif backend.pid in blockers:
        rank = 0
    else:
        rank = 3 if backend.state in RESTING else 2
    return rank, -(told_seconds(backend) or 0.0)


def told_seconds(backend: Backend) -> float | None:
    """How long a session has been at what it does: its query while active, else its state."""
    if backend.state is BackendState.ACTIVE and backend.query_seconds is not None:
        return backend.query_seconds
    return backend.state_seconds


def _backend_row(backend: Backend, thresholds: ThresholdSettings) -> Row:
    seconds = told_seconds(backend)
    severity = _backend_severity(backend, seconds, thresholds)
    sign = f" {SIGNS[severity]}" if severity else ""
    state = SHORT_STATE.get(backend.state, backend.state.value)
    waits = waiting_for(backend)
    own = backend.is_pgvigil or backend.state is BackendState.IDLE
    blockers = ",".join(str(pid) for pid in backend.blocked_by)
    return Row(
        backend.pid,
        (
            Cell(str(backend.pid), Role.NUMBER, backend.pid),
            Cell(state, Role.UNKNOWN if backend.state is BackendState.HIDDEN else Role.TEXT),
            Cell(
                "" if seconds is None else f"{_for(seconds)}{sign}",
                role_of(severity),
                -1.0 if seconds is None else seconds,
            ),
            Cell(waits, Role.WARNING if backend.wait_event_type == "Lock" else Role.LABEL),
            Cell(blockers, Role.WARNING, len(backend.blocked_by)),
            Cell(one_line(backend.role), Role.TEXT),
            Cell(one_line(backend.application), Role.TEXT),
            Cell(one_line(backend.client), Role.LABEL),
            Cell(one_line(backend.database), Role.LABEL),
            Cell(words(backend.query), Role.MUTED if own else Role.TEXT),
        ),
    )


def waiting_for(backend: Backend) -> str:
    """The wait event of a session that works; one that rests waits for its client anyway."""
    if backend.state is not BackendState.ACTIVE:
        return ""
    return one_line(f"{backend.wait_event_type}:{backend.wait_event}".strip(":"))


def _for(seconds: float) -> str:
    return figures.duration(seconds) if seconds >= 1 else figures.milliseconds(seconds * 1000)


def _backend_severity(
    backend: Backend, seconds: float | None, thresholds: ThresholdSettings
) -> Severity | None:
    if backend.wait_event_type == "Lock" and backend.state is BackendState.ACTIVE:
        return judge(seconds, thresholds.lock_wait_seconds)
    idle_in_tx = {BackendState.IDLE_IN_TRANSACTION, BackendState.IDLE_IN_TRANSACTION_ABORTED}
    if backend.state in idle_in_tx:
        return judge(seconds, thresholds.idle_in_transaction_seconds)
    return judge(backend.transaction_seconds, thresholds.transaction_seconds)
