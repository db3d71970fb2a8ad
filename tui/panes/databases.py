"""Databases: commits, rollbacks, cache hits, temporary files, deadlocks, sizes."""

from __future__ import annotations

from core.api.thresholds import ThresholdSettings
from core.model.databases import DatabaseDelta, Databases
from core.model.health import Severity
from tui import figures
from tui.lines import Line, Role, Span, crop, line, pad, right
from tui.panes.judged import figure, judge
from tui.panes.kept import Kept
from tui.panes.parts import age_note, fitted, heading, missing_lines
from tui.panes.view import Missing, View, shown
from tui.text import one_line

TITLE = "Databases"
_ROWS: Kept[list[Line]] = Kept()


def databases_lines(view: View, width: int, height: int) -> list[Line]:
    """The overview's pane: a line a database, the busiest first.

    An interval that is shorter than the pace is named: in the first one, pgvigil's own transactions
    may be most of what was counted.
    """
    taken = view.frame.databases
    body = shown(view, taken)
    note = age_note(view, taken)
    if note is None and taken is not None and not isinstance(body, Missing):
        note = _short_interval(body, taken.pace_seconds)
    head = heading(TITLE, width, key="4", note=note)
    if isinstance(body, Missing):
        return fitted([head, *missing_lines(body.in_brief, width)], width, height)
    name_width = max(8, width - 30)
    columns = line(
        pad(line("database"), name_width), right(line("commits"), 9), right(line("errors"), 9),
        right(line("size"), 11),
    )  # fmt: skip
    rows = _ROWS.of(
        (body, view.thresholds, width),
        lambda: [
            _row(body, each, view.thresholds, name_width, width)
            for each in sorted(body.databases, key=lambda each: -(each.commits + each.rollbacks))
        ],
    )
    titles = tuple(Span(span.text, Role.LABEL) for span in columns)
    return fitted([head, crop(titles, width), *rows], width, height)


def _short_interval(body: Databases, pace_seconds: float) -> Span | None:
    if body.since is None or body.seconds >= pace_seconds / 2:
        return None
    return Span(f"in {figures.interval(body.seconds)}", Role.MUTED)


def error_severity(database: DatabaseDelta, thresholds: ThresholdSettings) -> Severity | None:
    """How bad the share of rollbacks is; few transactions say nothing."""
    if database.commits + database.rollbacks < thresholds.error_rate_least_transactions:
        return None
    return judge(database.error_rate, thresholds.error_rate)


def error_rate(database: DatabaseDelta, thresholds: ThresholdSettings) -> Span:
    """Rollbacks as a share of transactions, labelled where it crossed a threshold."""
    rate = database.error_rate
    if rate is None:
        return Span("-", Role.MUTED)
    return figure(figures.percent(rate), error_severity(database, thresholds))


def _row(
    body: Databases,
    database: DatabaseDelta,
    thresholds: ThresholdSettings,
    name_width: int,
    width: int,
) -> Line:
    commits = body.per_second(database.commits)
    told = "-" if commits is None else figures.rate(commits)
    return crop(
        line(
            pad(line(Span(one_line(database.name), Role.TEXT)), name_width),
            right(line(Span(told, Role.NUMBER)), 9),
            right(line(error_rate(database, thresholds)), 9),
            right(line(Span(figures.size(database.size_bytes), Role.NUMBER)), 11),
        ),
        width,
    )
