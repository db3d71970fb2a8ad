"""Which backup a drill takes, and how old the newest good one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import BackupError
from core.model.backup import BackupKind, CatalogEntry, CopyState, VerificationLevel
from core.model.drill import DrillPick
from core.restore.drill.pick import Picked, pick_backup, recovery_point_seconds
from tests.expiry import expired
from tests.unit.assess.backup_overviews import HOUR, entry
from tests.unit.assess.builders import NOON

ORDERS = [replace(entry(number), backup_id=f"o{number}", database="orders") for number in (1, 2, 3)]
BILLING = [replace(entry(4), backup_id="b4", database="billing")]


def last(entries: Sequence[CatalogEntry]) -> CatalogEntry:
    return entries[-1]


def picked(
    entries: Sequence[CatalogEntry],
    pick: DrillPick = DrillPick.NEWEST,
    database: str = "",
    **tried: int,
) -> Picked:
    tried_at = {name: NOON - hours * HOUR for name, hours in tried.items()}
    return pick_backup(entries, pick, database=database, tried_at=tried_at, choice=last)


def test_the_newest_is_left_to_the_choice_of_every_restore() -> None:
    assert picked(ORDERS) == Picked("orders", "", "")


def test_the_oldest_and_one_by_chance_are_of_those_that_are_kept() -> None:
    by_age = sorted(ORDERS, key=lambda each: each.order)
    known = [expired(by_age[0], NOON), *by_age[1:]]
    assert picked(known, DrillPick.OLDEST).backup_id == by_age[1].backup_id
    assert picked(known, DrillPick.RANDOM).backup_id == by_age[-1].backup_id


def test_the_database_whose_last_drill_is_longest_ago_comes_first() -> None:
    both = [*ORDERS, *BILLING]
    assert picked(both, billing=1).database == "orders"
    assert picked(both, billing=5, orders=2).database == "billing"
    assert picked(both, database="orders", billing=5, orders=2).database == "orders"


@pytest.mark.parametrize(
    "useless",
    [
        {"kind": BackupKind.SCHEMA},
        {"copies": expired(ORDERS[0], NOON).copies},
        {"copies": (replace(ORDERS[0].copies[0], state=CopyState.DAMAGED),)},
    ],
)
def test_what_can_t_be_restored_whole_is_none(useless: dict[str, object]) -> None:
    with pytest.raises(BackupError, match="no backup"):
        picked([replace(ORDERS[0], **useless)])  # type: ignore[arg-type]


def test_what_would_be_lost_is_since_the_newest_good_one() -> None:
    newest = max(ORDERS, key=lambda each: each.moment)
    age = recovery_point_seconds(ORDERS, "orders", newest.moment + timedelta(minutes=5))
    assert age == 300.0
    unread = replace(newest, copies=(replace(newest.copies[0], level=VerificationLevel.NONE),))
    assert recovery_point_seconds([unread], "orders", NOON) is None
    assert recovery_point_seconds(ORDERS, "billing", NOON) is None
