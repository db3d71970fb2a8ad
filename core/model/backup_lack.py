"""Why there is no good backup: none was tried, verified or taken well, or the first is running."""

from __future__ import annotations

from enum import StrEnum

from core.model.backup_history import HistoryRow, Outcome
from core.model.job import JobKind
from core.model.protection import BackupOverview

WHOLE_KINDS = frozenset({"full", "incremental"})
"""The kinds of a backup from which all of a database can be restored."""
_LEFT_NOTHING = frozenset(
    {Outcome.FAILED, Outcome.INTERRUPTED, Outcome.NOT_GOOD, Outcome.PRUNED, Outcome.GOOD}
)
"""What stands in the history without a good backup; what was good has expired since."""


class Lack(StrEnum):
    """Why a database has no good backup; ``UNDER_WAY`` is the first attempt."""

    NOT_TRIED = "not tried"
    UNDER_WAY = "under way"
    UNVERIFIED = "unverified"
    FAILED = "failed"


def lack_in(overview: BackupOverview) -> Lack | None:
    """Why databases that are to be backed up have no good backup; ``None`` where all have one.

    What a person cancelled was not tried. A backup of chosen tables is none of the database.
    """
    if overview.last_good and not overview.lacking:
        return None
    lacking = set(overview.lacking) if overview.last_good else set()
    rows = [
        row
        for row in (*overview.last_ended, *overview.history.rows)
        if row.kind in WHOLE_KINDS and (not lacking or row.database in {*lacking, ""})
    ]
    newest = max(rows, key=lambda row: row.started_at, default=None)
    if newest is not None and _is_good_now(newest):
        return None  # it ended while this was read
    outcomes = {row.outcome for row in rows}
    if Outcome.UNVERIFIED in outcomes:
        return Lack.UNVERIFIED
    if outcomes & _LEFT_NOTHING:
        return Lack.FAILED
    return Lack.UNDER_WAY if _is_under_way(overview, rows, lacking) else Lack.NOT_TRIED


def _is_good_now(row: HistoryRow) -> bool:
    return row.entry is not None and row.entry.is_good and row.entry.expired_at is None


def _is_under_way(overview: BackupOverview, rows: list[HistoryRow], lacking: set[str]) -> bool:
    """Whether an attempt is noted that has not ended, or a job that has not come so far."""
    if any(row.outcome is Outcome.RUNNING for row in rows):
        return True
    orders = [job.order for job in overview.jobs if job.order.kind is JobKind.BACKUP]
    return any(
        order.arguments.get("kind", "full") in WHOLE_KINDS
        and (not lacking or order.arguments.get("database", "") in {*lacking, "", "all"})
        for order in orders
    )
