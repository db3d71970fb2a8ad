"""What is wrong with drills, for the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.protection import BackupOverview
from tui.lines import Line, Role, Span, joined, line

if TYPE_CHECKING:
    from core.model.drill import Drill

_BAD = frozenset({"objective missed", "failed", "interrupted"})
"""Statuses of a last drill that are told; one that a person cancelled is no trouble."""


def drills_brief(overview: BackupOverview) -> Line:
    """For the overview: what is wrong with drills; else nothing."""
    drills = overview.drills
    if drills is None:
        return ()
    # The words for drills are loaded where there are some.
    from tui.panes.drill_words import of_database, outcome_of

    told = [
        _bad(each, of_database(each, drills.last), outcome_of(each))
        for each in drills.last
        if each.undetected or each.status.value in _BAD
    ]
    if any(each.kind == "restore" and each.overdue_since for each in drills.calendar):
        told.append(line(Span("▲ restore drill overdue", Role.WARNING)))
    return joined(told)


def _bad(drill: Drill, of: str, outcome: Span) -> Line:
    """Which drill it was, between the sign and the words for what came of it."""
    sign, _, words = outcome.text.partition(" ")
    return line(Span(f"{sign} {drill.kind.value} drill{of}: {words}", outcome.role))
