"""What details tell: a statement's figures, and connections counted by who they are."""

from __future__ import annotations

import pytest

from core.model.connections import BackendState
from tests.tui import frames
from tests.unit.panes.shown import text_of, view_of
from tui.lines import line, plain
from tui.panes.backend import query_title
from tui.panes.breakdown import breakdown_lines
from tui.panes.database import database_lines
from tui.panes.parts import facts_beside
from tui.panes.statement import statement_lines
from tui.panes.view import body_of


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_figure_of_a_statement_is_cut(width: int) -> None:
    body = frames.incident_statements()
    for statement in body.top:
        text = text_of(statement_lines(view_of(frames.incident()), body, statement, width))
        assert "…" not in text
        assert "found" in text
        assert "95 % below about" in text or "too short to tell" in text


def test_figures_stand_in_two_columns_where_both_fit() -> None:
    body = frames.incident_statements()
    view = view_of(frames.incident())
    both = statement_lines(view, body, body.top[0], 120)
    one = statement_lines(view, body, body.top[0], 60)
    assert len(both) < len(one)


def test_a_long_figure_does_not_keep_the_short_ones_from_standing_abreast() -> None:
    rows = [(name, line(f"{name} is short")) for name in "abcd"]
    told = facts_beside([*rows, ("e", line("long " * 12))], 80)
    assert len(told) == 3
    assert "…" not in text_of(told)


def test_the_statements_of_a_database_say_what_their_figures_are_and_not_whose_they_are() -> None:
    view = view_of(frames.incident())
    body = body_of(view.frame.databases)
    assert body is not None
    database = next(each for each in body.databases if each.name == "orders")
    told = text_of(database_lines(view, body, database, 120)).split("Statements")[1].splitlines()
    assert told[1].split() == ["time", "mean", "calls", "rows", "role", "query"]
    assert " orders " not in told[2][:60]


def test_the_query_of_an_idle_session_is_its_last_one() -> None:
    body = frames.incident_connections()
    titles = {each.state: query_title(each) for each in body.backends}
    assert titles[BackendState.ACTIVE] == "Query"
    assert titles[BackendState.IDLE] == titles[BackendState.IDLE_IN_TRANSACTION] == "Last query"


@pytest.mark.parametrize("width", [34, 46, 79, 119, 160])
def test_a_breakdown_cuts_nothing_that_has_room(width: int) -> None:
    lines = breakdown_lines(frames.incident_connections(), width, 48)
    assert "…" not in text_of(lines)
    assert max(len(plain(each)) for each in lines) <= width
