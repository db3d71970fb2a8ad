"""The slow-queries pane: share of time, mean, calls, text of the costliest statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.model.health import Assessment, Health, Severity, SlowStatement
from core.model.snapshot import Frame, Taken
from tests.tui import frames
from tests.unit.panes.shown import role_of_text, text_of, view_of
from tui.lines import Role
from tui.panes.queries import queries_lines, statement_words
from tui.panes.statement import statement_lines
from tui.panes.statements_table import statement_rows
from tui.panes.view import View


def pane(frame: Frame, width: int = 60) -> str:
    return text_of(queries_lines(view_of(frame), width, 24))


def test_the_costliest_statement_comes_first_with_share_mean_calls_and_text() -> None:
    first = pane(frames.incident()).splitlines()[2]
    assert first.startswith(" 92 %   3.48 s ✖    31  SELECT * FROM orders o JOIN users u")


def test_a_wide_pane_tells_rows_role_and_database_too() -> None:
    titles, first = pane(frames.incident(), 100).splitlines()[1:3]
    assert titles.split() == ["time", "mean", "calls", "rows", "role", "database", "query"]
    assert first.startswith(" 92 %   3.48 s ✖    31     93  app         orders      SELECT * FROM")
    assert first.index("SELECT") == titles.index("query")


def test_a_mean_beyond_a_threshold_bears_a_sign_and_a_role() -> None:
    lines = queries_lines(view_of(frames.incident()), 60, 24)
    assert role_of_text(lines, "3.48 s ✖") is Role.CRITICAL
    assert role_of_text(lines, "730 ms ▲") is Role.WARNING
    assert role_of_text(lines, "0.40 ms") is Role.NUMBER


def test_the_interval_that_the_figures_belong_to_is_told() -> None:
    assert "in 5 s" in pane(frames.calm())


def test_an_interval_of_less_than_a_second_is_not_told_as_none() -> None:
    first = replace(frames.statements_of(list(frames.calm_statements().top)), seconds=0.31)
    frame = replace(frames.calm(), statements=Taken(frames.seconds_ago(1), 5, first))
    assert "in 0.3 s" in pane(frame)


def test_pgvigils_own_statements_stand_below_all_others_however_much_they_cost() -> None:
    others, own = list(frames.calm_statements().top[:2]), frames.calm_statements().top[-1]
    costly = replace(own, total_ms=1e6, is_pgvigil=True)
    body = frames.statements_of([costly, *others])
    frame = replace(frames.calm(), statements=Taken(frames.seconds_ago(1), 5, body))
    assert body.top[0].is_pgvigil
    assert [own.text[:10] in row for row in pane(frame).splitlines()[2:5]] == [False, False, True]


def test_without_the_extension_the_statement_that_creates_it_is_shown() -> None:
    text = pane(frames.without_statements())
    assert "The extension pg_stat_statements is not created" in text
    assert "CREATE EXTENSION pg_stat_statements;" in text


def test_after_the_first_reading_nothing_is_claimed() -> None:
    text = pane(frames.first_statements())
    assert "No interval yet." in text
    assert "0" not in text.splitlines()[1]


def test_an_interval_in_which_nothing_ran_says_so() -> None:
    quiet = replace(
        frames.calm(), statements=Taken(frames.seconds_ago(3), 5, frames.statements_of([]))
    )
    assert "no statement finished in this interval" in pane(quiet)


def test_a_leading_comment_does_not_hide_the_statement() -> None:
    text = "/* trace='00-4bf9' */ -- by orm\n  SELECT 1"
    assert statement_words(text, 80) == "SELECT 1"


def test_a_statement_that_is_only_a_comment_stays_as_it_is() -> None:
    assert statement_words("/* nothing */", 80) == "/* nothing */"


def _judged(slow: tuple[SlowStatement, ...] | None, seconds: float = 0.0) -> View:
    """The incident, its statements judged so, so many seconds after they were read."""
    frame = frames.incident()
    at = frames.NOW + timedelta(seconds=seconds)
    return view_of(replace(frame, assessment=Taken(at, 2, Assessment(Health.OK, (), slow))))


def _means(view: View) -> list[str]:
    """The mean of the costliest statement on each pane that shows it."""
    body = frames.incident_statements()
    worst = body.top[0]
    (in_table,) = (row.cells[1].text for row in statement_rows(view, body) if row.key == worst.key)
    in_pane = next(
        line for line in text_of(queries_lines(view, 80, 24)).split("\n") if "92 %" in line
    )
    in_detail = text_of(statement_lines(view, body, worst, 60))
    return [in_table, in_pane, in_detail]


def test_a_statement_that_only_waited_for_locks_is_nowhere_worse_than_its_finding() -> None:
    worst = frames.incident_statements().top[0]
    slow = SlowStatement(worst.key, Severity.WARNING, waited_ms=107_000)
    for told in _means(_judged((slow,))):
        assert "3.48 s ▲" in told
        assert "✖" not in told
    assert "waited for locks  about 1 min 47 s  of 1 min 48 s" in _means(_judged((slow,)))[2]


def test_what_was_not_found_to_be_slow_bears_no_sign() -> None:
    for told in _means(_judged(())):
        assert not {"▲", "✖"} & set(told)


@pytest.mark.parametrize("view", [_judged(None), _judged((), seconds=-5)])
def test_statements_that_were_not_judged_yet_are_held_against_the_thresholds(view: View) -> None:
    for told in _means(view):
        assert "3.48 s ✖" in told
