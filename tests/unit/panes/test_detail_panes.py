"""What details tell: a statement's figures, and connections counted by who they are."""

from __future__ import annotations

import pytest

from core.api.thresholds import ThresholdSettings
from tests.tui import frames
from tests.unit.panes.shown import text_of
from tui.lines import plain
from tui.panes.breakdown import breakdown_lines
from tui.panes.statement import statement_lines


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_figure_of_a_statement_is_cut(width: int) -> None:
    body = frames.incident_statements()
    for statement in body.top:
        text = text_of(statement_lines(body, statement, ThresholdSettings(), width))
        assert "…" not in text
        assert "found" in text
        assert "95 % below about" in text or "too short to tell" in text


def test_figures_stand_in_two_columns_where_both_fit() -> None:
    body = frames.incident_statements()
    both = statement_lines(body, body.top[0], ThresholdSettings(), 120)
    one = statement_lines(body, body.top[0], ThresholdSettings(), 60)
    assert len(both) < len(one)


@pytest.mark.parametrize("width", [34, 46, 79, 119, 160])
def test_a_breakdown_cuts_nothing_that_has_room(width: int) -> None:
    lines = breakdown_lines(frames.incident_connections(), width, 48)
    assert "…" not in text_of(lines)
    assert max(len(plain(each)) for each in lines) <= width
