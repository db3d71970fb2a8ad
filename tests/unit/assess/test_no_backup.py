"""Databases without any good backup, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assess.backups import findings
from core.assess.situation import Situation
from core.config.settings import ThresholdSettings
from core.model.backup import VerificationLevel
from core.model.backup_history import HistoryRow
from core.model.health import Severity
from core.model.job import Job, JobKind, JobOrder, JobState, Progress
from core.model.protection import SetUpStep
from tests.unit.assess.backup_overviews import attempt, entry, found, history, well
from tests.unit.assess.builders import NOON


def job(**arguments: str) -> Job:
    """A backup under way."""
    order = JobOrder(JobKind.BACKUP, "shop", "anna", arguments)
    return Job("j1", order, JobState.QUEUED, Progress(""), "here", 1, NOON)


def test_without_any_good_backup_it_warns_and_after_an_attempt_it_is_critical() -> None:
    none = well(last_good=())
    assert found(none)["backups.none"][0] is Severity.WARNING
    tried = replace(none, history=history(attempt("failed", "no space")))
    assert found(tried)["backups.none"][0] is Severity.CRITICAL


@pytest.mark.parametrize(
    "changes",
    [
        {"jobs": (job(kind="full"),)},
        {"jobs": (job(kind="full", database="orders"),)},
        {"history": history(attempt("running"))},
        {"history": history(attempt("running"), attempt("cancelled"))},
    ],
)
def test_while_the_first_backup_is_running_that_is_said_and_nothing_is_warned_of(
    changes: dict[str, object],
) -> None:
    none = well(last_good=(), databases=("orders",), **changes)
    assert found(none) == {"backups.none": (Severity.INFO, "The first backup is running")}


def test_an_attempt_after_one_that_failed_is_not_the_first() -> None:
    rows = history(attempt("running"), attempt("failed", "no space"))
    got = found(well(last_good=(), history=rows))["backups.none"]
    assert got == (Severity.CRITICAL, "There is no good backup")


def test_a_backup_of_the_schema_alone_is_not_the_first() -> None:
    got = found(well(last_good=(), jobs=(job(kind="schema"),)))["backups.none"]
    assert got == (Severity.WARNING, "There is no good backup")


def test_a_first_backup_that_ended_while_all_was_read_is_no_finding() -> None:
    done = attempt("completed", of=entry(1))
    assert found(well(last_good=(), history=history(done))) == {}


def test_imported_backups_that_nobody_read_back_are_to_be_verified_and_have_not_failed() -> None:
    made = entry(1)
    plain = replace(made, copies=(replace(made.copies[0], level=VerificationLevel.NONE),))
    imported = HistoryRow(plain.snapshot_at, None, plain)
    got = found(well(last_good=(), history=history(imported)))
    assert got == {"backups.none": (Severity.WARNING, "No backup is verified yet")}
    assert found(well(history=history(imported))) == {}


def test_a_database_without_a_good_one_is_named() -> None:
    lacking = well(last_good=(entry(1, "orders"),), databases=("orders", "billing"))
    assert found(lacking)["backups.none"][1] == "There is no good backup of billing"


def test_nobody_is_told_to_take_a_backup_that_would_not_begin() -> None:
    none = well(last_good=(), missing=frozenset({SetUpStep.KEY_CONFIRMED}))
    drafts = findings(Situation(NOON, ThresholdSettings(), backups=none))
    advice = {each.fingerprint: each.advice for each in drafts}
    assert "pgvigil key confirm" in advice["backups.none"]
    assert "Take one now" not in advice["backups.none"]
