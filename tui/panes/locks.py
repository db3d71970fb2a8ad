"""Lock queues drawn as trees: who holds, who waits, and for how long."""

from __future__ import annotations

from core.api.locks import LockNode, lock_queues
from core.api.thresholds import ThresholdSettings
from core.model.connections import Connections
from tui import figures
from tui.lines import Line, Role, Span, crop, line, wrap
from tui.panes.judged import figure, judge
from tui.text import flowing, one_line

INDENT = 2
DEEPEST_INDENT = 8


def lock_tree_lines(
    body: Connections, thresholds: ThresholdSettings, width: int
) -> list[Line]:  # fmt: skip
    """Every lock queue, the longest first; each session under the one that it waits for."""
    queues = lock_queues(body.backends)
    if not queues:
        told = "No session waits on a lock. A queue would stand here as a tree, its root on top."
        return wrap(told, width, Role.MUTED)
    lines: list[Line] = []
    for queue in queues:
        for level, node in queue.walk():
            lines.append(_node(level, node, thresholds, width))
    return lines


def _node(level: int, node: LockNode, thresholds: ThresholdSettings, width: int) -> Line:
    indent = min(level, DEEPEST_INDENT) * INDENT
    branch = Span(" " * max(0, indent - INDENT) + ("└ " if level else ""), Role.RULE)
    pid = Span("prepared transaction" if node.pid == 0 else str(node.pid), Role.STRONG)
    return crop(line(branch, pid, "  ", *_told(level, node, thresholds)), width)


def _told(level: int, node: LockNode, thresholds: ThresholdSettings) -> Line:
    behind = Span(f"  holds up {node.waiting}", Role.LABEL if level else Role.WARNING)
    circle = Span("  waits in a circle" if node.in_cycle else "", Role.WARNING)
    backend = node.backend
    if backend is None:
        return line(Span("not a listed session", Role.UNKNOWN), behind if node.waiting else "")
    if level and backend.query_seconds is not None:
        waited = figures.duration(backend.query_seconds)
        severity = judge(backend.query_seconds, thresholds.lock_wait_seconds)
        first = line(Span("waits ", Role.LABEL), figure(waited, severity))
    else:
        seconds = backend.state_seconds
        since = "" if seconds is None else f" {figures.duration(seconds)}"
        first = line(Span(f"{backend.state.value}{since}", Role.TEXT))
    who = f"  {one_line(backend.role)} {one_line(backend.application)}".rstrip()
    return line(
        *first,
        behind if node.waiting else "",
        circle,
        Span(who, Role.LABEL),
        Span(f"  {flowing(backend.query[:400])}", Role.TEXT),
    )
