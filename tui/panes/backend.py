"""One session: who it is, what it does and since when, who it waits for and who for it."""

from __future__ import annotations

from core.api.locks import lock_queues
from core.api.thresholds import ThresholdSettings
from core.model.connections import Backend, BackendState, Connections
from core.model.statements import StatementKey, Statements
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, line
from tui.panes.judged import figure, judge
from tui.panes.parts import facts
from tui.panes.view import View
from tui.text import one_line

IDLE_IN_TRANSACTION = (BackendState.IDLE_IN_TRANSACTION, BackendState.IDLE_IN_TRANSACTION_ABORTED)

RUNNING = (BackendState.ACTIVE, BackendState.FASTPATH)
"""States in which PostgreSQL gives the query that runs, and not the one that ran last."""


def find_backend(body: Connections, pid: int) -> Backend | None:
    """The listed session with this pid."""
    return next((backend for backend in body.backends if backend.pid == pid), None)


def statement_of(statements: Statements, backend: Backend) -> StatementKey | None:
    """The listed statement that a session runs, or ran last."""
    if backend.query_id is None:
        return None
    wanted = (backend.query_id, backend.role, backend.database)
    found = (e.key for e in statements.top if (e.key.query_id, e.role, e.database) == wanted)
    return next(found, None)


def query_title(backend: Backend) -> str:
    """What the query of a session is called: the last one, where none runs."""
    return "Query" if backend.state in RUNNING else "Last query"


def backend_lines(view: View, body: Connections, backend: Backend, width: int) -> list[Line]:
    """The facts of one session; its query stands below them, highlighted."""
    thresholds = view.thresholds
    rows = [
        ("role", _text(backend.role)),
        ("database", _text(backend.database)),
        ("application", _text(backend.application)),
        ("client", _text(backend.client)),
        ("state", _state(backend, thresholds)),
        ("waits for", _wait(backend)),
        ("blocked by", _text(", ".join(str(pid) for pid in backend.blocked_by))),
        ("holds up", _holds_up(body, backend)),
        ("query runs", _span(backend.query_seconds)),
        ("transaction", _transaction(backend, thresholds)),
        ("connected", _connected(view, backend)),
    ]
    return facts(rows, width)


def _text(text: str) -> Line:
    return line(Span(one_line(text), Role.TEXT))


def _span(seconds: float | None) -> Line:
    return EMPTY if seconds is None else line(Span(figures.duration(seconds), Role.NUMBER))


def _state(backend: Backend, thresholds: ThresholdSettings) -> Line:
    if backend.state is BackendState.HIDDEN:
        return line(Span("? hidden from this role", Role.UNKNOWN))
    seconds = backend.state_seconds
    idle_in_tx = backend.state in IDLE_IN_TRANSACTION
    severity = judge(seconds, thresholds.idle_in_transaction_seconds) if idle_in_tx else None
    if seconds is None:
        return line(Span(backend.state.value, Role.TEXT))
    return line(Span(f"{backend.state.value} for ", Role.TEXT),
                figure(figures.duration(seconds), severity))  # fmt: skip


def _wait(backend: Backend) -> Line:
    if not backend.wait_event_type:
        return EMPTY
    role = Role.WARNING if backend.wait_event_type == "Lock" else Role.TEXT
    return line(
        Span(f"{one_line(backend.wait_event_type)}: {one_line(backend.wait_event)}", role)
    )  # fmt: skip


def _holds_up(body: Connections, backend: Backend) -> Line:
    for queue in lock_queues(body.backends):
        for _, node in queue.walk():
            if node.pid == backend.pid and node.waiting:
                waiters = ", ".join(str(waiter.pid) for waiter in node.waiters[:8])
                told = f"{node.waiting} sessions; directly: {waiters}"
                return line(Span(told, Role.WARNING))
    return EMPTY


def _transaction(backend: Backend, thresholds: ThresholdSettings) -> Line:
    seconds = backend.transaction_seconds
    if seconds is None:
        return EMPTY
    return line(figure(figures.duration(seconds), judge(seconds, thresholds.transaction_seconds)))


def _connected(view: View, backend: Backend) -> Line:
    if backend.backend_start is None:
        return EMPTY
    since = figures.moment(backend.backend_start, relative_to=view.reference)
    span = figures.duration(max(0.0, (view.reference - backend.backend_start).total_seconds()))
    return line(Span(f"since {since}, {span}", Role.TEXT))
