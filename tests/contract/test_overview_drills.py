"""What an overview says of drills: those done, the last proofs, what is due; also in the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row
from sqlalchemy.sql.base import Generative

from core.config.drill_settings import DrillSettings
from core.config.schedule_settings import ScheduleSettings
from core.model.drill import (
    Drill,
    DrillKind,
    DrillOverview,
    DrillPhase,
    DrillStatus,
    Objectives,
    Standing,
)
from core.model.drill_calendar import PeriodState
from core.model.guided_drill import Ending
from core.restore.drill.guided.changes import ended
from core.schedule.overview import read_light
from core.schedule.overview_drills import DRILLS_LISTED, drills_of
from core.store import drills
from core.store.store import Store
from tests.contract.catalogued import copy, entry
from tests.contract.overviews import SETTINGS
from tests.contract.test_store_drills import drill
from tests.contract.test_store_guided_drills import begin

SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WITH_DRILLS = replace(
    SETTINGS,
    drill=DrillSettings(rto_minutes=30, rpo_minutes=0, guided_every="never"),
    schedules=(ScheduleSettings("drill", "drill", "0 6 * * 0"),),
)


def done(
    store: Store, days_ago: float, status: DrillStatus = DrillStatus.PASSED, **changed: object
) -> Drill:
    at = SATURDAY - timedelta(days=days_ago)
    number = int(days_ago * 100)
    ended = {"status": status, "started_at": at - MINUTE, "finished_at": at}
    made = drill(number, **{**ended, **changed})
    store.drills.save(made)
    return made


def known(store: Store, now: datetime = SATURDAY) -> DrillOverview:
    found = drills_of(store, WITH_DRILLS, "shop", now)
    assert found is not None
    return found


def test_nothing_is_said_where_none_was_done_and_none_is_planned(store: Store) -> None:
    assert drills_of(store, SETTINGS, "shop", SATURDAY) is None


def test_before_the_first_one_it_says_what_is_due(store: Store) -> None:
    made = entry(copies=(copy(),), snapshot_at=SATURDAY - 9 * DAY, finished_at=SATURDAY - 9 * DAY)
    store.catalog.add(made)
    found = known(store)
    assert (found.listed, found.proofs, found.proven_at) == ((), (), None)
    assert found.objectives == Objectives(rto_seconds=1800.0, rpo_seconds=0.0)
    assert [(each.kind, each.every.value) for each in found.calendar] == [
        ("restore", "week"), ("sabotage", "month"),
    ]  # fmt: skip
    week = found.calendar[0]
    assert [each.state for each in week.periods[-2:]] == [PeriodState.UNKNOWN, PeriodState.OPEN]


def test_what_was_done_is_listed_newest_first_and_counted_by_its_day(store: Store) -> None:
    older, newer = done(store, 8), done(store, 1, DrillStatus.MISSED)
    done(store, 0.5, server_id="other")
    spoilt = done(store, 0.2, kind=DrillKind.SABOTAGE)
    found = known(store)
    assert found.listed == (spoilt, newer, older)
    assert not found.older
    week, month = found.calendar
    assert [each.state for each in week.periods[-2:]] == [PeriodState.DONE, PeriodState.MISSED]
    assert (week.done_on, month.done_on) == (newer.finished_at.date(), SATURDAY.date())  # type: ignore[union-attr]


def test_a_hundred_are_listed_and_all_are_counted(store: Store) -> None:
    for number in range(DRILLS_LISTED + 1):
        done(store, number * 0.5)
    found = known(store)
    assert (len(found.listed), found.older) == (DRILLS_LISTED, True)
    states = [each.state for each in found.calendar[0].periods[-7:]]
    assert states == [PeriodState.DONE] * 7


def test_what_changed_of_a_drill_under_way_is_seen_and_those_that_ended_are_read_once(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = done(store, 8)
    running = done(store, 1, DrillStatus.RUNNING, finished_at=None)
    assert known(store).listed == (running, before)
    other.drills.save(further := replace(running, backup_id="picked"))
    assert known(store).listed[0] == further
    over = replace(further, status=DrillStatus.PASSED, finished_at=SATURDAY - DAY)
    other.drills.save(over)
    read: list[object] = []
    decode = drills._drill

    def noted(row: Row[Any]) -> Drill:
        read.append(row)
        return decode(row)

    monkeypatch.setattr(drills, "_drill", noted)
    assert store.drills.listed("shop", 9, until=SATURDAY) == (over, before)
    assert len(read) == 1
    assert store.drills.listed("shop", 9, until=SATURDAY) == (over, before)
    assert store.drills.listed("other", 9, until=SATURDAY) == ()
    assert len(read) == 1


def test_the_last_proof_is_told_of_each_database(store: Store) -> None:
    done(store, 9, database="shop")
    orders, shop = done(store, 3), done(store, 5, DrillStatus.MISSED, database="shop")
    done(store, 1, DrillStatus.FAILED)
    done(store, 0.5, kind=DrillKind.SABOTAGE)
    found = known(store)
    assert found.proofs == (orders, shop)
    assert found.proven_at == orders.finished_at


def test_of_each_database_with_a_backup_it_says_since_when_it_has_a_proof_or_lacks_one(
    store: Store,
) -> None:
    proven = done(store, 3)
    for number, (name, days) in enumerate((("orders", 20), ("billing", 9), ("billing", 5))):
        at, backup_id = SATURDAY - days * DAY, f"20261101T00000{number}Z-full-0000000{number}"
        there = {"database": name, "snapshot_at": at, "finished_at": at}
        store.catalog.add(entry(backup_id, copies=(copy("local", backup_id),), **there))
    found = read_light(store, WITH_DRILLS, "shop", SATURDAY).drills
    assert found is not None
    assert proven.finished_at is not None
    assert found.standings == (
        Standing("billing", SATURDAY - 9 * DAY, is_proven=False),
        Standing("orders", proven.finished_at, is_proven=True),
    )
    assert found.turn_seconds == 2 * found.overdue_seconds > 0


def test_in_the_past_a_drill_that_ended_later_was_running(store: Store) -> None:
    whole = done(store, 1, DrillStatus.MISSED, rto_seconds=70.0, phases=(DrillPhase("fetch", 1.0),))
    done(store, 0.5)
    assert whole.finished_at is not None
    then = known(store, whole.finished_at - MINUTE / 2)
    (running,) = then.listed
    assert (running.status, running.rto_seconds, running.phases) == (DrillStatus.RUNNING, None, ())
    assert (then.last, then.proofs, then.proven_at) == ((), (), None)
    assert then.calendar[0].now.state is PeriodState.OPEN
    assert known(store, whole.finished_at).listed == (whole,)
    assert known(store, whole.finished_at - DAY).listed == ()


def test_looking_again_puts_no_statement_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(store, 1)
    known(store)
    steps: list[object] = []
    extend = Generative._generate

    def noted(self: Generative) -> object:
        steps.append(self)
        return extend(self)

    monkeypatch.setattr(Generative, "_generate", noted)
    known(store)
    assert steps == []


def test_a_guided_one_that_nobody_touches_is_told_as_left(store: Store) -> None:
    began = begin(store)
    kind = {"drill_id": began.drill_id, "kind": DrillKind.GUIDED, "started_at": began.started_at}
    store.drills.save(drill(1, **kind))
    soon, late = (began.noted_at + timedelta(hours=hours) for hours in (7, 9))
    assert known(store, soon).left == ()
    assert known(store, late).left == (began,)
    store.guided_drills.change(began.drill_id, lambda it: ended(it, Ending.CLOSED, "anna", "rain"))
    assert known(store, late).left == ()
