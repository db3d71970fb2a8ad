"""Attempts at backups: whether the last one of each database left something to rely on."""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.backup_copies import copies_told, is_lost
from core.assess.situation import Draft
from core.model.backup_history import HistoryRow, Outcome
from core.model.backup_lack import WHOLE_KINDS
from core.model.health import Area, Severity
from core.model.protection import BackupOverview

_WELL = frozenset({Outcome.GOOD, Outcome.PRUNED})
_NOT_BAD = _WELL | {Outcome.UNVERIFIED}


def last_attempts(overview: BackupOverview) -> Iterator[Draft]:
    """The newest attempt of each database that ended, where it left nothing to rely on."""
    told_already = {entry.backup_id for entry in overview.newest_fulls if is_lost(entry)}
    bad = [
        row
        for row in _last_of_each(overview)
        if row.outcome not in _NOT_BAD
        and not (row.entry is not None and row.entry.backup_id in told_already)
    ]
    if not bad:
        return
    last = bad[0]
    is_one_of_many = len(overview.databases) > 1 and last.database
    of = f" of {last.database}" if is_one_of_many else ""
    title = {
        Outcome.FAILED: f"The last {last.kind} backup{of} failed",
        Outcome.INTERRUPTED: f"The last {last.kind} backup{of} was interrupted",
        Outcome.NOT_GOOD: f"No copy of the last {last.kind} backup{of} is sound",
    }[last.outcome]
    if len(bad) > 1:
        title = f"The last backups of {len(bad)} databases left nothing to rely on"
    yield Draft(
        fingerprint="backups.last_run",
        area=Area.BACKUPS,
        severity=Severity.WARNING,
        title=title,
        detail=_why(last)
        if len(bad) == 1
        else "; ".join(f"{row.database or 'all'}: {_why(row)}" for row in bad),
        advice="Mend what it says, then take one: b in the backups area (5).",
        subject=last.entry.backup_id if last.entry is not None else "",
        since=last.finished_at,
    )


def _why(row: HistoryRow) -> str:
    told = row.run.error if row.run is not None else ""
    if not told and row.entry is not None:
        told = copies_told(row.entry)
    return told or "nothing more was written down of it"


def _last_of_each(overview: BackupOverview) -> list[HistoryRow]:
    """What counts of each database, newest first: its newest attempt, or that at all of it.

    A backup of chosen tables that came later does not make up for a failed one of everything. An
    attempt that failed before its databases were known is over as soon as any other is good.
    """
    rows = sorted(
        {
            (row.started_at, row.row_id): row
            for row in (*overview.last_ended, *overview.history.rows)
            if row.outcome not in {Outcome.RUNNING, Outcome.CANCELLED}
            and row.database not in overview.dropped
        }.values(),
        key=lambda row: row.started_at,
        reverse=True,
    )
    newest: dict[str, HistoryRow] = {}
    whole: dict[str, HistoryRow] = {}
    for row in rows:
        newest.setdefault(row.database, row)
        if row.kind in WHOLE_KINDS:
            whole.setdefault(row.database, row)
    if "" in newest and any(
        row.outcome in _WELL and row.started_at > newest[""].started_at for row in rows
    ):
        del newest[""]
    counted = [
        whole.get(name, row) if row.outcome in _NOT_BAD else row for name, row in newest.items()
    ]
    return sorted(counted, key=lambda row: row.started_at, reverse=True)
