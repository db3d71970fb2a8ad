"""Each choice of schemas and tables has backups of its own, which others don't stand in for."""

from __future__ import annotations

from dataclasses import replace

from core.backup.retention import plan_prune
from core.config.retention_settings import RetentionSettings
from core.model.backup import BackupKind, CatalogEntry, Selection, VerificationLevel
from tests.unit.backup.catalog_entries import NOW, entry
from tests.unit.backup.planned import DAYS_ALONE, ids, kept

DATA, SCHEMA = BackupKind.DATA, BackupKind.SCHEMA
RARE = Selection(tables=("public.ledger",))
OFTEN = Selection(schemas=("web",))


def of(selection: Selection, days_old: float, kind: BackupKind = DATA) -> CatalogEntry:
    return replace(entry(days_old, kind=kind), selection=selection)


def test_the_last_of_a_rare_selection_stays_however_many_of_another_follow() -> None:
    often = [of(OFTEN, days) for days in range(60)]
    plan = plan_prune([of(RARE, 200), of(RARE, 100.5), *often, entry(0.5)], DAYS_ALONE, NOW)
    assert kept(plan)["data-100.5"] == ("the newest good one of tables public.ledger",)
    assert "data-200" in ids(plan.expire)
    assert "the newest good one of schemas web" in kept(plan)["data-0"]


def test_each_selection_has_its_own_count() -> None:
    rare = [of(RARE, days) for days in (100.5, 101.5, 102.5)]
    plan = plan_prune([*rare, *(of(OFTEN, days) for days in range(60))], RetentionSettings(), NOW)
    count = RetentionSettings().data.count
    told = [name for name, why in kept(plan).items() if f"one of the newest {count}" in why]
    assert {each.backup_id for each in rare[:count]} <= set(told)


def test_a_backup_of_chosen_tables_stays_beside_full_ones() -> None:
    plan = plan_prune([of(RARE, 100), entry(40), entry(1)], DAYS_ALONE, NOW)
    assert sorted(kept(plan)) == ["data-100", "full-1"]


def test_the_newest_of_the_schema_alone_stays_beside_full_ones() -> None:
    schemas = [of(Selection(), days, SCHEMA) for days in (101, 100)]
    plan = plan_prune([*schemas, entry(1)], DAYS_ALONE, NOW)
    assert kept(plan)["schema-100"] == ("the newest good one",)
    assert ids(plan.expire) == ["schema-101"]


def test_a_full_one_that_left_less_out_stays_and_the_rules_count_all_full_ones() -> None:
    less = replace(entry(50), selection=Selection(excluded_tables=("public.log",)))
    others = [entry(days) for days in (60, 55, 1)]
    plan = plan_prune([less, *others], DAYS_ALONE, NOW)
    assert kept(plan)["full-50"] == ("the newest good one without tables public.log",)
    assert ids(plan.expire) == ["full-60", "full-55"]


def test_an_incremental_stands_in_for_a_full_one() -> None:
    chain = [
        entry(50),
        entry(2, kind=BackupKind.INCREMENTAL, needs=("full-50",)),
    ]
    plan = plan_prune([entry(60), *chain], DAYS_ALONE, NOW)
    assert kept(plan)["full-50"] == ("needed by incremental-2",)
    assert ids(plan.expire) == ["full-60"]


def test_the_newest_proven_one_is_kept_for_each_selection() -> None:
    proven = replace(of(RARE, 100, DATA), copies=entry(0, level=VerificationLevel.RESTORED).copies)
    plan = plan_prune([proven, of(RARE, 99), entry(1)], DAYS_ALONE, NOW)
    assert kept(plan)["data-100"] == (
        "the newest of tables public.ledger that a restore has proven",
    )


def test_each_database_has_its_own_of_a_selection() -> None:
    here, there = of(RARE, 100), replace(of(RARE, 90), database="billing")
    plan = plan_prune([here, there, entry(1)], DAYS_ALONE, NOW)
    assert {"data-100", "data-90"} <= set(kept(plan))


def test_a_selection_is_the_same_however_it_was_put() -> None:
    one = Selection(tables=("b", "a", "b"), schemas=("x",))
    assert one.in_order() == Selection(tables=("a", "b"), schemas=("x",))
    assert one.in_order().words == "schemas x; tables a, b"
    assert Selection(excluded_tables=("log",)).words == "without tables log"
