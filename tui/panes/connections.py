"""Connections: how full the server is, what they do, and who waits for whom."""

from __future__ import annotations

from core.api.locks import LockNode, lock_queues
from core.api.thresholds import Threshold, ThresholdSettings
from core.model.connections import BackendState, Connections
from core.model.health import Severity
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, line, spread, width_of
from tui.panes.judged import SIGNS, figure, judge, role_of, severity_word
from tui.panes.parts import age_note, fitted, flow, heading, labelled, lasting, missing_lines
from tui.panes.view import Missing, View, shown
from tui.text import clean, one_line
from tui.widgets.bar import Thresholds, bar

TITLE = "Connections"

SHORT_STATES = (
    (BackendState.ACTIVE, "active"),
    (BackendState.IDLE, "idle"),
    (BackendState.IDLE_IN_TRANSACTION, "idle in tx"),
    (BackendState.IDLE_IN_TRANSACTION_ABORTED, "aborted tx"),
    (BackendState.FASTPATH, "fastpath"),
    (BackendState.DISABLED, "not tracked"),
    (BackendState.STARTING, "starting"),
    (BackendState.HIDDEN, "hidden"),
)


def connections_lines(view: View, width: int, height: int) -> list[Line]:
    """The overview's pane: use, states, the longest ones, the lock queue."""
    note = age_note(view, view.frame.connections)
    head = heading(TITLE, width, key="2", note=note)
    body = shown(view, view.frame.connections)
    if isinstance(body, Missing):
        return fitted([head, *missing_lines(body, width)], width, height)
    return fitted([head, *summary_lines(body, view.thresholds, width)], width, height)


def summary_lines(body: Connections, thresholds: ThresholdSettings, width: int) -> list[Line]:
    """The figures of the overview's pane, most important first."""
    at = thresholds.connection_usage
    limits = Thresholds(at.warning, at.critical)
    return [
        _use(body, thresholds.connection_usage, width),
        bar(body.total, body.slots.usable, width, limits),
        *flow(_state_parts(body), width),
        *flow(_longest_parts(body, thresholds), width),
        *lock_lines(lock_queues(body.backends), body, thresholds, width),
        *(labelled("", clean(body.details.reason), width, Role.UNKNOWN) if body.details else []),
        *(labelled("do  ", clean(body.details.remedy), width) if body.details else []),
    ]


def brief_lines(body: Connections, thresholds: ThresholdSettings, width: int) -> list[Line]:
    """The same figures on as few lines as they need, above a table."""
    return [
        _use(body, thresholds.connection_usage, width),
        *flow([*_state_parts(body), *_longest_parts(body, thresholds)], width),
        *flow(lock_lines(lock_queues(body.backends), body, thresholds, width), width),
        *(labelled("", clean(body.details.reason), width, Role.UNKNOWN) if body.details else []),
        *(labelled("do  ", clean(body.details.remedy), width) if body.details else []),
    ]


def _use(body: Connections, threshold: Threshold, width: int) -> Line:
    """Taken slots with their limit; a crossed threshold in words, else where the next one lies."""
    severity = judge(body.usage, threshold)
    left = line(
        Span(str(body.total), Role.STRONG),
        Span(f" of {body.slots.usable} slots  ", Role.TEXT),
        Span(figures.percent(body.usage), role_of(severity, Role.STRONG)),
    )
    if severity is None:
        right = line(Span(f"warning at {figures.percent(threshold.warning)}", Role.MUTED))
    else:
        at = threshold.critical if severity is Severity.CRITICAL else threshold.warning
        right = line(
            severity_word(severity), Span(f" from {figures.percent(at)}", role_of(severity))
        )
    if width_of(left) + width_of(right) + 1 > width:
        right = line(severity_word(severity)) if severity else EMPTY
    if severity and width_of(left) + width_of(right) + 1 > width:
        right = line(Span(SIGNS[severity], role_of(severity)))
    return spread(left, right, width)


def _state_parts(body: Connections) -> list[Line]:
    """Counts by state; those that are not there are left out."""
    if body.total and body.in_state(BackendState.HIDDEN) == body.total:
        return [line(Span("states hidden ", Role.UNKNOWN), Span(str(body.total), Role.NUMBER))]
    parts: list[Line] = []
    for state, label in SHORT_STATES:
        total = body.in_state(state)
        if total or state in {BackendState.ACTIVE, BackendState.IDLE}:
            alarming = state is BackendState.IDLE_IN_TRANSACTION_ABORTED
            role = Role.WARNING if alarming else Role.NUMBER
            parts.append(line(Span(f"{label} ", Role.LABEL), Span(str(total), role)))
    return parts


def _longest_parts(body: Connections, thresholds: ThresholdSettings) -> list[Line]:
    """The longest query, transaction and idle-in-transaction, each by its own clock."""
    if body.details is not None and body.longest_query_seconds is None:
        return [line(Span("longest ", Role.LABEL), Span("? hidden", Role.UNKNOWN))]
    rows = (
        ("query", body.longest_query_seconds, None),
        ("tx", body.longest_transaction_seconds, thresholds.transaction_seconds),
        (
            "idle in tx",
            body.longest_idle_in_transaction_seconds,
            thresholds.idle_in_transaction_seconds,
        ),
    )
    parts: list[Line] = []
    for label, seconds, threshold in rows:
        if seconds is None:
            continue
        severity = judge(seconds, threshold) if threshold else None
        told = figure(lasting(seconds), severity)
        parts.append(line(Span(f"{label} ", Role.LABEL), told))
    if not parts:
        return [line(Span("nothing runs", Role.MUTED))]
    return [line(Span("longest ", Role.LABEL), parts[0]), *parts[1:]]


def lock_lines(
    queues: tuple[LockNode, ...], body: Connections, thresholds: ThresholdSettings, width: int
) -> list[Line]:
    """The lock queue in two lines: how many wait and how long, and the session at its root."""
    if not queues:
        if body.waiting_on_lock:
            return [line(Span(waiting_words(body.waiting_on_lock), Role.WARNING))]
        return [line(Span("no session waits on a lock", Role.MUTED))]
    root = queues[0]
    waits = [
        node.backend.query_seconds
        for level, node in root.walk()
        if level and node.backend and node.backend.query_seconds is not None
    ]
    longest = max(waits, default=None)
    severity = judge(longest, thresholds.lock_wait_seconds) or Severity.WARNING
    waiting = sum(queue.waiting for queue in queues)
    told = f"{SIGNS[severity]} {waiting_words(waiting)}"
    since = f", longest {lasting(longest)}" if longest is not None else ""
    return [
        crop(line(Span(told, role_of(severity)), Span(since, Role.TEXT)), width),
        crop(line(Span("  behind ", Role.LABEL), *root_words(root)), width),
    ]


def waiting_words(sessions: int) -> str:
    """How many sessions wait on locks, as one says it."""
    return "1 waits on a lock" if sessions == 1 else f"{sessions} wait on locks"


def root_words(root: LockNode) -> Line:
    """Who holds up a lock queue: pid, state and since when, application."""
    if root.pid == 0:
        return line(Span("a prepared transaction", Role.STRONG))
    pid = Span(f"pid {root.pid}", Role.STRONG)
    if root.backend is None:
        return line(pid, " (not a listed session)")
    backend = root.backend
    state = backend.state.value.replace("transaction", "tx")
    seconds = backend.state_seconds
    since = f" {lasting(seconds)}" if seconds is not None else ""
    who = one_line(backend.application or backend.role)
    return line(pid, Span(f" {state}{since} {who}", Role.TEXT))
