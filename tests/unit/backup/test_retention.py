"""What a prune would do, and what it never does."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.backup.retention import PrunePlan, plan_prune
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.errors import BackupError
from core.model.backup import (
    CANT_BE_READ,
    BackupKind,
    CatalogEntry,
    CopyState,
    VerificationLevel,
)
from tests.expiry import expired
from tests.unit.backup.catalog_entries import NOW, entry
from tests.unit.backup.planned import DAYS_ALONE, ids, keeping, kept


def damaged(sound: CatalogEntry) -> CatalogEntry:
    """The backup when its copy was found damaged."""
    (copy,) = sound.copies
    bad = replace(copy, state=CopyState.DAMAGED, level=VerificationLevel.NONE, problem="torn")
    return replace(sound, copies=(bad,))


def refused(sound: CatalogEntry) -> CatalogEntry:
    """The backup while its repository won't give it out."""
    (copy,) = sound.copies
    return replace(sound, copies=(replace(copy, problem=f"{CANT_BE_READ}archived"),))


def test_what_is_younger_than_the_days_stays_and_the_rest_expires() -> None:
    plan = plan_prune([entry(40), entry(29), entry(1)], DAYS_ALONE, NOW)
    assert sorted(kept(plan)) == ["full-1", "full-29"]
    assert ids(plan.expire) == ["full-40"]
    assert plan.destroy == ()


def test_an_expired_backup_is_destroyed_when_its_grace_is_over() -> None:
    waiting, over = entry(40, expired_days_ago=0.5), entry(41, expired_days_ago=1.5)
    plan = plan_prune([waiting, over, entry(1)], DAYS_ALONE, NOW)
    assert ids(plan.destroy) == ["full-41"]
    assert ids(plan.waiting) == ["full-40"]
    assert plan.expire == ()
    assert plan.freed_bytes == 100


def test_a_backup_that_has_a_reason_again_is_revived() -> None:
    protected = entry(40, expired_days_ago=9, kept_because="audit 2026")
    plan = plan_prune([protected, entry(1)], DAYS_ALONE, NOW)
    assert ids(plan.revive) == ["full-40"]
    assert kept(plan)["full-40"] == ("protected: audit 2026",)


def test_the_newest_are_kept_by_count_however_old_they_are() -> None:
    days = KeepSettings(days=20, count=3, daily=0, weekly=0, monthly=0, yearly=0)
    settings = RetentionSettings(full=days)
    plan = plan_prune([entry(19), entry(40), entry(41), entry(42)], settings, NOW)
    assert sorted(kept(plan)) == ["full-19", "full-40", "full-41"]


def test_the_last_of_each_month_is_kept() -> None:
    entries = [entry(days) for days in range(200)]
    plan = plan_prune(entries, keeping(monthly=3), NOW)
    assert {e.snapshot_at.month for e in (k.entry for k in plan.kept)} == {9, 10, 11}
    by_month = [k.entry for k in plan.kept if "the last of its month" in k.reasons]
    assert [e.snapshot_at.day for e in by_month] == [30, 31, 21]


def test_the_last_of_each_week_and_year_is_kept_too() -> None:
    entries = [entry(days) for days in range(800)]
    plan = plan_prune(entries, keeping(weekly=4, yearly=2), NOW)
    weeks = [k for k in plan.kept if "the last of its week" in k.reasons]
    years = [k for k in plan.kept if "the last of its year" in k.reasons]
    assert [k.entry.snapshot_at.isoweekday() for k in weeks] == [7, 7, 7, 6]
    assert [k.entry.snapshot_at.year for k in years] == [2025, 2026]


def test_a_damaged_backup_takes_no_good_one_s_place() -> None:
    damaged = entry(1, level=VerificationLevel.NONE, state=CopyState.DAMAGED)
    plan = plan_prune([entry(50), damaged], keeping(days=25, count=1), NOW)
    assert "one of the newest 1" in kept(plan)["full-50"]
    assert kept(plan)["full-1"] == (
        "younger than 25 days",
        "one of the newest 1, though damaged",
        "the newest, though damaged",
    )


@pytest.mark.parametrize(
    ("turned", "though"), [(damaged, "though damaged"), (refused, "though it can't be read now")]
)
def test_nothing_loses_its_place_because_it_turned_bad(
    turned: Callable[[CatalogEntry], CatalogEntry], though: str
) -> None:
    rules = keeping(count=2, daily=3, monthly=6, yearly=2)
    sound = [entry(days) for days in range(1, 400, 5)]
    before = set(kept(plan_prune(sound, rules, NOW)))
    for bad in sound:
        entries = [turned(each) if each is bad else each for each in sound]
        after = plan_prune(entries, rules, NOW)
        assert before <= set(kept(after))
        if bad.backup_id in before:
            told = kept(after)[bad.backup_id]
            assert any(reason.endswith(though) for reason in told)
    every = plan_prune([turned(each) for each in sound], rules, NOW)
    assert set(kept(every)) == before
    assert not every.revive


def test_a_good_one_stands_in_for_what_is_bad_in_its_month() -> None:
    entries = [entry(50), damaged(entry(45)), entry(1)]
    plan = plan_prune(entries, keeping(monthly=6), NOW)
    assert kept(plan)["full-50"] == ("the last of its month",)
    assert kept(plan)["full-45"] == ("the last of its month, though damaged",)


def test_what_can_be_read_counts_before_what_is_damaged_where_none_is_good() -> None:
    entries = [refused(entry(50)), damaged(entry(45)), entry(1)]
    plan = plan_prune(entries, keeping(monthly=6), NOW)
    assert kept(plan)["full-50"] == ("the last of its month, though it can't be read now",)
    assert kept(plan)["full-45"] == ("the last of its month, though damaged",)


def test_what_was_let_go_while_it_was_bad_is_revived_where_its_place_is_free() -> None:
    for turned in (damaged, refused, replace):
        entries = [turned(entry(45, expired_days_ago=9)), entry(1)]
        plan = plan_prune(entries, keeping(monthly=6), NOW)
        assert (ids(plan.revive), plan.destroy) == (["full-45"], ())


def test_the_newest_proven_one_stays_while_it_can_not_be_read() -> None:
    proven = [entry(days, level=VerificationLevel.RESTORED) for days in (70, 65, 60)]
    entries = [proven[0], refused(proven[1]), refused(proven[2]), entry(1)]
    plan = plan_prune(entries, DAYS_ALONE, NOW)
    of = "the newest that a restore has proven"
    assert [each for each, why in kept(plan).items() if of in why] == ["full-70", "full-60"]
    assert ids(plan.expire) == ["full-65"]


def test_what_is_no_more_keeps_no_place() -> None:
    for state in (CopyState.MISSING, CopyState.EXPIRED):
        gone = entry(45, level=VerificationLevel.NONE, state=state)
        assert "full-45" not in kept(plan_prune([gone, entry(1)], keeping(monthly=6), NOW))


def test_the_newest_good_one_stays_though_a_damaged_one_is_newer() -> None:
    damaged = entry(1, level=VerificationLevel.NONE, state=CopyState.DAMAGED)
    plan = plan_prune([entry(60), entry(50), damaged], DAYS_ALONE, NOW)
    assert kept(plan)["full-50"] == ("the newest good one",)


def test_what_nobody_here_has_read_yet_stays_and_stands_in_for_nothing() -> None:
    unread = [entry(days, level=VerificationLevel.NONE) for days in (1, 40)]
    plan = plan_prune([entry(60), entry(50), *unread], DAYS_ALONE, NOW)
    assert kept(plan)["full-40"] == ("not verified yet: pgvigil backup verify",)
    assert kept(plan)["full-50"] == ("the newest good one",)
    assert ids(plan.expire) == ["full-60"]


def test_what_another_host_let_expire_is_left_to_it_until_it_is_read_here() -> None:
    unread = entry(40, level=VerificationLevel.NONE, expired_days_ago=9)
    plan = plan_prune([unread, entry(1)], DAYS_ALONE, NOW)
    assert (plan.revive, plan.destroy) == ((), ())


@pytest.mark.parametrize("state", [CopyState.COMPLETE, CopyState.DAMAGED])
def test_a_proof_of_another_copy_counts_here_too_and_the_newest_proven_one_alone(
    state: CopyState,
) -> None:
    proven = [replace(entry(days, state=state), was_restored=True) for days in (70, 60)]
    plan = plan_prune([*proven, entry(50), entry(1)], DAYS_ALONE, NOW)
    assert "the newest that a restore has proven" in kept(plan)["full-60"]
    assert "full-70" not in kept(plan)


def test_the_newest_that_a_restore_has_proven_stays() -> None:
    proven = entry(60, level=VerificationLevel.RESTORED)
    plan = plan_prune([proven, entry(50), entry(1)], DAYS_ALONE, NOW)
    assert kept(plan)["full-60"] == ("the newest that a restore has proven",)
    assert ids(plan.expire) == ["full-50"]


def test_what_a_kept_incremental_needs_stays() -> None:
    chain = [
        entry(50),
        entry(45, kind=BackupKind.INCREMENTAL, needs=("full-50",)),
        entry(1, kind=BackupKind.INCREMENTAL, needs=("full-50", "incremental-45")),
    ]
    plan = plan_prune([*chain, entry(0.5)], DAYS_ALONE, NOW)
    assert kept(plan)["full-50"] == ("needed by incremental-1",)
    assert kept(plan)["incremental-45"] == ("needed by incremental-1",)


def test_children_go_before_their_parents() -> None:
    chain = [
        entry(50, expired_days_ago=5),
        entry(49, kind=BackupKind.INCREMENTAL, needs=("full-50",), expired_days_ago=5),
        entry(1),
    ]
    assert ids(plan_prune(chain, DAYS_ALONE, NOW).destroy) == ["incremental-49", "full-50"]


def test_a_parent_waits_for_a_child_that_still_has_grace() -> None:
    chain = [
        entry(50, expired_days_ago=5),
        entry(49, kind=BackupKind.INCREMENTAL, needs=("full-50",), expired_days_ago=0.5),
        entry(1),
    ]
    assert plan_prune(chain, DAYS_ALONE, NOW).destroy == ()


def test_backups_of_two_servers_are_never_pruned_together() -> None:
    with pytest.raises(BackupError, match="several servers"):
        plan_prune([entry(1), entry(2, system_identifier="8")], DAYS_ALONE, NOW)
    with pytest.raises(BackupError, match="several servers"):
        plan_prune([entry(1), replace(entry(2), server_id="7")], DAYS_ALONE, NOW)


def test_a_parent_goes_with_the_first_of_its_two_children_only_when_the_other_goes_too() -> None:
    older, newer = (
        entry(days, kind=BackupKind.INCREMENTAL, needs=("full-50",), expired_days_ago=5)
        for days in (49, 48)
    )
    gone = [entry(50, expired_days_ago=5), older, newer, entry(1)]
    assert ids(plan_prune(gone, DAYS_ALONE, NOW).destroy)[-1] == "full-50"
    gone[1] = expired(older, NOW)
    assert ids(plan_prune(gone, DAYS_ALONE, NOW).destroy) == ["incremental-48"]


def test_each_database_has_its_own_newest() -> None:
    plan = plan_prune(
        [entry(60, database="orders"), entry(50, database="users"), entry(1, database="users")],
        DAYS_ALONE,
        NOW,
    )
    assert kept(plan)["full-60"] == ("the newest good one",)


def test_an_empty_catalog_has_an_empty_plan() -> None:
    assert plan_prune([], DAYS_ALONE, NOW) == PrunePlan(())


@pytest.mark.parametrize("seed", range(50))
def test_no_plan_ever_breaks_what_stays(seed: int) -> None:
    roll = random.Random(seed)
    entries: list[CatalogEntry] = []
    chain: tuple[str, ...] = ()
    for step in range(roll.randrange(1, 60)):
        days_old = round(120 - step * 2 + roll.random(), 3)
        is_full = not chain or roll.random() < 0.3
        kind = BackupKind.FULL if is_full else BackupKind.INCREMENTAL
        level = roll.choice(list(VerificationLevel))
        expired = roll.choice([None, None, 0.5, 3])
        each = entry(
            days_old,
            kind=kind,
            level=level,
            needs=() if is_full else chain,
            expired_days_ago=expired,
        )
        chain = (each.backup_id,) if is_full else (*chain, each.backup_id)
        entries.append(each)
    now = max(e.finished_at for e in entries) + timedelta(days=roll.random() * 10)
    plan = plan_prune(entries, DAYS_ALONE, now)
    stays = {e.backup_id for e in entries} - set(ids(plan.destroy))
    assert all(e.needs <= stays for e in entries if e.backup_id in stays)
    good = [e for e in entries if e.is_good]
    assert not good or good[-1].backup_id in kept(plan)
    destroyed = ids(plan.destroy)
    for place, backup in enumerate(plan.destroy):
        assert not backup.needs & set(destroyed[:place])
    assert {*kept(plan)}.isdisjoint({*ids(plan.expire), *destroyed})
