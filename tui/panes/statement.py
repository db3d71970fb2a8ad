"""One statement: what it cost in the interval, and how its single executions spread."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.model.statements import StatementDelta, StatementPoint, Statements
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, line
from tui.panes.judged import figure, statement_judge, waited_ms
from tui.panes.parts import facts, facts_beside, heading, number
from tui.panes.view import View
from tui.text import one_line

P95_DEVIATIONS = 1.645
"""Standard deviations from the mean to the 95th percentile of a normal distribution."""


def statement_lines(
    view: View, body: Statements, statement: StatementDelta, width: int
) -> list[Line]:
    """The statement's figures; times of the interval unless the label says otherwise."""
    block = body.block_size
    rows = [
        ("role, database", _who(statement)),
        ("share of time", number(figures.percent(body.share(statement)))),
        ("calls", _calls(body, statement)),
        ("mean", _mean(view, statement)),
        ("waited for locks", _waited(view, statement)),
        ("spread", _spread(statement)),
        ("longest ever", number(figures.milliseconds(statement.max_ms_ever))),
        ("rows", _rows(statement)),
        ("blocks", _blocks(statement, block)),
        ("dirtied, written", _written(statement, block)),
        ("reading, writing", _io_times(statement)),
        ("temp", _temp(statement, block)),
        ("WAL", _wal(statement)),
        ("planning", number(figures.milliseconds(statement.plan_ms) if statement.plan_ms else "")),
    ]
    return facts_beside(rows, width)


def last_interval_lines(
    then: View, body: Statements, statement: StatementDelta, width: int
) -> list[Line]:
    """The figures of the newest interval in which a statement ran, of which ``then`` is."""
    at = then.frame.moment
    span = _span(body.since or at, at, then.now)
    return [
        heading(f"When it last ran: {span}", width),
        *statement_lines(then, body, statement, width),
    ]


def last_minute_lines(point: StatementPoint, now: datetime, width: int) -> list[Line]:
    """The newest figures that were recorded of a statement, and the minute that they are of.

    How bad they are is not said: a minute's sum doesn't tell how much of it were waits for locks.
    """
    each = point.rows / point.calls if point.calls else 0.0
    span = _span(point.at, point.at + timedelta(minutes=1), now)
    rows = [
        ("calls", number(figures.count(point.calls))),
        ("mean", number(figures.milliseconds(point.mean_ms))),
        ("waited for locks", line(Span("? not recorded by the minute", Role.UNKNOWN))),
        ("time in all", number(figures.milliseconds(point.total_ms))),
        ("rows", line(
            Span(figures.count(point.rows), Role.NUMBER),
            Span(f"  {figures.rate(each, ' per call')}", Role.LABEL),
        )),
    ]  # fmt: skip
    return [heading(f"Newest recorded minute: {span}", width), *facts(rows, width)]


def _span(start: datetime, end: datetime, now: datetime) -> str:
    return f"{figures.moment(start, relative_to=now)} to {figures.moment(end, relative_to=end)}"


def _who(statement: StatementDelta) -> Line:
    return line(Span(f"{one_line(statement.role)}, {one_line(statement.database)}", Role.TEXT))


def _calls(body: Statements, statement: StatementDelta) -> Line:
    rate = statement.calls / body.seconds if body.seconds else 0.0
    return line(
        Span(figures.count(statement.calls), Role.NUMBER),
        Span(f"  {figures.rate(rate)}", Role.LABEL),
    )


def _mean(view: View, statement: StatementDelta) -> Line:
    severity = statement_judge(view)(statement)
    return line(figure(figures.milliseconds(statement.mean_ms), severity))


def _waited(view: View, statement: StatementDelta) -> Line:
    waited = waited_ms(view, statement)
    if not waited:
        return EMPTY
    of = figures.milliseconds(statement.total_ms)
    return line(
        Span(f"about {figures.milliseconds(waited)}", Role.NUMBER), Span(f"  of {of}", Role.LABEL)
    )


def _spread(statement: StatementDelta) -> Line:
    """The standard deviation, and about where 95 % lie if the times were normally distributed."""
    if statement.stddev_ms is None:
        return line(Span("? the interval is too short to tell", Role.UNKNOWN))
    high = statement.mean_ms + P95_DEVIATIONS * statement.stddev_ms
    return line(
        Span(f"± {figures.milliseconds(statement.stddev_ms)}", Role.NUMBER),
        Span(f"  95 % below about {figures.milliseconds(high)}", Role.LABEL),
    )


def _rows(statement: StatementDelta) -> Line:
    each = statement.rows / statement.calls if statement.calls else 0.0
    return line(
        Span(figures.count(statement.rows), Role.NUMBER),
        Span(f"  {figures.rate(each, ' per call')}", Role.LABEL),
    )


def _blocks(statement: StatementDelta, block: int) -> Line:
    hit, read = statement.shared_blocks_hit, statement.shared_blocks_read
    found = f"  {figures.percent(hit / (hit + read))} found" if hit + read else ""
    return line(
        Span(f"{figures.size(hit * block)} hit, {figures.size(read * block)} read", Role.NUMBER),
        Span(found, Role.LABEL),
    )


def _written(statement: StatementDelta, block: int) -> Line:
    dirtied, written = statement.shared_blocks_dirtied, statement.shared_blocks_written
    if not dirtied and not written:
        return EMPTY
    return number(f"{figures.size(dirtied * block)}, {figures.size(written * block)}")


def _io_times(statement: StatementDelta) -> Line:
    if not statement.read_ms and not statement.write_ms:
        return EMPTY
    return number(
        f"{figures.milliseconds(statement.read_ms)}, {figures.milliseconds(statement.write_ms)}"
    )


def _temp(statement: StatementDelta, block: int) -> Line:
    read, written = statement.temp_blocks_read, statement.temp_blocks_written
    if not read and not written:
        return number("none")
    return number(f"{figures.size(read * block)} read, {figures.size(written * block)} written")


def _wal(statement: StatementDelta) -> Line:
    return number(figures.size(statement.wal_bytes))
