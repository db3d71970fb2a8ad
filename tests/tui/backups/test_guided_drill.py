"""A guided drill on a store: ticked, noted, handed over, and gone on with by another person."""

from __future__ import annotations

from dataclasses import replace

from core.api.launch import Launch
from core.model.drill import DrillKind, DrillStatus
from core.model.guided_drill import GuidedDrill, GuidedState
from tests.tui import frames
from tests.tui.backups.driving import SIZE, take
from tests.tui.pressing import in_area, walk
from tests.tui.recording import SERVER, Recording
from tests.tui.screen_text import seen

TO_RUNBOOKS = (("R", "What happened?"), ("G", "a drill"), ("enter", "A guided drill: you"))


def stands(recording: Recording) -> GuidedDrill:
    (found,) = recording.store.guided_drills.under_way([SERVER])
    return found.drill


async def test_it_outlives_its_console_and_another_person_goes_on_with_it(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, *TO_RUNBOOKS, ("enter", "0 of 6"))
        await pilot.press("space", "space")
        await seen(pilot, "2 of 6")
        await walk(pilot, ("n", "Write a note"))
        await pilot.press(*"13:02", "enter")
        await seen(pilot, "It is written down.", ": 13:02")
        await walk(pilot, ("h", "Hand the drill over"))
        await pilot.press(*"otto", "enter")
        await seen(pilot, "in the hands of otto: h takes it over")
    drill = stands(recording)
    assert [each.step for each in drill.ticks] == ["time", "leave"]
    assert drill.holder == "otto"
    entry = recording.store.audit.entries(1)[0]
    assert (entry.action, entry.details["to"]) == ("hand over a guided drill", "otto")

    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, *TO_RUNBOOKS)
        await seen(pilot, "go on: a table was dropped", "in the hands of otto, 2 of 6")
        await walk(pilot, ("enter", "h takes it over"), ("h", "Take the drill over"))
        await seen(pilot, "y do it")
        await walk(pilot, ("y", "in your hands"), ("z", "▲ paused by"), ("space", "is paused"))
        assert stands(recording).state is GuidedState.PAUSED
        await walk(pilot, ("z", "2 of 6"), ("v", "There can't be a verdict yet"))
        await seen(pilot, "nothing was restored in this drill")
        await pilot.press("escape")
        await walk(pilot, ("D", "Close the drill without a verdict"))
        await pilot.press(*"rain", "enter")
        await seen(pilot, "× closed without a verdict", "why     rain")
    assert recording.store.guided_drills.under_way() == ()
    (record,) = recording.store.drills.newest(9)
    assert (record.kind, record.status) == (DrillKind.GUIDED, DrillStatus.CANCELLED)
    assert record.seal is not None


async def test_what_another_person_ticks_is_seen_and_one_that_was_left_is_told(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, *TO_RUNBOOKS, ("enter", "0 of 6"))
        drill_id = stands(recording).drill_id

        def by_otto(drill: GuidedDrill) -> GuidedDrill:
            made = replace(drill.steps[0], title="Done by otto")
            return replace(drill, steps=(made, *drill.steps[1:]))

        recording.store.guided_drills.change(drill_id, by_otto)
        await seen(pilot, "Done by otto")
        recording.clock.moment = frames.seconds_ago(600)
        await walk(pilot, ("space", "600 s behind the last entry"))
        assert stands(recording).seconds < 600
        recording.clock.moment = frames.seconds_ago(-9 * 3600)
        await seen(pilot, "▲ nobody has touched it for long")
        await walk(
            pilot, ("escape", "Backups ─"), *TO_RUNBOOKS, ("k", "left: nobody has touched it")
        )


async def test_the_drills_lead_to_it_and_tell_of_it_afterwards(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        for _ in range(4):
            await pilot.press("tab")
        await walk(pilot, ("g", "A guided drill: you"), ("enter", "0 of 6"), ("space", "1 of 6"))
        await walk(pilot, ("escape", "▸ running"), ("enter", "1 of 6"))
        await walk(pilot, ("D", "Close the drill without a verdict"))
        await pilot.press(*"rain", "enter")
        await walk(pilot, ("escape", "× cancelled"), ("enter", "Steps of the runbook: a table"))
        await seen(pilot, "rain", "Write down when it happened")
