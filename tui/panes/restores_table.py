"""Restores as a table: those that are being put together, those under way, those before."""

from __future__ import annotations

from core.model.differences import differences_told
from core.model.protection import BackupOverview
from core.model.restore_draft import RestoreDraft
from core.model.restore_operation import RestoreOperation, RestoreStatus, Verdict
from core.model.unknown import Unknown
from tui import figures
from tui.lines import Role, Span
from tui.panes.restore_plan import MEANS, place_of
from tui.panes.view import View
from tui.text import one_line
from tui.widgets.columns import Align, Column, SortOrder
from tui.widgets.rows import Cell, Row
from tui.wizard.trail import answers

DOWN = SortOrder.DESCENDING
RESTORE_COLUMNS = (
    Column("began", "began", 19, importance=10, first=DOWN, least=8),
    Column("outcome", "outcome", 15, importance=10, least=9),
    Column("what", "what", 16, importance=8, grow=2),
    Column("to", "to", 22, importance=9, grow=3, least=12),
    Column("took", "took", 11, Align.RIGHT, importance=6, first=DOWN, least=6),
    Column("who", "by", 18, importance=7, least=8),
    Column("backup", "backup", 34, importance=3, least=8),
    Column("note", "note", 14, importance=5, grow=3),
)
STATUSES = {
    RestoreStatus.WAITING: Span("? waits", Role.NOTICE),
    RestoreStatus.RUNNING: Span("▸ running", Role.ACCENT),
    RestoreStatus.COMPLETED: Span("• restored", Role.TEXT),
    RestoreStatus.FAILED: Span("✖ failed", Role.CRITICAL),
    RestoreStatus.CANCELLED: Span("× cancelled", Role.MUTED),
    RestoreStatus.INTERRUPTED: Span("▲ interrupted", Role.WARNING),
    RestoreStatus.UNDONE: Span("· undone", Role.MUTED),
}
VERDICTS = {
    Verdict.PROVEN: Span("• proven", Role.GOOD),
    Verdict.DIFFERENCES: Span("▲ differences", Role.WARNING),
    Verdict.FAILED: Span("✖ not equal", Role.CRITICAL),
}


def outcome_of(operation: RestoreOperation) -> Span:
    """What came of a restore: its verdict, where it has one that still counts."""
    if operation.status is RestoreStatus.COMPLETED and operation.verdict is not None:
        return VERDICTS[operation.verdict]
    return STATUSES[operation.status]


def restore_rows(view: View, overview: BackupOverview) -> list[Row]:
    """Drafts first, then restores, newest first."""
    return [
        *(_draft(view, each) for each in overview.drafts),
        *(_operation(view, each) for each in overview.restores),
    ]


def _draft(view: View, draft: RestoreDraft) -> Row:
    nothing = Cell("", Role.MUTED, Unknown("it was not begun"))
    return Row(
        draft.draft_id,
        (
            Cell(figures.moment(draft.updated_at, relative_to=view.now), Role.NUMBER,
                 draft.updated_at),
            Cell("· being planned", Role.NOTICE),
            Cell(one_line(draft.what or f"at: {draft.step.value}"), Role.TEXT),
            Cell(one_line(draft.target_database), Role.TEXT),
            nothing,
            Cell(one_line(draft.who), Role.TEXT),
            Cell(one_line(draft.backup_id), Role.MUTED),
            Cell(f"Enter goes on: {answers(draft)}".rstrip(": "), Role.TEXT),
        ),
    )  # fmt: skip


def _operation(view: View, each: RestoreOperation) -> Row:
    told = outcome_of(each)
    to = place_of(each)
    return Row(
        each.operation_id,
        (
            Cell(figures.moment(each.created_at, relative_to=view.now), Role.NUMBER,
                 each.created_at),
            Cell(told.text, told.role),
            Cell(one_line(each.what), Role.TEXT),
            Cell(one_line(to), Role.TEXT),
            _took(each),
            Cell(one_line(each.who), Role.TEXT),
            Cell(one_line(each.backup_id), Role.MUTED),
            _note(each),
        ),
    )  # fmt: skip


def _took(each: RestoreOperation) -> Cell:
    if each.completed_at is None:
        return Cell("", Role.MUTED, Unknown("it has not ended"))
    seconds = max(0.0, (each.completed_at - each.created_at).total_seconds())
    return Cell(figures.duration(seconds), Role.NUMBER, seconds)


def _note(each: RestoreOperation) -> Cell:
    if each.problem:
        is_waiting = each.status is RestoreStatus.WAITING
        return Cell(one_line(each.problem), Role.NOTICE if is_waiting else Role.CRITICAL)
    if each.differences:
        told = f"{differences_told(each.differences)}: {each.differences[0]}"
        return Cell(one_line(told), Role.WARNING)
    return Cell(MEANS[each.target], Role.LABEL)
