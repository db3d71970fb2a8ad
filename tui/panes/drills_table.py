"""Drills as a table, newest first: what was proven, how long it took, what would have been lost."""

from __future__ import annotations

from core.model.drill import Drill, DrillKind, DrillOverview
from core.model.unknown import Unknown
from tui import figures
from tui.lines import Role
from tui.panes.drill_words import outcome_of
from tui.panes.drills import note_of
from tui.panes.view import View
from tui.text import one_line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.rows import Cell, Row

R, DOWN = Align.RIGHT, SortOrder.DESCENDING
DRILL_COLUMNS = (
    Column("began", "began", 19, importance=10, first=DOWN),
    Column("kind", "kind", 8, importance=9),
    Column("outcome", "outcome", 17, importance=10),
    Column("rto", "RTO", 13, R, importance=8, first=DOWN),
    Column("rpo", "RPO", 13, R, importance=8, first=DOWN),
    Column("database", "database", 10, importance=7, grow=1),
    Column("who", "by", 18, importance=4, grow=1),
    Column("copy", "copy", 9, importance=5),
    Column("backup", "backup", 34, importance=3),
    Column("note", "note", 14, importance=6, grow=3),
)
_NOT_SO_FAR = Unknown("it did not come so far")
_NOT_ASKED = Unknown("sabotage restores nothing")


def drill_rows(view: View, drills: DrillOverview) -> list[Row]:
    """A row a drill."""
    return [_row(view, each) for each in drills.listed]


def _row(view: View, each: Drill) -> Row:
    told, note = outcome_of(each), note_of(each)
    by = f"schedule {each.schedule}" if each.schedule else each.who
    wanted = each.objectives
    return Row(
        each.drill_id,
        (
            Cell(figures.moment(each.started_at, relative_to=view.now), Role.NUMBER,
                 each.started_at),
            Cell(each.kind.value, Role.TEXT),
            Cell(told.text, told.role, each.status.value),
            _time(each, each.rto_seconds, wanted.rto_seconds),
            _time(each, each.rpo_seconds, wanted.rpo_seconds),
            Cell(one_line(each.database) or "?", Role.TEXT),
            Cell(one_line(by), Role.TEXT),
            Cell(one_line(each.repository), Role.TEXT),
            Cell(one_line(each.backup_id), Role.MUTED),
            Cell(note.text, note.role),
        ),
    )  # fmt: skip


def _time(drill: Drill, seconds: float | None, most: float) -> Cell:
    if drill.kind is DrillKind.SABOTAGE:
        return Cell("", Role.MUTED, _NOT_ASKED)
    if seconds is None:
        return Cell("", Role.MUTED, _NOT_SO_FAR)
    if most and seconds > most:
        return Cell(f"{figures.duration(seconds)} ▲", Role.WARNING, seconds)
    return Cell(figures.duration(seconds), Role.NUMBER, seconds)
