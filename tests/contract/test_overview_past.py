"""What a frame says of a server's backups in the past."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.model.backup import BackupKind, CopyState, VerificationLevel
from core.model.backup_history import Outcome
from core.model.protection import BackupOverview
from core.schedule.overview_past import overview_at
from core.store.attempt import AttemptResult, AttemptStatus
from core.store.store import Store
from tests.contract.catalogued import AT, copy, entry
from tests.contract.overviews import HOUR, SETTINGS


def attempt(store: Store, at: datetime, ended: datetime, result: AttemptResult) -> None:
    begun = store.backup_jobs.begin("shop", "orders", BackupKind.FULL, at)
    store.backup_jobs.finish(begun, ended, result)


def past(store: Store, hours: float) -> BackupOverview:
    return overview_at(store, SETTINGS, "shop", AT + hours * HOUR)


def test_in_the_past_an_attempt_that_ended_later_was_under_way(store: Store) -> None:
    made = entry(copies=(copy("local"),), snapshot_at=AT, finished_at=AT + HOUR)
    store.catalog.add(made)
    result = AttemptResult(AttemptStatus.COMPLETED, details={"backup_id": made.backup_id})
    attempt(store, AT, AT + HOUR, result)

    def outcomes(hours: float) -> list[Outcome]:
        return [row.outcome for row in past(store, hours).history.rows]

    assert (outcomes(-1), outcomes(0.5), outcomes(2)) == ([], [Outcome.RUNNING], [Outcome.GOOD])
    assert past(store, 0.5).weakest is None
    assert past(store, 2).weakest is not None


def test_in_the_past_nothing_was_known_of_what_was_found_later(store: Store) -> None:
    damaged = copy("local", state=CopyState.DAMAGED, at=AT + 5 * HOUR, problem="rotten")
    kept = copy("offsite", level=VerificationLevel.STRUCTURE, at=AT + 5 * HOUR)
    store.catalog.add(entry(copies=(damaged, kept), expired_at=AT + 6 * HOUR))
    (before,) = past(store, 4).history.rows
    assert before.entry is not None
    assert {each.state for each in before.entry.copies} == {CopyState.COMPLETE}
    assert before.entry.level is VerificationLevel.SEALED
    assert before.entry.expired_at is None
    assert past(store, 4).bad_copies.count == 0
    assert past(store, 5.5).bad_copies.count == 1
    (after,) = past(store, 7).history.rows
    assert after.entry is not None
    assert after.entry.expired_at is not None


@pytest.mark.parametrize("hours", [-1.0, 3.0])
def test_nothing_is_planned_in_the_past(store: Store, hours: float) -> None:
    (status,) = past(store, hours).schedules
    assert status.next_at is None
