"""The history of backups as a table: what each attempt was, how long it took, what it left."""

from __future__ import annotations

from core.model.backup import CatalogEntry, VerificationLevel
from core.model.backup_history import HistoryRow
from core.model.protection import BackupOverview
from core.model.unknown import Unknown
from tui import figures
from tui.lines import Role, plain
from tui.panes.backup_words import (
    LEFT,
    copies_count,
    is_left,
    level_word,
    outcome_word,
    unproven,
)
from tui.panes.view import View
from tui.text import one_line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.rows import Cell, Row

R, DOWN = Align.RIGHT, SortOrder.DESCENDING

BACKUP_COLUMNS = (
    Column("started", "started", 19, importance=10, first=DOWN, least=8),
    Column("kind", "kind", 11, importance=9, least=4),
    Column("outcome", "outcome", 13, importance=9, least=9),
    Column("size", "size", 9, R, importance=8, first=DOWN),
    Column("duration", "took", 12, R, importance=6, first=DOWN, least=6),
    Column("copies", "copies", 8, R, importance=7, least=6),
    Column("verified", "verified", 21, importance=7, least=8),
    Column("database", "database", 10, importance=5, grow=1),
    Column("ratio", "of tables", 9, R, importance=3, first=DOWN),
    Column("key", "key", 16, importance=2, least=6),
    Column("note", "note", 12, importance=4, grow=3),
)

NOTHING = Cell("", Role.MUTED, Unknown("it left no backup"))


def backup_rows(view: View, overview: BackupOverview, rows: tuple[HistoryRow, ...]) -> list[Row]:
    """A row an attempt, in the order that is given."""
    return [_row(view, each, overview) for each in rows]


def _row(view: View, each: HistoryRow, overview: BackupOverview) -> Row:
    entry = each.entry
    return Row(
        each.row_id,
        (
            Cell(figures.moment(each.started_at, relative_to=view.now), Role.NUMBER,
                 each.started_at),
            Cell(one_line(each.kind), Role.TEXT),
            _outcome(each),
            NOTHING if entry is None
            else Cell(figures.size(entry.sealed_bytes), Role.NUMBER, entry.sealed_bytes),
            _duration(each),
            NOTHING if entry is None else _copies(entry, overview),
            NOTHING if entry is None else _verified(view, entry),
            Cell(one_line(_database(each)), Role.TEXT),
            NOTHING if entry is None else _ratio(entry),
            NOTHING if entry is None else _key(entry),
            _note(each, overview),
        ),
    )  # fmt: skip


def _database(each: HistoryRow) -> str:
    if each.entry is not None:
        return each.entry.database
    return each.run.database if each.run is not None else ""


def _outcome(each: HistoryRow) -> Cell:
    told = outcome_word(each.outcome)
    return Cell(told.text, told.role, each.outcome.value)


def _duration(each: HistoryRow) -> Cell:
    if each.finished_at is None:
        return Cell("", Role.MUTED, Unknown("it has not ended"))
    seconds = max(0.0, (each.finished_at - each.started_at).total_seconds())
    return Cell(figures.duration(seconds), Role.NUMBER, seconds)


def _copies(entry: CatalogEntry, overview: BackupOverview) -> Cell:
    told = copies_count(entry, overview)
    return Cell(told.text, told.role)


def _verified(view: View, entry: CatalogEntry) -> Cell:
    if entry.level is VerificationLevel.NONE:
        told = unproven(entry)
        return Cell(told.text, told.role, 0)
    return Cell(plain(level_word(view, entry)), Role.TEXT, int(entry.level))


def _ratio(entry: CatalogEntry) -> Cell:
    """What it takes, as a share of what its tables took on the server, without indexes."""
    share = entry.share_of_tables
    if share is None:
        return Cell("-", Role.MUTED, Unknown("the tables' size on the server is not known"))
    return Cell(figures.percent(share), Role.NUMBER, share)


def _key(entry: CatalogEntry) -> Cell:
    if not entry.key_ids:
        return Cell("not sealed", Role.NOTICE)
    return Cell(one_line(", ".join(entry.key_ids)), Role.MUTED)


def _note(each: HistoryRow, overview: BackupOverview) -> Cell:
    """Why it is kept, that it is to go, or why it failed; the problem of a copy."""
    entry = each.entry
    if entry is None:
        return Cell(one_line(each.run.error if each.run is not None else ""), Role.CRITICAL)
    if entry.expired_at is not None:
        return Cell("expired: to be deleted", Role.NOTICE)
    if entry.kept_because:
        return Cell(f"kept: {one_line(entry.kept_because)}", Role.TEXT)
    problems = [f"{copy.repository}: {copy.problem}" for copy in entry.copies if copy.problem]
    problems += [
        f"{copy.repository}: {LEFT}" for copy in entry.copies if is_left(overview, copy.repository)
    ]
    return Cell(one_line(problems[0]) if problems else "", Role.WARNING)
