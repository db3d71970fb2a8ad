"""The table of statements: what each cost in the interval."""

from __future__ import annotations

from core.model.health import Severity
from core.model.statements import StatementDelta, Statements
from core.model.unknown import Unknown
from tui import figures
from tui.lines import Role
from tui.panes.judged import SIGNS, role_of, statement_judge
from tui.panes.queries import share_words, words
from tui.panes.view import View
from tui.text import one_line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.rows import Cell, Row

R, DOWN = Align.RIGHT, SortOrder.DESCENDING

STATEMENT_COLUMNS = (
    Column("share", "time", 5, R, importance=9, first=DOWN),
    Column("mean", "mean", 10, R, importance=9, first=DOWN),
    Column("spread", "spread", 9, R, importance=4, first=DOWN),
    Column("calls", "calls", 6, R, importance=8, first=DOWN),
    Column("rows", "rows", 6, R, importance=5, first=DOWN),
    Column("hit", "hit", 6, R, importance=3),
    Column("read", "read", 9, R, importance=4, first=DOWN),
    Column("temp", "temp", 9, R, importance=3, first=DOWN),
    Column("wal", "WAL", 9, R, importance=3, first=DOWN),
    Column("role", "role", 10, importance=2),
    Column("database", "database", 10, importance=2),
    Column("query", "query", 24, importance=9, grow=1),
)


def statement_rows(view: View, body: Statements) -> list[Row]:
    """A row a statement, costliest first."""
    judge = statement_judge(view)
    return [_statement_row(body, each, judge(each)) for each in body.top]


def _statement_row(body: Statements, statement: StatementDelta, severity: Severity | None) -> Row:
    sign = f" {SIGNS[severity]}" if severity else ""
    share = body.share(statement)
    looked_up = statement.shared_blocks_hit + statement.shared_blocks_read
    hit = statement.shared_blocks_hit / looked_up if looked_up else None
    read = statement.shared_blocks_read * body.block_size
    temp = (statement.temp_blocks_read + statement.temp_blocks_written) * body.block_size
    spread = statement.stddev_ms
    too_short = Unknown("the interval is too short to tell")
    return Row(
        statement.key,
        (
            Cell(share_words(share), Role.NUMBER, share),
            Cell(
                f"{figures.milliseconds(statement.mean_ms)}{sign}",
                role_of(severity),
                statement.mean_ms,
            ),
            _measured(spread, _spread_words(spread), too_short),
            Cell(figures.count(statement.calls), Role.NUMBER, statement.calls),
            Cell(figures.count(statement.rows), Role.NUMBER, statement.rows),
            _measured(hit, "-" if hit is None else figures.percent(hit), too_short),
            Cell(figures.size(read), Role.NUMBER, read),
            Cell(figures.size(temp) if temp else "-", Role.NUMBER, temp),
            Cell(figures.size(statement.wal_bytes), Role.NUMBER, statement.wal_bytes),
            Cell(one_line(statement.role), Role.LABEL),
            Cell(one_line(statement.database), Role.LABEL),
            Cell(words(statement.text), Role.MUTED if statement.is_pgvigil else Role.TEXT),
        ),
    )


def _spread_words(spread: float | None) -> str:
    if spread is None:
        return "?"
    told = figures.milliseconds(spread)
    return told if told.startswith("<") else f"±{told}"


def _measured(value: float | None, text: str, why_not: Unknown) -> Cell:
    if value is None:
        return Cell(text, Role.UNKNOWN, why_not)
    return Cell(text, Role.NUMBER, value)
