"""What is known of backups, as findings are made of it, in few words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.assess.backups import findings
from core.assess.situation import Situation
from core.config.settings import ThresholdSettings
from core.model.backup import CatalogEntry, CopyState
from core.model.backup_history import BackupRun, HistoryPage, HistoryRow
from core.model.health import Severity
from core.model.protection import BackupOverview
from tests.unit.assess.builders import NOON
from tests.unit.backup import catalog_entries

HOUR = timedelta(hours=1)
OBJECTIVE = 86_400.0


def entry(hours_old: float, database: str = "orders") -> CatalogEntry:
    """A good full backup."""
    made = catalog_entries.entry(0, database=database)
    at = NOON - hours_old * HOUR
    return replace(made, snapshot_at=at, finished_at=at)


def history(*rows: HistoryRow) -> HistoryPage:
    """The newest first."""
    return HistoryPage(rows, older=False)


def attempt(status: str, error: str = "", of: CatalogEntry | None = None) -> HistoryRow:
    """An attempt an hour ago."""
    at = NOON - HOUR
    run = BackupRun("r1", "full", status, at, at + HOUR / 2, None, "none", error, "orders")
    return HistoryRow(at, run, of)


def of(database: str, row: HistoryRow, hours_ago: float = 1, kind: str = "full") -> HistoryRow:
    """The attempt, at another database."""
    assert row.run is not None
    at = NOON - hours_ago * HOUR
    run = replace(row.run, database=database, started_at=at, kind=kind, job_id=f"{database} {at}")
    return replace(row, started_at=at, run=run)


def found(overview: BackupOverview | None, **changes: object) -> dict[str, tuple[Severity, str]]:
    """Each finding's severity and title, by its fingerprint."""
    situation = Situation(NOON, ThresholdSettings(), backups=overview, **changes)  # type: ignore[arg-type]
    return {each.fingerprint: (each.severity, each.title) for each in findings(situation)}


def well(**changes: object) -> BackupOverview:
    """A good backup of some hours ago."""
    made = BackupOverview(objective_seconds=OBJECTIVE, last_good=(entry(12),))
    return replace(made, **changes)  # type: ignore[arg-type]


def lost(database: str = "orders") -> CatalogEntry:
    """A full backup that is damaged in one repository and missing in the other."""
    made = entry(1, database)
    rotten = replace(made.copies[0], state=CopyState.DAMAGED, problem="a0001 was changed")
    return replace(
        made, copies=(rotten, replace(rotten, repository="s3", state=CopyState.MISSING, problem=""))
    )
