"""The table of findings."""

from __future__ import annotations

from core.model.health import Finding
from tui.lines import Role
from tui.panes.judged import SIGNS, role_of
from tui.panes.parts import lasting
from tui.panes.view import View
from tui.text import one_line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.rows import Cell, Row

R, DOWN = Align.RIGHT, SortOrder.DESCENDING

FINDING_COLUMNS = (
    Column("severity", "severity", 11, importance=9, first=DOWN),
    Column("title", "what", 24, importance=9, grow=1),
    Column("area", "where", 12, importance=5, least=6),
    Column("since", "for", 8, R, importance=7, first=DOWN),
)


def finding_rows(view: View, findings: tuple[Finding, ...]) -> list[Row]:
    """A row a finding, in the order of the assessment: worst first, then oldest."""
    rows = []
    for each in findings:
        seconds = max(0.0, (view.reference - each.since).total_seconds())
        word = f"{SIGNS[each.severity]} {each.severity.label}"
        rows.append(
            Row(
                each.fingerprint,
                (
                    Cell(word, role_of(each.severity), int(each.severity)),
                    Cell(one_line(each.title), Role.TEXT),
                    Cell(each.area.value, Role.LABEL),
                    Cell(lasting(seconds), Role.NUMBER, seconds),
                ),
            )
        )
    return rows
