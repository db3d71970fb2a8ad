"""Backups that are too old, bad, unverified, or that will not come, are findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.assess.assess import Memory, assess
from core.assess.backups import findings
from core.assess.situation import Situation
from core.config.settings import ThresholdSettings
from core.model.backup import BackupCopy, CatalogEntry, CopyState, VerificationLevel
from core.model.backup_history import BackupRun, HistoryPage, HistoryRow
from core.model.health import Area, Health, Severity
from core.model.job import Job, JobKind, JobOrder, JobState, Progress
from core.model.protection import (
    AbsentKey,
    BackupOverview,
    BadCopies,
    LostKey,
    RepositoryUse,
    SetUpStep,
    UnclearStaging,
)
from core.model.schedule import PlannedRun, RunState, ScheduleStatus
from core.model.server import Link, LinkState
from tests.unit.assess.builders import NOON, connections
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


def found(overview: BackupOverview | None, **changes: object) -> dict[str, tuple[Severity, str]]:
    """Each finding's severity and title, by its fingerprint."""
    situation = Situation(NOON, ThresholdSettings(), backups=overview, **changes)  # type: ignore[arg-type]
    return {each.fingerprint: (each.severity, each.title) for each in findings(situation)}


def well(**changes: object) -> BackupOverview:
    """A good backup of some hours ago."""
    made = BackupOverview(objective_seconds=OBJECTIVE, last_good=(entry(12),))
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "side"), [(400, "ahead of"), (-2, "behind")])
def test_clocks_that_are_apart_are_a_finding(days: int, side: str) -> None:
    severity, title = found(well(clock_gap_seconds=days * 86_400.0))["backups.clock"]
    assert severity is Severity.WARNING
    assert f"was {abs(days)} d" in title
    assert side in title


def test_a_young_good_backup_is_no_finding() -> None:
    assert found(well()) == {}


@pytest.mark.parametrize("overview", [None, BackupOverview(missing=frozenset(SetUpStep))])
def test_where_none_are_set_up_nothing_is_found(overview: BackupOverview | None) -> None:
    assert found(overview) == {}


@pytest.mark.parametrize(
    ("hours", "severity"),
    [(35.9, None), (36, Severity.WARNING), (47.9, Severity.WARNING), (48, Severity.CRITICAL)],
)
def test_age_warns_at_one_and_a_half_times_the_objective_and_is_critical_at_twice(
    hours: float, severity: Severity | None
) -> None:
    got = found(well(last_good=(entry(hours),))).get("backups.age")
    assert (got[0] if got else None) is severity


def test_the_oldest_of_the_databases_that_are_backed_up_counts() -> None:
    both = (entry(1, "orders"), entry(50, "billing"))
    assert (
        "of billing is 2 d 2 h old"
        in found(well(last_good=both, databases=("orders", "billing")))["backups.age"][1]
    )
    assert found(well(last_good=both, databases=("orders",))) == {}


def test_without_any_good_backup_it_warns_and_after_an_attempt_it_is_critical() -> None:
    none = well(last_good=())
    assert found(none)["backups.none"][0] is Severity.WARNING
    tried = replace(none, history=history(attempt("failed", "no space")))
    assert found(tried)["backups.none"][0] is Severity.CRITICAL


def job(**arguments: str) -> Job:
    """A backup under way."""
    order = JobOrder(JobKind.BACKUP, "shop", "anna", arguments)
    return Job("j1", order, JobState.QUEUED, Progress(""), "here", 1, NOON)


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


def test_missing_and_damaged_copies_are_counted_and_the_newest_is_named() -> None:
    copy = BackupCopy("b7", "offsite", CopyState.MISSING, VerificationLevel.NONE, NOON, "not there")
    situation = Situation(NOON, ThresholdSettings(), backups=well(bad_copies=BadCopies((copy,), 3)))
    (draft,) = findings(situation)
    assert draft.title == "3 copies of backups are missing or damaged"
    assert "b7 in offsite is missing (not there)" in draft.detail
    assert (draft.area, draft.subject) == (Area.BACKUPS, "b7")


@pytest.mark.parametrize(("days", "is_found"), [(34.9, False), (35.1, True)])
def test_a_copy_that_nobody_verified_for_long_is_a_finding(days: float, is_found: bool) -> None:
    got = found(well(oldest_verification=NOON - days * 24 * HOUR))
    assert ("backups.verification" in got) is is_found


@pytest.mark.parametrize(
    ("used", "severity"), [(79, None), (80, Severity.WARNING), (95, Severity.CRITICAL)]
)
def test_a_quota_warns_at_80_and_is_critical_at_95_per_cent(
    used: int, severity: Severity | None
) -> None:
    overview = well(repositories=(RepositoryUse("local", used, 100), RepositoryUse("s3", 10**9)))
    got = found(overview)
    assert set(got) == ({"backups.quota:local"} if severity else set())
    assert not severity or got["backups.quota:local"][0] is severity


def test_a_quota_that_was_passed_stays_a_finding_until_it_is_clearly_below() -> None:
    overview = well(repositories=(RepositoryUse("local", 79, 100),))
    before = {"backups.quota:local": Severity.WARNING}
    assert "backups.quota:local" in found(overview, before=before)


def test_a_key_that_nobody_confirmed_is_a_finding() -> None:
    got = found(well(missing=frozenset({SetUpStep.KEY_CONFIRMED})))
    assert set(got) == {"backups.key"}


def test_nobody_is_told_to_take_a_backup_that_would_not_begin() -> None:
    none = well(last_good=(), missing=frozenset({SetUpStep.KEY_CONFIRMED}))
    drafts = findings(Situation(NOON, ThresholdSettings(), backups=none))
    advice = {each.fingerprint: each.advice for each in drafts}
    assert "pgvigil key confirm" in advice["backups.none"]
    assert "Take one now" not in advice["backups.none"]


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


def of(database: str, row: HistoryRow, hours_ago: float = 1, kind: str = "full") -> HistoryRow:
    """The attempt, at another database."""
    assert row.run is not None
    at = NOON - hours_ago * HOUR
    run = replace(row.run, database=database, started_at=at, kind=kind, job_id=f"{database} {at}")
    return replace(row, started_at=at, run=run)


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


def test_an_old_backup_is_told_beside_a_database_that_has_none() -> None:
    old = well(last_good=(entry(72),), databases=("billing", "orders"))
    assert {"backups.age", "backups.none"} <= set(found(old))


def test_without_names_in_the_config_the_oldest_of_all_counts() -> None:
    both = well(last_good=(entry(1, "other"), entry(72, "orders")))
    assert "backups.age" in found(both)


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


def lost(database: str = "orders") -> CatalogEntry:
    """A full backup that is damaged in one repository and missing in the other."""
    made = entry(1, database)
    rotten = replace(made.copies[0], state=CopyState.DAMAGED, problem="a0001 was changed")
    return replace(
        made, copies=(rotten, replace(rotten, repository="s3", state=CopyState.MISSING, problem=""))
    )


def test_a_newest_full_that_is_sound_nowhere_is_critical_and_its_copies_are_told() -> None:
    situation = Situation(
        NOON,
        ThresholdSettings(),
        backups=well(newest_fulls=(lost(),), history=history(attempt("completed", of=lost()))),
    )
    (draft,) = findings(situation)
    assert (draft.fingerprint, draft.severity) == ("backups.lost:orders", Severity.CRITICAL)
    assert draft.title == "The newest full backup is lost: no copy of it is sound"
    assert (
        f"{lost().copies[0].repository}: damaged (a0001 was changed); s3: missing" == draft.detail
    )


def test_a_newest_full_with_one_sound_copy_is_not_lost() -> None:
    half = replace(lost(), copies=(*lost().copies, *entry(1).copies))
    assert "backups.lost:orders" not in found(well(newest_fulls=(half,)))


def test_a_key_of_the_config_that_is_not_there_is_told_and_that_of_new_backups_is_critical() -> (
    None
):
    keys = (AbsentKey("main", "/k/main.key"), AbsentKey("old", "/k/old.key"))
    got = found(well(key_name="main", absent_keys=keys))
    assert {name: severity for name, (severity, _) in got.items()} == {
        "backups.key:main": Severity.CRITICAL,
        "backups.key:old": Severity.WARNING,
    }


def test_a_plain_dump_that_may_be_nobody_s_is_told() -> None:
    left = UnclearStaging("/srv/staging/job-1-aa", "db7")
    situation = Situation(NOON, ThresholdSettings(), backups=well(unclear_staging=(left,)))
    (draft,) = findings(situation)
    assert draft.severity is Severity.WARNING
    assert "not encrypted" in draft.title
    assert left.path in draft.detail
    assert "db7" in draft.detail


def test_backups_under_a_key_that_the_config_has_no_more_are_told() -> None:
    gone = (LostKey("00aa", "main", 1), LostKey("00bb", "", 3))
    assert found(well(lost_keys=gone)) == {
        "backups.lost_key:00aa": (
            Severity.WARNING,
            "1 backup is sealed with a key that the config has no more",
        ),
        "backups.lost_key:00bb": (
            Severity.WARNING,
            "3 backups are sealed with a key that the config has no more",
        ),
    }


def test_attempts_are_judged_also_where_the_key_was_never_here() -> None:
    keyless = well(missing=frozenset({SetUpStep.KEY}))
    assert found(keyless) == {}
    assert "backups.last_run" in found(replace(keyless, history=history(attempt("failed"))))


def test_backups_are_judged_also_while_the_server_can_not_be_reached() -> None:
    down = Situation(
        NOON,
        ThresholdSettings(),
        link=Link(LinkState.UNREACHABLE, NOON, "db1 does not answer"),
        backups=well(last_good=(entry(72),)),
    )
    assessment, _ = assess(down, Memory())
    assert "backups.age" in {each.fingerprint for each in assessment.findings}


def test_backups_that_are_too_old_make_a_healthy_server_critical() -> None:
    healthy = Situation(NOON, ThresholdSettings(), connections=connections())
    late = replace(healthy, backups=well(last_good=(entry(72),)))
    assert assess(healthy, Memory())[0].health is Health.OK
    assert assess(late, Memory())[0].health is Health.CRITICAL
