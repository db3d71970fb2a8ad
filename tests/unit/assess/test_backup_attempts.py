"""What the last attempts and the schedules left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.model.backup import CopyState
from core.model.health import Severity
from core.model.schedule import PlannedRun, RunState, ScheduleStatus
from tests.unit.assess.backup_overviews import HOUR, attempt, entry, found, history, lost, of, well
from tests.unit.assess.builders import NOON


@pytest.mark.parametrize(
    ("status", "title"),
    [
        ("failed", "The last full backup failed"),
        ("interrupted", "The last full backup was interrupted"),
        ("cancelled", None),
        ("running", None),
        ("completed", None),
    ],
)
def test_a_last_run_that_failed_is_told_and_one_that_was_cancelled_is_not(
    status: str, title: str | None
) -> None:
    got = found(well(history=history(attempt(status, "no space")))).get("backups.last_run")
    assert (got[1] if got else None) == title


def test_a_failure_before_a_good_run_is_over() -> None:
    good = replace(attempt("completed", of=entry(1)))
    assert found(well(history=history(good, attempt("failed")))) == {}


def test_a_backup_of_which_no_copy_is_sound_is_no_success() -> None:
    made = entry(1)
    bad = replace(made, copies=(replace(made.copies[0], state=CopyState.DAMAGED),))
    got = found(well(history=history(attempt("completed", of=bad))))
    assert got["backups.last_run"][1] == "No copy of the last full backup is sound"


def status(
    state: RunState | None, *, kind: str = "full", is_paused: bool = False, fires: bool = True
) -> ScheduleStatus:
    """A schedule whose last moment ended so."""
    last = None if state is None else PlannedRun("nightly", "shop", NOON, state, why="because")
    next_at = NOON + HOUR if fires else None
    return ScheduleStatus("nightly", "shop", kind, "0 2 * * *", "", "UTC", is_paused, next_at, last)


@pytest.mark.parametrize(
    ("schedule", "title"),
    [
        (status(None), None),
        (status(RunState.DONE), None),
        (status(RunState.SKIPPED), None),
        (status(RunState.FAILED), "The schedule nightly failed"),
        (status(RunState.FAILED, kind="verify"), "The schedule nightly failed"),
        (status(RunState.MISSED), "The schedule nightly missed its last moment"),
        (status(RunState.OVERLAPPING),
         "The schedule nightly was left out: the run before was still under way"),
        (status(RunState.MISSED, is_paused=True), None),
        (status(None, fires=False), "The schedule nightly never fires"),
        (status(None, fires=False, is_paused=True), None),
    ],
)  # fmt: skip
def test_a_schedule_that_did_not_run_is_a_finding_unless_somebody_wanted_that(
    schedule: ScheduleStatus, title: str | None
) -> None:
    got = found(well(schedules=(schedule,))).get("backups.schedule:nightly")
    assert (got[1] if got else None) == title


def test_what_an_attempt_of_the_run_failed_of_is_told_once() -> None:
    run = PlannedRun("nightly", "shop", NOON, RunState.FAILED, NOON, job_id="j1")
    schedule = replace(status(RunState.FAILED), last=run)
    failed = attempt("failed", "no space")
    assert failed.run is not None
    its_own = replace(failed, run=replace(failed.run, detached_job_id="j1"))
    assert set(found(well(schedules=(schedule,), history=history(its_own)))) == {"backups.last_run"}
    both = found(well(schedules=(schedule,), history=history(failed)))
    assert set(both) == {"backups.last_run", "backups.schedule:nightly"}


def test_a_failed_run_without_an_attempt_is_over_with_the_next_attempt() -> None:
    run = PlannedRun("nightly", "shop", NOON, RunState.FAILED, NOON - 2 * HOUR, job_id="j1")
    schedule = replace(status(RunState.FAILED), last=run)
    assert found(well(schedules=(schedule,), history=history(attempt("completed")))) == {}


def test_a_database_that_failed_is_told_though_another_one_succeeded_after_it() -> None:
    rows = (of("orders", attempt("completed"), 1), of("a=b", attempt("failed", "no such name"), 2))
    good = (entry(1, "orders"),)
    both = well(databases=("a=b", "orders"), last_good=good, last_ended=rows)
    got = found(both)
    assert got["backups.last_run"][1] == "The last full backup of a=b failed"
    assert got["backups.none"] == (Severity.CRITICAL, "There is no good backup of a=b")
    elsewhere = replace(both, last_ended=rows[:1], history=history(rows[0]))
    assert found(elsewhere)["backups.none"][0] is Severity.WARNING


def test_several_databases_that_failed_are_told_together() -> None:
    rows = tuple(of(name, attempt("failed", "no space")) for name in ("orders", "billing"))
    got = found(well(last_ended=rows))
    assert got["backups.last_run"][1] == "The last backups of 2 databases left nothing to rely on"


def test_a_backup_of_chosen_tables_does_not_make_up_for_a_failed_one_of_everything() -> None:
    rows = (of("orders", attempt("completed"), 1, "data"), of("orders", attempt("failed"), 2))
    assert "backups.last_run" in found(well(last_ended=rows))


def test_an_attempt_that_failed_before_its_databases_were_known_is_told_until_one_is_good() -> None:
    before = of("", attempt("failed", "the server is down"), 2)
    assert "backups.last_run" in found(well(last_ended=(before,)))
    assert found(well(last_ended=(of("orders", attempt("completed")), before))) == {}


def test_a_database_that_the_server_has_no_more_is_not_judged_unless_the_config_names_it() -> None:
    late = well(
        databases=("gone", "orders"),
        last_good=(entry(1), entry(72, "gone")),
        last_ended=(of("gone", attempt("failed")),),
        newest_fulls=(lost("gone"),),
        history=history(of("gone", attempt("failed"))),
    )
    assert set(found(late)) == {"backups.age", "backups.last_run", "backups.lost:gone"}
    assert found(late.on_server({"orders"})) == {}
    named = replace(late, named=("gone",))
    assert named.on_server({"orders"}) is named
