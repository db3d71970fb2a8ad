"""A prune that nobody looks at lets go no more at once than is usual."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.backup.prune.plan import RepositoryPlan
from core.backup.prune.unattended import unattended
from core.backup.retention import plan_prune
from core.backup.timeline import sequence_after
from core.config.retention_settings import RetentionSettings
from core.model.backup import BackupKind, CatalogEntry
from tests.expiry import expired
from tests.unit.backup.catalog_entries import NOW, entry
from tests.unit.backup.planned import DAYS_ALONE, ids

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def planned(
    entries: Iterable[CatalogEntry], settings: RetentionSettings = DAYS_ALONE, now: datetime = NOW
) -> RepositoryPlan:
    made = RepositoryPlan("local", "shop", plan_prune(entries, settings, now))
    assert made.plan.held_back == ""
    return unattended(made, settings, now)


OLD = [entry(days) for days in (220, 190, 160, 130, 100, 70, 69)]


def test_many_more_than_usual_that_had_been_kept_for_long_are_for_a_person_to_let_go() -> None:
    held = planned([*OLD, entry(1)])
    assert "7 of 8 backups would go at once" in held.plan.held_back
    assert "pgvigil backup prune --plan" in held.plan.held_back
    assert held.is_empty


def test_a_few_more_than_usual_go_in_portions_of_a_day_the_oldest_first() -> None:
    entries, at = [*OLD[1:], entry(1)], NOW
    for go, stay in ((OLD[1:4], OLD[4:]), ([], OLD[4:]), (OLD[4:], [])):
        found = planned(entries, now=at)
        assert ids(found.plan.expire) == ids(go)
        left = [each.entry.backup_id for each in found.plan.kept]
        assert left == [*ids(stay), "full-1"]
        assert len(found.notes) == bool(stay)
        begun = set(ids(go))
        entries = [expired(each, at) if each.backup_id in begun else each for each in entries]
        at += 12.5 * HOUR


def test_what_one_needs_that_waits_for_its_day_waits_with_it() -> None:
    begins = [entry(days + 0.1) for days in (130, 120, 110, 100)]
    steps = [
        entry(days, kind=BackupKind.INCREMENTAL, needs=(begin.backup_id,))
        for days, begin in zip((130, 120, 110, 100), begins, strict=True)
    ]
    found = planned([*begins, *steps, entry(1)], replace(DAYS_ALONE, settle_days=0))
    assert set(ids(found.plan.expire)) == set(ids([*begins[:3], *steps[:3]]))


def test_one_night_by_a_clock_that_is_ahead_stops_no_prune_for_good() -> None:
    settings, begin, night = RetentionSettings(), datetime(2026, 1, 1, 2, tzinfo=UTC), 81
    entries: list[CatalogEntry] = []
    taken: dict[str, int] = {}
    refused = []
    for day in range(150):
        at = begin + day * DAY + (24 * DAY if day == night else 0 * DAY)
        made = replace(
            entry(0), backup_id=f"of-{day}", snapshot_at=at, finished_at=at,
            sequenced_at=sequence_after(entries, at),
        )  # fmt: skip
        taken[made.backup_id] = day
        entries.append(replace(made, copies=(replace(made.copies[0], backup_id=made.backup_id),)))
        now = at + 2.5 * HOUR
        found = unattended(
            RepositoryPlan("local", "shop", plan_prune(entries, settings, now)), settings, now
        )
        refused += [day] if found.plan.held_back else []
        begun, gone = set(ids(found.plan.expire)), set(ids(found.plan.destroy))
        assert all(day - taken[each] > 30 for each in gone)
        entries = [
            expired(each, now) if each.backup_id in begun else each
            for each in entries
            if each.backup_id not in gone
        ]
    assert refused == [night]
    assert len(entries) < 45


def test_each_database_and_kind_is_counted_by_itself_and_all_together() -> None:
    def of(databases: int) -> list[CatalogEntry]:
        return [
            replace(entry(days, database=f"d{number}"), backup_id=f"{number}-{days}")
            for number in range(databases)
            for days in (100, 90, 80, 1)
        ]

    assert planned(of(6)).plan.held_back == ""
    assert "21 of 28" in planned(of(7)).plan.held_back


def test_many_go_by_themselves_where_they_are_but_a_small_share() -> None:
    settings = replace(DAYS_ALONE, most_late_at_once=100)
    late = [entry(days) for days in range(60, 85)]
    young = [entry(day / 4) for day in range(100)]
    assert planned([*late, *young], settings).plan.held_back == ""
    assert "26 of 126" in planned([*late, entry(85), *young], settings).plan.held_back


def test_what_has_only_just_come_of_age_goes_by_itself() -> None:
    entries = [entry(days) for days in range(43)]
    assert len(planned(entries).plan.expire) == 12


def test_a_chain_goes_as_one() -> None:
    names = [entry(100 - day).backup_id.replace("full", "incremental") for day in range(30)]
    chain = [
        entry(100 - day, kind=BackupKind.INCREMENTAL, needs=tuple(names[:day])) for day in range(30)
    ]
    settings = replace(DAYS_ALONE, settle_days=0)
    assert len(planned([*chain, entry(1)], settings).plan.expire) == 30


def test_two_years_of_the_usual_schedules_are_never_held_back() -> None:
    settings, begin = RetentionSettings(), NOW - 730 * DAY
    entries: list[CatalogEntry] = []
    since: dict[str, datetime] = {}
    for day in range(730):
        at = begin + day * DAY
        full = entry((NOW - at) / DAY)
        entries.append(full)
        for hour in (7, 15) if at.weekday() < 5 else ():
            days_old, needs = (NOW - at) / DAY - hour / 24, (full.backup_id,)
            entries.append(entry(days_old, kind=BackupKind.INCREMENTAL, needs=needs))
        entries = [expired(each, since.get(each.backup_id)) for each in entries]
        plan = planned(entries, settings, at + DAY).plan
        assert plan.held_back == ""
        since |= dict.fromkeys(ids(plan.expire), at + DAY)
        gone = set(ids(plan.destroy))
        entries = [each for each in entries if each.backup_id not in gone]
    assert sum(each.kind is BackupKind.FULL for each in entries) == 45
