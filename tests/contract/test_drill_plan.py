"""What a drill would do, before it is started: which backup, which copy, how long, or why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.api.drill_plan import plan_drill
from core.config.drill_settings import DrillSettings
from core.config.settings import Settings
from core.model.backup import CopyState, VerificationLevel
from core.model.drill import DrillKind, DrillPick, DrillStatus, Objectives
from core.model.drill_detail import FIRST, DrillPlan
from core.model.job import JobKind, JobOrder
from core.store.store import Store
from tests.contract.catalogued import AT, copy, entry
from tests.contract.overviews import SETTINGS
from tests.contract.test_store_drills import drill

HOUR = timedelta(hours=1)
NOW = AT + 100 * HOUR
ORDER = JobOrder(JobKind.DRILL, "shop", "anna@bastion")


def planned(
    store: Store, settings: Settings = SETTINGS, kind: DrillKind = DrillKind.RESTORE
) -> DrillPlan:
    return plan_drill(store, settings, ORDER, kind, NOW)


def picking(pick: str) -> Settings:
    return replace(SETTINGS, drill=DrillSettings(pick=pick, rto_minutes=5))  # type: ignore[arg-type]


def took(store: Store, backup_id: str, hours: float, **changes: object) -> str:
    at = AT + hours * HOUR
    there = {"copies": (copy("local"),), "key_id": "", **changes}
    made = entry(backup_id, snapshot_at=at, finished_at=at, **there)
    own = tuple(replace(each, backup_id=backup_id) for each in made.copies)
    store.catalog.add(replace(made, copies=own))
    return backup_id


def test_without_a_backup_it_is_refused_with_what_to_do(store: Store) -> None:
    plan = planned(store)
    (why,) = plan.refusals
    assert why.startswith("There is no backup to do a drill with: the catalog has none\ndo: ")
    assert "pgvigil backup run" in why


def test_the_newest_that_serves_is_taken_from_its_best_copy(store: Store) -> None:
    damaged = (copy("local", state=CopyState.DAMAGED, problem="rotten"),)
    best = copy("offsite", level=VerificationLevel.STRUCTURE)
    took(store, "20260101T000000Z-full-00000001", 1)
    took(store, "20260102T000000Z-full-00000002", 2, copies=(copy("local"), best))
    newest = took(store, "20260103T000000Z-full-00000003", 3, copies=damaged)
    plan = planned(store)
    assert (plan.refusals, plan.of) == ((), 2)
    assert (plan.backup_id[-1], plan.repository) == ("2", "offsite")
    assert [each.backup_id for each in plan.passed_over] == [newest]
    assert plan.order.arguments == {"kind": "restore", "database": plan.database}
    assert plan.objectives == Objectives(3600.0, 86_400.0)


def test_the_oldest_is_named_and_what_chance_picks_is_not(store: Store) -> None:
    oldest = took(store, "20260101T000000Z-full-00000001", 1)
    took(store, "20260102T000000Z-full-00000002", 2)
    plan = planned(store, picking("oldest"), DrillKind.SABOTAGE)
    assert (plan.backup_id, plan.why) == (oldest, "the oldest of 2 that are kept")
    assert plan.order.arguments["kind"] == "sabotage"
    by_chance = planned(store, picking("random"))
    assert (by_chance.pick, by_chance.backup_id, by_chance.of) == (DrillPick.RANDOM, "", 2)


def test_a_database_whose_drills_fail_does_not_keep_the_others_from_their_turn(
    store: Store,
) -> None:
    took(store, "20260101T000000Z-full-00000001", 1, database="billing")
    took(store, "20260102T000000Z-full-00000002", 2, database="orders")
    assert planned(store).database == "billing"
    for number, (name, status) in enumerate(
        [("orders", DrillStatus.PASSED), ("billing", DrillStatus.FAILED)]
    ):
        at = AT + (number + 3) * HOUR
        over = {"status": status, "started_at": at, "finished_at": at}
        store.drills.save(drill(number, database=name, **over))
    assert planned(store).database == "orders"
    assert planned(store, kind=DrillKind.SABOTAGE).database == "billing"


def test_without_the_key_it_is_refused_and_names_it(store: Store) -> None:
    took(store, "20260101T000000Z-full-00000001", 1, key_id="00aa11bb22cc33dd")
    (why,) = planned(store).refusals
    assert "key 00aa11bb22cc33dd, which is not at hand" in why


def test_a_second_one_at_the_same_time_is_refused(store: Store) -> None:
    took(store, "20260101T000000Z-full-00000001", 1)
    store.jobs.submit("j1", ORDER)
    (why,) = planned(store).refusals
    assert why.startswith("a drill of it is under way: anna@bastion began it")
    store.jobs.submit("j2", replace(ORDER, server_id="other"))
    assert len(planned(store).refusals) == 1


def test_how_long_it_takes_is_told_by_the_last_ones_of_its_kind(store: Store) -> None:
    took(store, "20260101T000000Z-full-00000001", 1)
    assert planned(store).seconds is FIRST
    for number, (minutes, status) in enumerate(
        [(50, DrillStatus.PASSED), (2, DrillStatus.MISSED), (1, DrillStatus.FAILED),
         (4, DrillStatus.PASSED), (3, DrillStatus.PASSED)]
    ):  # fmt: skip
        at = AT + number * HOUR
        ended = {"status": status, "started_at": at, "finished_at": at + minutes * HOUR / 60}
        store.drills.save(drill(number, **ended))
    assert planned(store).seconds == 180.0
    assert planned(store, kind=DrillKind.SABOTAGE).seconds is FIRST
