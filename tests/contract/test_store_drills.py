"""Drills in a store: written down as they go, found again by kind and server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.model.drill import (
    Drill,
    DrillKind,
    DrillPhase,
    DrillStatus,
    Objectives,
    Seal,
    Trial,
)
from core.model.restore import Check, CheckState
from core.store.drills import _CANCELLED, _GUIDED, _PROOFS, _RESTORE
from core.store.store import Store

BEGAN = datetime(2026, 3, 14, 6, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def drill(number: int = 1, **changed: object) -> Drill:
    made = Drill(
        drill_id=f"drill-{number}",
        kind=DrillKind.RESTORE,
        server_id="shop",
        who="anna@bastion",
        host="bastion",
        status=DrillStatus.RUNNING,
        started_at=BEGAN + number * HOUR,
        database="orders",
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def ended(number: int, status: DrillStatus, **changed: object) -> Drill:
    at = BEGAN + number * HOUR + timedelta(minutes=5)
    return drill(number, status=status, finished_at=at, **changed)


def test_all_of_it_comes_back(store: Store) -> None:
    whole = ended(
        1,
        DrillStatus.MISSED,
        objectives=Objectives(60.0, 3600.0),
        snapshot_at=BEGAN,
        phases=(DrillPhase("fetch", 1.5, 1000),),
        rto_seconds=61.0,
        rpo_seconds=7.0,
        checks=(Check("room", CheckState.WARNING, "ü", "mend"),),
        trials=(Trial("key removed", "…", is_detected=True, said="no key", person="bring it"),),
        differences=("a", "b"),
        seal=Seal("d", 3, "h"),
    )
    store.drills.save(drill(1))
    store.drills.save(whole)
    assert store.drills.get("drill-1") == whole
    assert store.drills.newest(9) == (whole,)
    assert whole.missed == ("RTO",)


def test_the_newest_come_first_and_the_future_is_not_known_yet(store: Store) -> None:
    for number in (1, 3, 2):
        store.drills.save(drill(number, server_id="shop" if number < 3 else "other"))
    assert [each.drill_id for each in store.drills.newest(9)] == ["drill-3", "drill-2", "drill-1"]
    assert [each.drill_id for each in store.drills.newest(1, ["shop"])] == ["drill-2"]
    found = store.drills.newest(9, until=BEGAN + HOUR)
    assert [each.drill_id for each in found] == ["drill-1"]


def test_the_last_of_each_kind_counts_and_proofs_are_told_by_database(store: Store) -> None:
    store.drills.save(ended(1, DrillStatus.PASSED))
    store.drills.save(ended(2, DrillStatus.FAILED))
    store.drills.save(drill(3))
    spoilt = ended(4, DrillStatus.PASSED, kind=DrillKind.SABOTAGE, trials=(TRIAL,))
    store.drills.save(spoilt)
    now = BEGAN + 9 * HOUR
    found = {each.kind: each.drill_id for each in store.drills.last_ended("shop", until=now)}
    assert found == {DrillKind.RESTORE: "drill-2", DrillKind.SABOTAGE: "drill-4"}
    assert [each.drill_id for each in store.drills.last_proofs("shop", until=now)] == ["drill-1"]
    assert store.drills.last_proofs("shop", until=BEGAN + HOUR) == ()


def last_ended(store: Store, hours: float = 99) -> list[str]:
    found = store.drills.last_ended("shop", until=BEGAN + hours * HOUR)
    return [each.drill_id for each in found]


def test_the_last_of_one_database_hides_none_of_another_and_a_cancelled_one_hides_none(
    store: Store,
) -> None:
    store.drills.save(ended(1, DrillStatus.FAILED, database="billing"))
    store.drills.save(ended(2, DrillStatus.PASSED))
    store.drills.save(ended(3, DrillStatus.CANCELLED, database="billing"))
    assert last_ended(store) == ["drill-1", "drill-2"]
    store.drills.save(ended(4, DrillStatus.PASSED, database="billing"))
    assert last_ended(store) == ["drill-4", "drill-2"]


def test_one_that_failed_before_it_had_a_database_counts_until_the_next(store: Store) -> None:
    store.drills.save(ended(1, DrillStatus.PASSED))
    store.drills.save(ended(2, DrillStatus.FAILED, database=""))
    assert last_ended(store) == ["drill-2", "drill-1"]
    store.drills.save(ended(3, DrillStatus.PASSED, kind=DrillKind.SABOTAGE))
    assert last_ended(store) == ["drill-2", "drill-1", "drill-3"]
    store.drills.save(ended(4, DrillStatus.PASSED, database="billing"))
    assert last_ended(store) == ["drill-4", "drill-1", "drill-3"]


def test_when_each_database_had_its_last_turn_is_told_by_kind_whatever_came_of_it(
    store: Store,
) -> None:
    store.drills.save(ended(1, DrillStatus.PASSED))
    store.drills.save(ended(2, DrillStatus.FAILED))
    store.drills.save(drill(3, database="billing"))
    store.drills.save(ended(4, DrillStatus.PASSED, kind=DrillKind.SABOTAGE))
    until = BEGAN + 9 * HOUR
    tried = {name: BEGAN + hours * HOUR for name, hours in (("orders", 2), ("billing", 3))}
    assert store.drills.tried_at("shop", DrillKind.RESTORE, until=until) == tried
    spoilt = store.drills.tried_at("shop", DrillKind.SABOTAGE, until=until)
    assert spoilt == {"orders": BEGAN + 4 * HOUR}
    assert store.drills.tried_at("shop", DrillKind.SABOTAGE, until=BEGAN) == {}


def test_a_guided_drill_proves_a_backup_where_all_of_it_was_restored(store: Store) -> None:
    part, whole = ({"kind": DrillKind.GUIDED, "what": each} for each in ("a.b", "everything"))
    store.drills.save(ended(1, DrillStatus.PASSED, **part))
    assert store.drills.last_proofs("shop", until=BEGAN + 9 * HOUR) == ()
    store.drills.save(ended(2, DrillStatus.MISSED, **whole))
    (proof,) = store.drills.last_proofs("shop", until=BEGAN + 9 * HOUR)
    assert proof.drill_id == "drill-2"


TRIAL = Trial("key removed", "…", is_detected=True, said="no key", person="bring it")


def test_the_names_that_are_searched_by_are_those_of_the_model() -> None:
    proofs = {each.value for each in DrillStatus if each.is_proof}
    assert proofs == set(_PROOFS)
    assert (DrillKind.RESTORE.value, DrillKind.GUIDED.value) == (_RESTORE, _GUIDED)
    assert DrillStatus.CANCELLED.value == _CANCELLED
