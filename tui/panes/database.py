"""One database: its figures of the interval, who is connected to it, what its time goes into."""

from __future__ import annotations

from core.model.connections import Backend, BackendState, Connections
from core.model.databases import DatabaseDelta, Databases
from core.model.unknown import Unknown
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, line
from tui.panes.connections import SHORT_STATES, waiting_words
from tui.panes.databases import error_rate
from tui.panes.judged import statement_judge
from tui.panes.parts import age_note, facts_beside, flow, heading, labelled, missing_lines, number
from tui.panes.queries import column_titles, first_interval, interval_words, statement_line
from tui.panes.view import Missing, View, shown
from tui.text import clean, one_line

MOST_STATEMENTS = 10
OTHER_THAN_DATABASE = ("role",)
"""All are of one database here."""


def database_lines(view: View, body: Databases, database: DatabaseDelta, width: int) -> list[Line]:
    """The database's figures, its sessions, its costliest statements."""
    return [
        *facts_beside(_figures(view, body, database), width),
        *_unknown_size(database, width),
        *_sessions(view, database, width),
        *_statements(view, database, width),
    ]


def _figures(view: View, body: Databases, each: DatabaseDelta) -> list[tuple[str, Line]]:
    thresholds = view.thresholds
    hits = each.cache_hit_rate
    below = hits is not None and hits < thresholds.cache_hit_rate_least
    first = body.since is None
    return [
        ("connections", number(str(each.backends))),
        ("commits", _rate(body, each.commits)),
        ("rollbacks", _rate(body, each.rollbacks)),
        ("error rate", _first() if first else line(error_rate(each, thresholds))),
        ("cache hits", _first() if first else line(
            Span("-" if hits is None else f"{figures.percent(hits)}{' ▲' if below else ''}",
                 Role.WARNING if below else Role.NUMBER),
            Span(f"  {figures.count(each.blocks_read)} read", Role.LABEL))),
        ("deadlocks", _first() if first else line(
            Span(str(each.deadlocks), Role.WARNING if each.deadlocks else Role.NUMBER))),
        ("rows returned", _rate(body, each.rows_returned)),
        ("rows fetched", _rate(body, each.rows_fetched)),
        ("rows changed", _rate(body, each.rows_changed)),
        ("temp files", _first() if first else _temp(each)),
        ("size", _size(view, body, each)),
        ("stats reset", _reset(view, each)),
    ]  # fmt: skip


def _first() -> Line:
    return line(Span("? needs two readings", Role.UNKNOWN))


def _rate(body: Databases, counted: int) -> Line:
    rate = body.per_second(counted)
    return _first() if rate is None else number(figures.rate(rate))


def _temp(each: DatabaseDelta) -> Line:
    if not each.temp_files:
        return number("none")
    return number(f"{figures.count(each.temp_files)} with {figures.size(each.temp_bytes)}")


def _size(view: View, body: Databases, each: DatabaseDelta) -> Line:
    if isinstance(each.size_bytes, Unknown):
        return line(Span("?", Role.UNKNOWN))
    taken = body.sizes_taken_at
    ago = "" if taken is None else f"  {figures.age(view.reference - taken)}"
    return line(Span(figures.size(each.size_bytes), Role.NUMBER), Span(ago, Role.LABEL))


def _reset(view: View, each: DatabaseDelta) -> Line:
    if each.stats_reset is None:
        return line(Span("never", Role.LABEL))
    when = figures.moment(each.stats_reset, relative_to=view.reference)
    return number(when)


def _unknown_size(each: DatabaseDelta, width: int) -> list[Line]:
    if not isinstance(each.size_bytes, Unknown):
        return []
    return [
        *labelled("? size: ", clean(each.size_bytes.reason), width, Role.UNKNOWN),
        *labelled("do  ", clean(each.size_bytes.remedy), width, Role.STRONG),
    ]


def _sessions(view: View, database: DatabaseDelta, width: int) -> list[Line]:
    taken = view.frame.connections
    head = [EMPTY, heading("Sessions", width, key="2", note=age_note(view, taken))]
    body = shown(view, taken)
    if isinstance(body, Missing):
        return [*head, *missing_lines(body.in_brief, width)]
    mine = [each for each in body.backends if each.database == database.name]
    if not mine:
        return [*head, line(Span("no client is connected to it", Role.MUTED))]
    return [*head, *flow([*_states(mine), *_waits(mine), *_left_out(body)], width)]


def _states(backends: list[Backend]) -> list[Line]:
    counts = [
        (label, sum(each.state is state for each in backends)) for state, label in SHORT_STATES
    ]
    return [
        line(Span(f"{label} ", Role.LABEL), Span(str(count), Role.NUMBER))
        for label, count in counts
        if count
    ]


def _waits(backends: list[Backend]) -> list[Line]:
    waiting = sum(each.wait_event_type == "Lock" for each in backends)
    running = [
        each.query_seconds
        for each in backends
        if each.state is BackendState.ACTIVE and each.query_seconds is not None
    ]
    longest = figures.duration(max(running)) if running else ""
    return [
        line(Span(waiting_words(waiting), Role.WARNING)) if waiting else EMPTY,
        line(Span("longest query ", Role.LABEL), Span(longest, Role.NUMBER)) if longest else EMPTY,
    ]


def _left_out(body: Connections) -> list[Line]:
    if not body.backends_left_out:
        return []
    return [line(Span(f"of the {len(body.backends)} listed", Role.NOTICE))]


def _statements(view: View, database: DatabaseDelta, width: int) -> list[Line]:
    taken = view.frame.statements
    body = shown(view, taken)
    note = age_note(view, taken)
    if isinstance(body, Missing):
        head = heading("Statements", width, key="3", note=note)
        return [EMPTY, head, *missing_lines(body.in_brief, width)]
    head = heading("Statements", width, key="3", note=note)
    if body.since is None:
        return [EMPTY, head, *missing_lines(first_interval(body), width)]
    mine = [each for each in body.top if each.database == database.name]
    if not mine:
        nothing = "none of the listed statements ran in it in this interval"
        return [EMPTY, head, line(Span(nothing, Role.MUTED))]
    share = sum(body.share(each) for each in mine)
    told = f"{figures.percent(share)} of the server's time {interval_words(body)}"
    head = heading("Statements", width, key="3", note=note or Span(told, Role.MUTED))
    judge = statement_judge(view)
    rows = [
        statement_line(body, each, judge(each), width, OTHER_THAN_DATABASE)
        for each in mine[:MOST_STATEMENTS]
    ]
    return [EMPTY, head, column_titles(width, OTHER_THAN_DATABASE), *rows]


def title(database: DatabaseDelta) -> str:
    """What stands above the figures."""
    return f"Database {one_line(database.name)}"
