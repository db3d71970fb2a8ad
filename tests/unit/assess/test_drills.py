"""Drills that failed, missed an objective, or are overdue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.assess.backups import findings
from core.assess.situation import Situation
from core.config.settings import ThresholdSettings
from core.model.drill import (
    Drill,
    DrillKind,
    DrillOverview,
    DrillStatus,
    Objectives,
    Standing,
    Trial,
)
from core.model.health import Severity
from tests.tui.guided_frames import under_way
from tests.unit.assess.backup_overviews import found, well
from tests.unit.assess.builders import NOON

DAY = timedelta(days=1)
DRILL = Drill(
    drill_id="d1",
    kind=DrillKind.RESTORE,
    server_id="shop",
    who="pgvigil",
    host="bastion",
    status=DrillStatus.PASSED,
    started_at=NOON - DAY,
    finished_at=NOON - DAY,
    database="orders",
    backup_id="b1",
    objectives=Objectives(600.0, 3600.0),
    rto_seconds=60.0,
    rpo_seconds=60.0,
)


def told(*drills: Drill, **known: object) -> dict[str, tuple[Severity, str]]:
    overview = DrillOverview(last=drills, proven_at=NOON - DAY, overdue_seconds=14 * 86_400.0)
    drilled = replace(well(), drills=replace(overview, **known))  # type: ignore[arg-type]
    return {name: each for name, each in found(drilled).items() if "drill" in name}


def test_one_that_passed_is_no_finding() -> None:
    assert told(DRILL) == {}


@pytest.mark.parametrize(
    ("status", "severity", "title"),
    [
        (DrillStatus.FAILED, Severity.CRITICAL, "The last restore drill of orders failed"),
        (DrillStatus.INTERRUPTED, Severity.WARNING, "The last drill of orders was interrupted"),
    ],
)
def test_one_that_proved_nothing_is(status: DrillStatus, severity: Severity, title: str) -> None:
    ended = replace(DRILL, status=status, problem="no room")
    assert told(ended)["backups.drill:restore:orders"][:2] == (severity, title)


def test_what_is_not_as_it_should_be_is_told_with_what_to_do() -> None:
    spoilt = replace(
        DRILL, status=DrillStatus.FAILED, differences=("a", "b", "c", "d", "e"), remedy="mend it"
    )
    overview = replace(well(), drills=DrillOverview(last=(spoilt,)))
    (draft,) = findings(Situation(NOON, ThresholdSettings(), backups=overview))
    assert (draft.detail, draft.advice) == ("a; b; c; and 2 more", "mend it")


def test_one_of_another_database_that_passed_makes_none_good() -> None:
    failed = replace(DRILL, status=DrillStatus.FAILED, problem="no room")
    got = told(failed, replace(DRILL, database="billing"))
    assert list(got) == ["backups.drill:restore:orders"]
    unnamed = replace(failed, database="")
    assert told(unnamed)["backups.drill:restore:"][1] == "The last restore drill failed"


def test_one_that_a_person_cancelled_is_not() -> None:
    assert told(replace(DRILL, status=DrillStatus.CANCELLED)) == {}


def test_a_missed_objective_is_told_by_its_name() -> None:
    slow = replace(DRILL, status=DrillStatus.MISSED, rto_seconds=601.0, rpo_seconds=3601.0)
    got = told(slow)["backups.drill:restore:orders"]
    assert got[:2] == (Severity.WARNING, "The last drill of orders missed its RTO and RPO")


def test_an_unknown_recovery_point_is_no_met_one() -> None:
    unknown = replace(DRILL, rpo_seconds=None)
    assert unknown.missed == ("RPO",)
    got = told(replace(unknown, status=DrillStatus.MISSED))["backups.drill:restore:orders"]
    assert got[:2] == (Severity.WARNING, "The last drill of orders missed its RPO")
    assert replace(unknown, rto_seconds=None).missed == (), "it did not come so far"
    assert replace(unknown, objectives=Objectives(600.0)).missed == ()


def test_sabotage_that_was_not_seen_is_as_bad_as_can_be() -> None:
    trial = Trial("byte flipped", "…", is_detected=False, said="nothing", person="…")
    blind = replace(DRILL, kind=DrillKind.SABOTAGE, status=DrillStatus.FAILED, trials=(trial,))
    got = told(DRILL, blind)
    assert list(got) == ["backups.drill:sabotage:orders"]
    assert got["backups.drill:sabotage:orders"][0] is Severity.CRITICAL


@pytest.mark.parametrize(
    ("proven_at", "restorable_since", "overdue"),
    [
        (NOON - 15 * DAY, NOON - 30 * DAY, "No drill has proven a restore for 15 d"),
        (NOON - 13 * DAY, NOON - 30 * DAY, None),
        (None, NOON - 30 * DAY, "No drill has proven yet that a backup restores"),
        (None, NOON - DAY, None),
        (None, None, None),
    ],
)
def test_overdue_is_what_could_have_been_done_for_so_long(
    proven_at: datetime | None, restorable_since: datetime | None, overdue: str | None
) -> None:
    got = told(DRILL, proven_at=proven_at, restorable_since=restorable_since)
    title = got["backups.drill.overdue"][1] if got else None
    assert title == overdue


def standing(database: str, days: float, *, is_proven: bool = True) -> Standing:
    return Standing(database, NOON - days * DAY, is_proven)


@pytest.mark.parametrize(
    ("others", "overdue"),
    [
        ((standing("crm", 27),), []),
        ((standing("crm", 29),), ["No drill has proven a restore of crm for 29 d"]),
        ((standing("crm", 29), standing("hr", 29)), []),
        ((standing("crm", 43, is_proven=False), standing("hr", 41)),
         ["No drill has proven yet that a backup of crm restores"]),
    ],
)  # fmt: skip
def test_of_several_databases_each_is_overdue_that_had_no_turn(
    others: tuple[Standing, ...], overdue: list[str]
) -> None:
    got = told(DRILL, standings=(standing("orders", 1), *others))
    assert [title for _, title in got.values()] == overdue
    assert all(name == "backups.drill.overdue:crm" for name in got)
    assert told(DRILL, standings=(standing("orders", 1), *others), overdue_seconds=0.0) == {}


def test_of_a_database_that_is_no_more_nothing_is_said() -> None:
    failed = replace(DRILL, status=DrillStatus.FAILED, database="gone")
    standings = (standing("orders", 1), standing("gone", 99))
    known = DrillOverview(
        last=(DRILL, failed), proven_at=NOON, proofs=(DRILL,), standings=standings,
        overdue_seconds=86_400.0 * 14,
    )  # fmt: skip
    overview = replace(well(), databases=("orders", "gone"), drills=known)
    assert {name for name in found(overview) if "drill" in name} == {
        "backups.drill:restore:gone", "backups.drill.overdue:gone",
    }  # fmt: skip
    assert not {name for name in found(overview.on_server({"orders"})) if "drill" in name}


def test_nothing_is_overdue_where_no_drill_is_planned() -> None:
    assert told(DRILL, proven_at=NOON - 99 * DAY, overdue_seconds=0.0) == {}


def test_a_guided_one_that_was_left_is_told() -> None:
    left = replace(under_way(), noted_at=NOON - timedelta(hours=9))
    assert list(told(left=(left,)).values()) == [(Severity.WARNING, "A guided drill was left")]
