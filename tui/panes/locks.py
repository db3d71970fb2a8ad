"""Lock queues drawn as trees: who holds, who waits, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.api.locks import LockNode, lock_queues
from core.api.thresholds import ThresholdSettings
from core.model.connections import Connections
from tui import figures
from tui.lines import (
    ELLIPSIS,
    EMPTY,
    Line,
    Role,
    Span,
    crop,
    joined,
    line,
    pad,
    plain,
    width_of,
    wrap,
)
from tui.panes.judged import figure, judge
from tui.panes.parts import flow
from tui.text import flowing, one_line

INDENT = 2
DEEPEST_INDENT = 8
LEAST_TEXT = 30
"""Cells that indenting leaves for what is told of a session."""
LOOKED_AT = 2000
MOST_QUERY_LINES = 3
"""Lines that a query takes where it doesn't fit beside the session."""


class Drawn(NamedTuple):
    """A session of a lock queue, its lines, and whether its query is cut there."""

    node: LockNode
    lines: list[Line]
    is_cut: bool


def lock_tree(body: Connections, thresholds: ThresholdSettings, width: int) -> list[Drawn]:
    """Every lock queue, the longest first; each session under the one that it waits for."""
    walked = [each for queue in lock_queues(body.backends) for each in queue.walk()]
    return [
        Drawn(node, *_node(level, node, further, thresholds, width))
        for (level, node), further in zip(walked, _further(walked), strict=True)
    ]


def _further(walked: Sequence[tuple[int, LockNode]]) -> list[frozenset[int]]:
    """For each session the levels down to its own on which another one follows in its branch."""
    found: list[frozenset[int]] = []
    following: frozenset[int] = frozenset()
    for level, _ in reversed(walked):
        found.append(frozenset(each for each in following if each <= level))
        following = found[-1] | {level}
    return found[::-1]


def lock_tree_lines(body: Connections, thresholds: ThresholdSettings, width: int) -> list[Line]:
    """The lines of the lock queues, or what stands where there are none."""
    return drawn_lines(lock_tree(body, thresholds, width), width)


def drawn_lines(
    drawn: list[Drawn], width: int, cursor: int | None = None, role: Role = Role.SELECTED
) -> list[Line]:
    """The lines of what was drawn; the session with the pid ``cursor`` stands out in ``role``."""
    if not drawn:
        told = "No session waits on a lock. A queue would stand here as a tree, its root on top."
        return wrap(told, width, Role.MUTED)
    lines: list[Line] = []
    for node, (head, *further), _ in drawn:
        under = node.pid == cursor
        lines += [pad((Span(plain(head), role),), width, role) if under else head, *further]
    if any(each.is_cut for each in drawn):
        lines += wrap("Enter on a session shows all of its query.", width, Role.MUTED)
    return lines


def _node(
    level: int,
    node: LockNode,
    further: frozenset[int],
    thresholds: ThresholdSettings,
    width: int,
) -> tuple[list[Line], bool]:
    """A session's facts and its query, beside them or below; and whether the query is cut."""
    steps = _steps(level, width)
    indent = steps * INDENT
    past = "".join("│ " if each in further else "  " for each in range(1, steps))
    own = ("├ " if level in further else "└ ") if steps else ""
    branch = Span(past + own, Role.RULE)
    pid = Span("prepared transaction" if node.pid == 0 else str(node.pid), Role.STRONG)
    facts = _facts(level, node, thresholds)
    text = flowing(node.backend.query[:LOOKED_AT]) if node.backend is not None else ""
    whole = line(branch, joined([line(pid), *facts, line(Span(text, Role.TEXT))]))
    if width_of(whole) <= width:
        return [whole], False
    beside = ("│ " if level in further else "  ") if steps else ""
    under = "│ " if node.waiters and _steps(level + 1, width) > steps else "  "
    below = line(Span(past + beside + under, Role.RULE))
    room = max(1, width - indent - INDENT)
    head, *more = flow([line(pid), *facts], width - indent)
    query = wrap(text, room)
    kept = query[:MOST_QUERY_LINES]
    is_cut = len(kept) < len(query)
    if is_cut:
        kept[-1] = crop(line(kept[-1], ELLIPSIS), room)
    return [
        line(branch, head),
        *(line(below, crop(each, room)) for each in more),
        *(line(below, part) for part in kept),
    ], is_cut


def _steps(level: int, width: int) -> int:
    """By how many steps a level is indented: a deep queue leaves room for what is told."""
    return min(level, DEEPEST_INDENT, max(0, width - LEAST_TEXT) // INDENT)


def _facts(level: int, node: LockNode, thresholds: ThresholdSettings) -> list[Line]:
    """What a session does and for how long, whom it holds up, who it is."""
    holds_up = Span(f"holds up {node.waiting}", Role.LABEL if level else Role.WARNING)
    behind = line(holds_up) if node.waiting else EMPTY
    circle = line(Span("waits in a circle" if node.in_cycle else "", Role.WARNING))
    backend = node.backend
    if backend is None:
        return [line(Span("not a listed session", Role.UNKNOWN)), behind, circle]
    if level and backend.query_seconds is not None:
        waited = figures.duration(backend.query_seconds)
        severity = judge(backend.query_seconds, thresholds.lock_wait_seconds)
        first = line(Span("waits ", Role.LABEL), figure(waited, severity))
    else:
        seconds = backend.state_seconds
        since = "" if seconds is None else f" {figures.duration(seconds)}"
        first = line(Span(f"{backend.state.value}{since}", Role.TEXT))
    who = f"{one_line(backend.role)} {one_line(backend.application)}".strip()
    return [first, behind, circle, line(Span(who, Role.LABEL))]
