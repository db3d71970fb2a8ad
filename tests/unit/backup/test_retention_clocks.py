"""Nothing is deleted by a wrong clock: not too early, and not for ever too late."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.backup.retention import plan_prune
from core.backup.timeline import sequence_after, timeline
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.model.backup import CatalogEntry
from tests.expiry import expired
from tests.unit.backup.catalog_entries import NOW, entry
from tests.unit.backup.planned import DAYS_ALONE, ids, keeping, kept

DAY = timedelta(days=1)


def taken(days_old: float, known: Iterable[CatalogEntry], *, wrong_by: float = 0) -> CatalogEntry:
    """A backup after those ``known``, by clocks that were both so many days ahead."""
    at = NOW - days_old * DAY
    said = at + wrong_by * DAY
    return replace(
        entry(days_old),
        snapshot_at=said,
        finished_at=said,
        sequenced_at=sequence_after(known, said),
    )


def nights(*days: tuple[float, float]) -> list[CatalogEntry]:
    """A backup for each: so many days old, by clocks that were so many days ahead."""
    entries: list[CatalogEntry] = []
    for days_old, wrong_by in days:
        entries.append(taken(days_old, entries, wrong_by=wrong_by))
    return entries


def test_nothing_goes_while_the_clock_is_behind_the_newest_backup() -> None:
    plan = plan_prune([entry(40), entry(1)], DAYS_ALONE, NOW - timedelta(days=2))
    assert "the newest backup is of later" in plan.held_back
    assert len(plan.kept) == 2


def test_nothing_goes_while_the_clock_is_far_ahead_of_the_newest_backup() -> None:
    plan = plan_prune([entry(40), entry(1)], DAYS_ALONE, NOW + timedelta(days=365))
    assert "the clock is wrong, or backups have stopped" in plan.held_back
    assert (plan.expire, plan.destroy) == ((), ())


def test_a_backup_taken_by_a_clock_that_is_ahead_does_not_prove_it_right() -> None:
    ahead = timedelta(days=400)
    by_wrong_clock = replace(entry(0), finished_at=NOW + ahead)
    plan = plan_prune([entry(5), entry(20), by_wrong_clock], RetentionSettings(), NOW + ahead)
    assert "the clock is wrong" in plan.held_back
    assert plan.expire == ()


def test_a_backup_taken_by_a_clock_that_was_ahead_holds_nothing_back_once_it_is_right() -> None:
    young = replace(entry(1), finished_at=NOW + timedelta(days=400))
    old = [entry(days) for days in (0, 45, 46, 47, 48)]
    plan = plan_prune(
        [*old, young],
        RetentionSettings(KeepSettings(weekly=0, monthly=0, yearly=0), settle_days=0),
        NOW,
    )
    assert plan.held_back == ""
    assert plan.expire


@pytest.mark.parametrize(("host_days", "told"), [(20, "20 days ahead of"), (-20, "20 days behind")])
def test_nothing_goes_while_the_newest_backup_has_two_times(host_days: float, told: str) -> None:
    began = NOW + timedelta(days=host_days)
    name = f"{began:%Y%m%dT%H%M%SZ}-full-00112233"
    newest = replace(entry(0), backup_id=name, finished_at=began + timedelta(minutes=3))
    plan = plan_prune([entry(25), newest], RetentionSettings(), NOW + timedelta(minutes=5))
    assert told in plan.held_back
    later = replace(entry(-1), finished_at=NOW + timedelta(days=1, minutes=3))
    plan = plan_prune([entry(25), newest, later], RetentionSettings(), NOW + timedelta(days=1.1))
    assert plan.held_back == ""


def test_a_long_backup_has_one_time() -> None:
    began = NOW - timedelta(days=2)
    name = f"{began:%Y%m%dT%H%M%SZ}-full-00112233"
    slow = replace(entry(1.8), backup_id=name, finished_at=NOW)
    assert plan_prune([slow], RetentionSettings(), NOW).held_back == ""


def test_one_night_by_clocks_that_were_ahead_holds_back_until_one_by_right_ones() -> None:
    before = nights((40, 0), (3, 0), (2, 400))
    assert "the newest backup is of later" in plan_prune(before, DAYS_ALONE, NOW).held_back
    plan = plan_prune([*before, taken(1, before)], DAYS_ALONE, NOW)
    assert plan.held_back == ""
    assert ids(plan.expire) == ["full-40"]


def test_what_was_taken_by_a_clock_that_was_ahead_goes_when_its_time_has_come() -> None:
    later = [(days, 0.0) for days in range(38, 0, -1)]
    entries = nights((41, 0), (40, 0), (39, 36_500), *later)
    assert ids(plan_prune(entries, DAYS_ALONE, NOW).expire)[:3] == ["full-41", "full-40", "full-39"]


def test_it_is_not_the_newest_good_one_when_its_moment_comes() -> None:
    entries = nights((70, 0), (69, 40), (60, 0), (45, 0), (40, 0))
    plan = plan_prune(entries, DAYS_ALONE, NOW - 12 * DAY)
    assert kept(plan) == {"full-40": ("younger than 30 days", "the newest good one")}
    assert ids(plan.expire) == ["full-70", "full-69", "full-60", "full-45"]


def test_what_was_taken_by_a_clock_that_was_behind_is_as_old_as_what_came_after() -> None:
    entries = nights((33, 0), (32, 0), (20, -400), (10, 0), (1, 0))
    plan = plan_prune(entries, DAYS_ALONE, NOW)
    assert kept(plan)["full-20"] == ("younger than 30 days",)
    assert ids(plan.expire) == ["full-33", "full-32"]


def test_the_newest_stays_the_newest_though_its_clock_was_behind() -> None:
    entries = nights((70, 0), (50, 0), (5, -400))
    plan = plan_prune(entries, keeping(days=60), NOW)
    assert "the newest good one" in kept(plan)["full-5"]


@pytest.mark.parametrize("days", [-400, 400])
def test_the_first_one_is_as_young_as_it_may_be_where_the_server_s_clock_was_wrong(
    days: float,
) -> None:
    name = f"{NOW - 20 * DAY:%Y%m%dT%H%M%SZ}-full-00112233"
    first = replace(entry(20), backup_id=name, snapshot_at=NOW + (days - 20) * DAY)
    entries = [first, taken(10, [first]), taken(1, [first])]
    assert kept(plan_prune(entries, DAYS_ALONE, NOW))[name] == ("younger than 30 days",)
    assert timeline(entries, NOW).taken_at[name] == NOW - (20 if days < 0 else 10) * DAY


def test_those_of_a_host_whose_clock_is_ever_ahead_keep_their_months() -> None:
    entries = []
    for days_old in (100, 70, 40, 10):
        began = NOW - days_old * DAY + timedelta(hours=2)
        name = f"{began:%Y%m%dT%H%M%SZ}-full-00112233"
        entries.append(replace(entry(days_old), backup_id=name, finished_at=began))
    plan = plan_prune([*entries, entry(1)], keeping(monthly=4), NOW)
    assert len([name for name, why in kept(plan).items() if "the last of its month" in why]) == 4


def test_a_clock_that_is_behind_while_backups_are_taken_by_it_deletes_nothing() -> None:
    entries = nights(*((days, 0.0) for days in range(60, 10, -1)))
    entries += [taken(days, entries, wrong_by=-365) for days in (3, 2)]
    plan = plan_prune(entries, keeping(weekly=2), NOW - 365 * DAY)
    assert "50 backups are of later" in plan.held_back
    assert plan.expire == ()


@pytest.mark.parametrize("ahead", [10, 29, 400])
@pytest.mark.parametrize("backups", [0, 1, 2])
def test_nothing_goes_by_a_clock_that_has_leapt_ahead(ahead: float, backups: int) -> None:
    before = nights(*((float(days), 0.0) for days in range(60, 2, -1)))
    entries = [*before]
    for days in (2, 1)[:backups]:
        entries.append(taken(days, entries, wrong_by=ahead))
    plan = plan_prune(entries, DAYS_ALONE, NOW + ahead * DAY)
    assert plan.held_back
    assert plan.expire == plan.destroy == ()


def test_a_time_without_backups_holds_back_until_as_many_days_stand_behind_it_as_are_asked() -> (
    None
):
    before = [(float(days), 0.0) for days in range(60, 15, -1)]
    after = [(float(days), 0.0) for days in range(8, 0, -1)]
    waiting = plan_prune(nights(*before, *after[:-1]), DAYS_ALONE, NOW - 2 * DAY)
    assert "the clock may have leapt" in waiting.held_back
    at_once = replace(DAYS_ALONE, settle_days=0)
    assert plan_prune(nights(*before, *after[:-1]), at_once, NOW - 2 * DAY).expire
    assert plan_prune(nights(*before, *after), DAYS_ALONE, NOW - DAY).held_back == ""


def test_a_week_between_rounds_of_many_databases_is_no_leap() -> None:
    weeks = [7.0 * week + 1 - part / 100 for week in range(9, -1, -1) for part in range(12)]
    plan = plan_prune(nights(*((days, 0.0) for days in weeks)), DAYS_ALONE, NOW)
    assert plan.held_back == ""
    assert plan.expire


def test_what_retention_has_thinned_is_no_leap() -> None:
    weeks = [(7.0 * week + 4, 0.0) for week in range(12, 0, -1)]
    plan = plan_prune(nights(*weeks, (1, 0), (0.5, 0)), keeping(days=2, weekly=4), NOW)
    assert plan.held_back == ""
    assert plan.expire


def test_those_that_retention_has_left_of_a_year_outlive_more_by_clocks_that_were_behind() -> None:
    kept_for_long = [(float(days), 0.0) for days in range(330, 60, -30)]
    behind = [(days, -4000.0) for days in (50.0, *(49.9 - hour / 24 for hour in range(18)))]
    right = [(float(days), 0.0) for days in range(48, 0, -1)]
    plan = plan_prune(nights(*kept_for_long, *behind, *right), keeping(days=30, monthly=12), NOW)
    assert {f"full-{days:g}" for days, _ in kept_for_long} <= set(kept(plan))


def test_the_last_of_a_month_outlives_more_of_before_that_were_ahead() -> None:
    later = [(float(days), 0.0) for days in range(20, 0, -1)]
    entries = nights((59, 0), (54, 30), (53, 30), (51, 0), *later)
    assert "the last of its month" in kept(plan_prune(entries, keeping(monthly=12), NOW))["full-51"]


def test_one_that_only_says_so_takes_the_place_of_no_last_one_of_a_month() -> None:
    entries = nights((60, 0), (58, 37), (50, 0), (30, 0), (1, 0))
    plan = plan_prune(entries, keeping(monthly=2), NOW)
    assert [e.snapshot_at.month for e in entries] == [9, 10, 10, 10, 11]
    last = [name for name, why in kept(plan).items() if "the last of its month" in why]
    assert last == ["full-58", "full-30", "full-1"]  # The first as long as it may be true.


def test_a_time_of_grace_that_begins_in_the_future_begins_anew() -> None:
    marked = expired(entry(40), NOW + 400 * DAY)
    plan = plan_prune([marked, entry(1)], DAYS_ALONE, NOW)
    assert ids(plan.expire) == ["full-40"]
    plan = plan_prune([expired(marked, NOW), entry(1)], DAYS_ALONE, NOW + 2 * DAY)
    assert ids(plan.destroy) == ["full-40"]


def test_backups_of_an_earlier_version_are_in_the_order_of_their_moments() -> None:
    entries = [entry(days) for days in (1, 3, 2)]
    assert ids(timeline(entries, NOW).entries) == ["full-3", "full-2", "full-1"]


def test_a_backup_notes_its_place_only_where_its_moment_does_not_tell_it() -> None:
    first = entry(2)
    assert sequence_after([], NOW) is None
    assert sequence_after([first], NOW) is None
    assert sequence_after([first], first.moment) == first.moment + timedelta(microseconds=1)
    ahead = taken(1, [first], wrong_by=400)
    later = taken(0.5, [first, ahead])
    assert ids(timeline([later, ahead, first], NOW).entries) == ["full-2", "full-1", "full-0.5"]


@pytest.mark.parametrize("seed", range(40))
def test_however_the_clocks_go_none_is_older_than_one_that_was_taken_before_it(seed: int) -> None:
    roll = random.Random(seed)
    entries: list[CatalogEntry] = []
    for place in range(30):
        made = taken(30 - place, entries, wrong_by=roll.choice([0, 0, -50, -3, 3, 50]))
        began = f"{made.finished_at:%Y%m%dT%H%M%SZ}-full-{place:08x}"
        apart = roll.choice([0, 0, -20, 20]) * DAY
        entries.append(replace(made, backup_id=began, snapshot_at=made.snapshot_at + apart))
    line = timeline(entries, NOW)
    moments = [line.taken_at[each.backup_id] for each in line.entries]
    assert moments == sorted(moments)
    assert moments[-1] <= NOW + timedelta(minutes=5)


@pytest.mark.parametrize("seed", range(60))
def test_few_wrong_clocks_delete_nothing_that_right_ones_would_keep(seed: int) -> None:
    roll = random.Random(seed)
    days = sorted((roll.uniform(0.1, 90) for _ in range(40)), reverse=True)
    wrong = set(roll.sample(range(38), 3))
    entries = nights(
        *(
            (round(old, 3), roll.choice([-400, -20, 20, 400]) if place in wrong else 0)
            for place, old in enumerate(days)
        )
    )
    plan = plan_prune(entries, DAYS_ALONE, NOW)
    gone = {*ids(plan.expire), *ids(plan.destroy)}
    assert plan.held_back == ""
    for each, old in zip(entries, days, strict=True):
        assert old > 30 or each.backup_id not in gone
    # Late only until the next backup by right clocks is as old, or one by a time never claimed.
    slack = 20 + max(a - b for a, b in zip(days, [*days[4:], 0, 0, 0, 0], strict=True))
    for each, old in zip(entries, days, strict=True):
        assert old < 30 + slack or each.backup_id in gone
