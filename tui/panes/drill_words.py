"""Drills in words: what came of one, how it stands to its objectives, what is due."""

from __future__ import annotations

from collections.abc import Iterable

from core.model.drill import Drill, DrillKind, DrillStatus, Objectives
from core.model.drill_calendar import PeriodState
from tui import figures
from tui.lines import Line, Role, Span, line
from tui.text import one_line

STATUSES = {
    DrillStatus.RUNNING: Span("▸ running", Role.ACCENT),
    DrillStatus.PASSED: Span("• proven", Role.GOOD),
    DrillStatus.MISSED: Span("▲ missed", Role.WARNING),
    DrillStatus.FAILED: Span("✖ failed", Role.CRITICAL),
    DrillStatus.CANCELLED: Span("× cancelled", Role.MUTED),
    DrillStatus.INTERRUPTED: Span("▲ interrupted", Role.WARNING),
}
PERIODS = {
    PeriodState.DONE: Span("•", Role.GOOD),
    PeriodState.MISSED: Span("▲", Role.WARNING),
    PeriodState.FAILED: Span("✖", Role.CRITICAL),
    PeriodState.NONE: Span("-", Role.WARNING),
    PeriodState.OPEN: Span("·", Role.NOTICE),
    PeriodState.UNKNOWN: Span("?", Role.MUTED),
}
"""A sign for what was done in a week, month or quarter."""


def outcome_of(drill: Drill) -> Span:
    """What came of a drill, in a sign and a word or two."""
    if drill.undetected:
        return Span(f"✖ {len(drill.undetected)} not seen", Role.CRITICAL)
    if drill.status is DrillStatus.PASSED and drill.kind is DrillKind.SABOTAGE:
        return Span("• all seen", Role.GOOD)
    if drill.missed and drill.status is DrillStatus.MISSED:
        return Span(f"▲ missed {', '.join(drill.missed)}", Role.WARNING)
    return STATUSES[drill.status]


def of_database(drill: Drill, among: Iterable[Drill]) -> str:
    """``of NAME`` after a blank, where those that are told of are of several databases."""
    is_one_of_many = len({each.database for each in among}) > 1 and drill.database
    return f" of {one_line(drill.database)}" if is_one_of_many else ""


def measured(seconds: float | None, most: float) -> Line:
    """A time and what it may be; labelled where it is more."""
    if seconds is None:
        return line(Span("? not measured", Role.UNKNOWN))
    told = figures.duration(seconds)
    if not most:
        return line(Span(told, Role.NUMBER), Span("  no objective", Role.LABEL))
    limit = Span(f"  of {figures.duration(most)}", Role.LABEL)
    if seconds > most:
        return line(Span(f"{told} ▲", Role.WARNING), limit)
    return line(Span(told, Role.NUMBER), limit)


def objectives_words(objectives: Objectives) -> str:
    """What is held against a drill."""
    told = [
        f"{name} {figures.duration(seconds)}"
        for name, seconds in (("RTO", objectives.rto_seconds), ("RPO", objectives.rpo_seconds))
        if seconds
    ]
    return ", ".join(told) or "no objective is set: [drill] rto_minutes, rpo_minutes"
