"""Scratch servers of restores that somebody may have forgotten: they hold what was restored."""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Situation
from core.assess.wording import duration
from core.model.health import Area, Severity
from core.model.protection import BackupOverview


def findings(situation: Situation, overview: BackupOverview) -> Iterator[Draft]:
    """One for each that has been up for longer than ``[restore] scratch_hours``."""
    for each in overview.forgotten:
        if each.kept is None or each.completed_at is None:
            continue
        seconds = (situation.now - each.completed_at).total_seconds()
        yield Draft(
            fingerprint=f"backups.scratch:{each.operation_id}",
            area=Area.BACKUPS,
            severity=Severity.WARNING,
            title="A scratch server still holds what was restored",
            detail=f"{each.what} of {each.database}, not encrypted, in {each.kept.folder} on"
            f" {each.kept.host}: for {duration(seconds)}, made by {each.who}",
            advice="Where nobody needs it any more, on that host: pgvigil restore undo"
            f" {each.operation_id}",
            subject=each.operation_id,
            since=each.completed_at,
        )
