"""The last proof by a restore that a backup can be had back."""

from __future__ import annotations

from core.model.protection import BackupOverview
from tui import figures
from tui.lines import Line, Role, Span, joined, line
from tui.panes.backup_words import seconds_since
from tui.panes.view import View

NEVER = "none was proven by a restore yet"


def last_proven_line(view: View, overview: BackupOverview) -> Line:
    """The last restore that was compared with its backup and found equal."""
    last = overview.last_proven
    if last is None:
        return line(Span(NEVER, Role.MUTED))
    ended = last.completed_at or last.created_at
    ago = figures.age(seconds_since(view, ended))
    took = figures.duration(max(0.0, (ended - last.created_at).total_seconds()))
    return joined([
        line(Span(ago, Role.NUMBER)),
        line(Span(f"proven by a {'drill' if _is_drill(overview) else 'restore'}", Role.TEXT)),
        line(Span(f"in {took}", Role.NUMBER)),
    ])  # fmt: skip


def _is_drill(overview: BackupOverview) -> bool:
    """Whether the last proven restore was one for a drill."""
    drills, last = overview.drills, overview.last_proven
    proofs = drills.proofs if drills is not None else ()
    return last is not None and last.operation_id in {each.drill_id for each in proofs}
