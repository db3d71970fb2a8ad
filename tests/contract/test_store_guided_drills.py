"""Guided drills in a store: what one person does, another one sees and goes on from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import RestoreError
from core.model.guided_drill import Ending, GuidedDrill, GuidedStep
from core.model.restore_draft import Symptom
from core.restore.drill.guided import changes
from core.store.guided_drills import _OVER
from core.store.store import Store

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
STEPS = (
    GuidedStep("time", "Write down the time", "In UTC."),
    GuidedStep("restore", "Bring it bäck", "…", ("pgvigil …",), ("--swap",), restores=True),
)
ANNA, BOB = "anna@10.0.0.3", "bob@10.0.0.4"


def begin(store: Store, number: int = 1, server: str = "shop") -> GuidedDrill:
    made = changes.begun(
        f"g{number}", server, Symptom.BAD_DEPLOY, STEPS, who=ANNA, host="bastion", at=AT
    )
    return store.guided_drills.begin(made)


def stands(store: Store, drill_id: str = "g1") -> GuidedDrill:
    found = store.guided_drills.get(drill_id)
    assert found is not None
    return found.drill


def test_it_is_read_by_another_console_as_it_was_written(store: Store, other: Store) -> None:
    began = begin(store)
    assert (began.revision, began.started_at == AT) == (1, False)
    assert stands(other) == began
    assert other.guided_drills.get("another") is None
    made = other.guided_drills.change("g1", lambda it: changes.noted(it, "ä note", BOB))
    assert stands(store) == made
    assert [(each.who, each.text) for each in made.notes] == [(BOB, "ä note")]
    assert made.seconds == (made.noted_at - began.started_at).total_seconds()


def test_who_ticks_a_step_second_is_told_who_did_before(store: Store, other: Store) -> None:
    begin(store)
    first = store.guided_drills.change("g1", lambda it: changes.ticked(it, "time", ANNA))
    with pytest.raises(RestoreError, match=r"anna@10\.0\.0\.3 has ticked 'Write down the time'"):
        other.guided_drills.change("g1", lambda it: changes.ticked(it, "time", BOB))
    assert stands(other) == first
    with pytest.raises(RestoreError, match="no guided drill g9"):
        other.guided_drills.change("g9", lambda it: it)


def test_those_that_are_not_over_are_found_the_newest_first(store: Store) -> None:
    for number, server in enumerate(("shop", "till", "shop")):
        begin(store, number, server)
    how = Ending.CLOSED
    store.guided_drills.change("g0", lambda it: changes.ended(it, how, ANNA, "enough"))
    assert [each.drill.drill_id for each in store.guided_drills.under_way()] == ["g2", "g1"]
    assert [each.drill.drill_id for each in store.guided_drills.under_way(["shop"])] == ["g2"]
    assert stands(store, "g0").state.value == _OVER


def test_its_clock_goes_on_while_nobody_looks_and_never_back(store: Store) -> None:
    begin(store)
    hour = timedelta(hours=1)

    def an_hour_ago(drill: GuidedDrill) -> GuidedDrill:
        return replace(drill, noted_at=drill.noted_at - hour)

    store.guided_drills.change("g1", an_hour_ago)
    found = store.guided_drills.get("g1")
    assert found is not None
    assert found.seconds >= 3600
    assert found.silent_seconds >= 3600

    def in_an_hour(drill: GuidedDrill) -> GuidedDrill:
        return replace(drill, noted_at=drill.noted_at + hour)

    ahead = store.guided_drills.change("g1", in_an_hour)
    after = store.guided_drills.change("g1", lambda it: it, measured=ahead.seconds + 7)
    assert after.seconds == ahead.seconds + 7
    assert "behind the last entry" in after.notes[-1].text
