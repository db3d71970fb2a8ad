"""The table of databases: rates of the interval, cache hits, sizes."""

from __future__ import annotations

from core.api.thresholds import ThresholdSettings
from core.model.databases import DatabaseDelta, Databases
from core.model.unknown import Unknown
from tui import figures
from tui.lines import Role
from tui.panes.databases import error_severity
from tui.panes.judged import SIGNS, role_of
from tui.text import one_line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.rows import Cell, Row

R, DOWN = Align.RIGHT, SortOrder.DESCENDING

DATABASE_COLUMNS = (
    Column("name", "database", 16, importance=9, grow=1),
    Column("backends", "conns", 5, R, importance=6, first=DOWN),
    Column("commits", "commits", 10, R, importance=8, first=DOWN),
    Column("rollbacks", "rollbacks", 10, R, importance=5, first=DOWN),
    Column("errors", "errors", 8, R, importance=8, first=DOWN),
    Column("hits", "cache hits", 10, R, importance=7),
    Column("temp", "temp", 11, R, importance=4, first=DOWN),
    Column("deadlocks", "deadlocks", 9, R, importance=5, first=DOWN),
    Column("rows", "rows changed", 12, R, importance=3, first=DOWN),
    Column("size", "size", 9, R, importance=8, first=DOWN),
)


def database_rows(body: Databases, thresholds: ThresholdSettings) -> list[Row]:
    """A row a database, the busiest first; before the second reading rates are unknown."""
    ordered = sorted(body.databases, key=lambda each: -(each.commits + each.rollbacks))
    return [_database_row(body, each, thresholds) for each in ordered]


def _database_row(body: Databases, each: DatabaseDelta, thresholds: ThresholdSettings) -> Row:
    first = Unknown("rates need two readings")
    severity = error_severity(each, thresholds)
    hits = each.cache_hit_rate
    below = hits is not None and hits < thresholds.cache_hit_rate_least
    sign = f" {SIGNS[severity]}" if severity else ""
    errors = each.error_rate
    deadlocks = Role.WARNING if each.deadlocks else Role.NUMBER
    return Row(
        each.database_id,
        (
            Cell(one_line(each.name), Role.TEXT),
            Cell(str(each.backends), Role.NUMBER, each.backends),
            _rate(body.per_second(each.commits), first),
            _rate(body.per_second(each.rollbacks), first),
            Cell("-", Role.MUTED, first) if errors is None
            else Cell(f"{figures.percent(errors)}{sign}", role_of(severity), errors),
            Cell("-", Role.MUTED, first) if hits is None
            else Cell(f"{figures.percent(hits)}{' ▲' if below else ''}",
                      Role.WARNING if below else Role.NUMBER, hits),
            Cell(figures.size(each.temp_bytes) if each.temp_files else "-", Role.NUMBER,
                 each.temp_bytes),
            Cell(str(each.deadlocks) if each.deadlocks else "-", deadlocks, each.deadlocks),
            _rate(body.per_second(each.rows_changed), first),
            Cell(figures.size(each.size_bytes),
                 Role.UNKNOWN if isinstance(each.size_bytes, Unknown) else Role.NUMBER,
                 each.size_bytes),
        ),
    )  # fmt: skip


def _rate(value: float | None, why_not: Unknown) -> Cell:
    if value is None:
        return Cell("?", Role.UNKNOWN, why_not)
    return Cell(figures.rate(value), Role.NUMBER, value)
