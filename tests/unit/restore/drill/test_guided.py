"""What people do in a guided drill: ticked, noted, handed over, paused, ended; and its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import RestoreError
from core.model.drill import Drill
from core.model.guided_drill import Ending, GuidedDrill, GuidedState, GuidedStep
from core.model.restore import TargetKind
from core.model.restore_draft import Symptom
from core.model.restore_operation import RestoreOperation, RestoreStatus, Verdict
from core.restore.drill.guided import changes
from core.restore.drill.guided.ending import proves, require_ready
from core.restore.drill.report import as_html, as_markdown, report_of
from core.restore.drill.seal import digest_of
from tests.unit.restore.drill.test_report import DRILL

BEGAN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
STEPS = (
    GuidedStep("time", "Write down the time", "…"),
    GuidedStep("restore", "Bring it back", "…", restores=True),
)
NEW = changes.begun("g1", "shop", Symptom.BAD_DEPLOY, STEPS, who="anna", host="h", at=BEGAN)
OPERATION = RestoreOperation(
    "r1", "shop", "orders", "b1", "local", "everything", TargetKind.SCRATCH, "scratch server",
    "orders", "anna", RestoreStatus.COMPLETED, BEGAN, verdict=Verdict.PROVEN,
)  # fmt: skip


def after(drill: GuidedDrill, seconds: float) -> GuidedDrill:
    """It so many seconds after its beginning."""
    return drill.at(BEGAN + timedelta(seconds=seconds))


def all_ticked() -> GuidedDrill:
    drill = NEW
    for number, step in enumerate(STEPS, start=1):
        drill = changes.ticked(after(drill, 60 * number), step.name, "bob")
    return drill


def test_each_step_has_who_ticked_it_and_when() -> None:
    assert NEW.current == STEPS[0]
    drill = changes.ticked(after(NEW, 61), "time", "bob")
    assert drill.current == STEPS[1]
    tick = drill.tick_of("time")
    assert tick is not None
    assert (tick.who, tick.seconds, tick.at) == ("bob", 61, BEGAN + timedelta(seconds=61))
    assert all_ticked().current is None


def test_a_tick_that_was_taken_back_stays_written_down() -> None:
    drill = changes.unticked(after(all_ticked(), 130), "time", "anna")
    assert [each.name for each in drill.open_steps] == ["time"]
    assert drill.notes[-1].text == "took back that 'Write down the time' was done, ticked by bob"
    with pytest.raises(RestoreError, match="is not ticked"):
        changes.unticked(drill, "time", "anna")


def test_it_is_handed_over_by_either_and_from_whom_to_whom_is_kept() -> None:
    drill = changes.handed_over(after(NEW, 5), "bob", "anna")
    drill = changes.handed_over(after(drill, 9), "carol", "carol")
    told = [(each.before, each.after, each.who, each.seconds) for each in drill.handovers]
    assert told == [("anna", "bob", "anna", 5), ("bob", "carol", "carol", 9)]
    assert drill.holder == "carol"
    for name in ("carol", "  "):
        with pytest.raises(RestoreError):
            changes.handed_over(drill, name, "carol")


def test_a_pause_is_told_and_the_clock_goes_on() -> None:
    drill = changes.paused(after(NEW, 100), "anna")
    assert drill.state is GuidedState.PAUSED
    with pytest.raises(RestoreError, match="is paused"):
        changes.ticked(drill, "time", "anna")
    assert after(drill, 130).paused_seconds == 30
    drill = changes.resumed(after(drill, 160))
    assert (drill.state, drill.seconds, drill.paused_seconds) == (GuidedState.OPEN, 160, 60)
    over = changes.ended(
        after(changes.paused(after(drill, 200), "bob"), 220), Ending.CLOSED, "bob", "tired"
    )
    assert (over.paused_seconds, over.seconds) == (80, 220)


def test_the_clock_never_goes_back_and_stops_with_the_drill() -> None:
    drill = after(NEW, 600)
    assert drill.clock_at(BEGAN) == 600
    back = drill.at(BEGAN)
    assert (back.seconds, back.noted_at) == (600, BEGAN)
    assert "600 s behind the last entry" in back.notes[-1].text
    assert back.clock_at(BEGAN + timedelta(seconds=7)) == 607
    assert drill.clock_at(BEGAN + timedelta(seconds=601), measured=640) == 640
    assert after(drill, 599).notes == ()
    over = changes.ended(drill, Ending.CLOSED, "anna", "enough")
    assert over.clock_at(BEGAN + timedelta(hours=9)) == 600


@pytest.mark.parametrize(
    "change",
    [
        lambda drill: changes.ticked(drill, "time", "anna"),
        lambda drill: changes.noted(drill, "late", "anna"),
        lambda drill: changes.handed_over(drill, "bob", "anna"),
        lambda drill: changes.paused(drill, "anna"),
        changes.resumed,
        lambda drill: changes.linked(drill, OPERATION),
        lambda drill: changes.ended(drill, Ending.VERDICT, "anna"),
    ],
)
def test_nothing_of_one_that_is_over_changes(change: Callable[[GuidedDrill], GuidedDrill]) -> None:
    over = changes.ended(NEW, Ending.CLOSED, "bob", "enough")
    with pytest.raises(RestoreError, match="The drill is over") as told:
        change(over)
    assert "bob ended it" in told.value.why


@pytest.mark.parametrize("target", [TargetKind.SWAP, TargetKind.MERGE, TargetKind.GLOBALS])
def test_what_touches_something_live_is_no_part_of_a_drill(target: TargetKind) -> None:
    with pytest.raises(RestoreError, match="never touches what is live"):
        changes.linked(NEW, replace(OPERATION, target=target))


def test_a_restore_of_its_server_is_linked_once() -> None:
    drill = changes.linked(NEW, OPERATION)
    assert changes.linked(drill, OPERATION).restores == ("r1",)
    with pytest.raises(RestoreError, match="is of till"):
        changes.linked(NEW, replace(OPERATION, server_id="till"))


def test_a_verdict_needs_a_restore_that_is_over_and_all_steps() -> None:
    running = replace(OPERATION, status=RestoreStatus.RUNNING, verdict=None)
    failed = replace(OPERATION, status=RestoreStatus.FAILED, verdict=Verdict.FAILED)
    for operation, told in ((None, "nothing yet"), (running, "under way"), (OPERATION, "steps")):
        with pytest.raises(RestoreError, match=told):
            require_ready(NEW, operation)
    require_ready(NEW, failed)
    require_ready(all_ticked(), OPERATION)
    undone = replace(OPERATION, status=RestoreStatus.UNDONE)
    assert (proves(OPERATION), proves(undone), proves(failed)) == (True, True, False)


@pytest.mark.parametrize(
    ("symptom", "what", "told"),
    [
        (Symptom.SERVER_LOST, "public.orders", "lost with its server"),
        (Symptom.SERVER_LOST, "definitions without rows", "lost with its server"),
        (Symptom.TABLE_DROPPED, "public.orders without rows", "rows are wanted"),
    ],
)
def test_what_is_too_little_for_what_happened_is_no_proof(
    symptom: Symptom, what: str, told: str
) -> None:
    drill = replace(all_ticked(), symptom=symptom)
    with pytest.raises(RestoreError, match="too little") as said:
        require_ready(drill, replace(OPERATION, what=what))
    assert told in said.value.why
    require_ready(drill, OPERATION)
    require_ready(replace(drill, symptom=Symptom.TABLE_DROPPED), replace(OPERATION, what="a.b"))


def test_the_report_has_steps_hands_pauses_and_notes() -> None:
    drill = changes.handed_over(after(NEW, 5), "bob <b>", "anna")
    drill = changes.resumed(after(changes.paused(after(drill, 10), "bob"), 40))
    drill = changes.noted(
        changes.ticked(after(drill, 75), "time", "bob"), "*03:00*, per log", "bob"
    )
    over = changes.ended(after(drill, 130), Ending.VERDICT, "bob")
    made: Drill = replace(DRILL, guided=over, what="public.orders", rto_seconds=130.0)
    report = report_of(made, "")
    for text in (as_markdown(report), as_html(report)):
        for part in (
            "a deploy or a query changed data", "1. Write down the time", "1 min 15 s", "NOT DONE",
            "paused for 30.0 s of it", "per log", "Handed over", "until its verdict", "Ended by",
        ):  # fmt: skip
            assert part in text
        assert "<b>" not in text.replace("\\<b\\>", "")


def test_seals_from_before_there_were_guided_drills_still_hold() -> None:
    """The digest of this record as the first version that did drills computed it."""
    before = "9d250d88a39b8f6f3ee6f099711a2e18021fab90a15a7ead73a64e052180349d"
    assert digest_of(DRILL) == before
    over = changes.ended(NEW, Ending.CLOSED, "bob", "enough")
    sealed = replace(DRILL, guided=over)
    assert digest_of(sealed) != digest_of(replace(sealed, guided=replace(over, who="eve")))
