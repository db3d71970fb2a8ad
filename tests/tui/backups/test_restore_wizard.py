"""The restore wizard on a store: answers outlive the console, and go to another engineer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.api.launch import Launch
from core.config.settings import ServerSettings
from core.model.backup import BackupKind
from core.model.restore_draft import Symptom, WizardStep
from tests.tui.backups.driving import take
from tests.tui.frames import ENTRY
from tests.tui.pressing import in_area, walk
from tests.tui.recording import SERVER, Recording
from tests.tui.screen_text import gone, seen

SIZE = (140, 40)


@pytest.fixture
def launch(launch: Launch, tmp_path: Path) -> Launch:
    """A config whose server is reached through a folder without a socket: at once it is not."""
    nowhere = {ENTRY.server_id: ServerSettings(host=str(tmp_path / "nowhere"))}
    return replace(launch, settings=replace(launch.settings, servers=nowhere))


async def test_what_was_answered_is_kept_for_whoever_goes_on_with_it(
    recording: Recording, launch: Launch
) -> None:
    backup_id = take(recording.store, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, ("R", "What happened?"), ("j", "What happened?"))
        await walk(pilot, ("enter", "Which moment?"))
        await seen(pilot, "02:00:00", "what is gone is not known")
        await walk(pilot, ("enter", "What comes back?"))
        await seen(pilot, "everything", "not known")
        await walk(pilot, ("w", "is kept"))
    (draft,) = recording.store.restore_drafts.of(SERVER, 9)
    assert (draft.step, draft.symptom) == (WizardStep.PARTS, Symptom.BAD_DEPLOY)
    assert draft.backup_id == backup_id
    recording.store.restore_drafts.save(replace(draft, who="otto@elsewhere"))
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, ("R", "go on at: what"))
        await seen(pilot, "otto@elsewhere")
        await walk(pilot, ("enter", "What comes back?"))
        await seen(pilot, backup_id)
    (taken,) = recording.store.restore_drafts.of(SERVER, 9)
    assert taken.who != "otto@elsewhere"
    assert recording.store.audit.entries(1)[0].action == "take over a restore"


async def test_who_had_it_is_told_that_another_one_goes_on_with_it(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, ("R", "What happened?"), ("enter", "Which moment?"))
        await seen(pilot, "02:00:00")
        (draft,) = recording.store.restore_drafts.of(SERVER, 9)
        recording.store.restore_drafts.save(replace(draft, who="otto@elsewhere"))
        await walk(pilot, ("enter", "otto@elsewhere goes on with this restore"))
        await seen(pilot, "Which moment?")


async def test_going_back_keeps_the_answers_and_the_first_step_back_leaves(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, ("R", "What happened?"), ("j", "deploy"), ("j", "lost"))
        await walk(pilot, ("enter", "Which moment?"))
        await seen(pilot, "02:00:00")
        await walk(pilot, ("enter", "What comes back?"))
        await seen(pilot, "everything")
        await walk(pilot, ("enter", "Where to?"), ("escape", "What comes back?"))
        await walk(pilot, ("escape", "Which moment?"), ("escape", "What happened?"))
        await seen(pilot, "the server or its data is lost · orders of", "everything")
        await pilot.press("escape")
        await gone(pilot, "What happened?")
        await seen(pilot, "• good")


async def test_from_a_backup_the_first_question_is_what_comes_back(
    recording: Recording, launch: Launch
) -> None:
    backup_id = take(recording.store, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, ("enter", "every byte was authenticated"), ("R", "What comes back?"))
        await seen(pilot, backup_id, "everything")


async def test_a_server_that_can_not_be_reached_is_said_where_the_checks_would_stand(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, ("enter", "every byte was authenticated"), ("R", "What comes back?"))
        await seen(pilot, "everything")
        await walk(pilot, ("enter", "Where to?"))
        await seen(pilot, "a new database on")
        await walk(pilot, ("enter", "do  "))
        assert recording.store.restore_operations.newest(9) == ()


async def test_when_it_broke_leads_to_the_newest_backup_of_all_of_the_database_before(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, hours_ago=2, key_id="")
    take(recording.store, hours_ago=20, key_id="", kind=BackupKind.SCHEMA)
    take(recording.store, hours_ago=25, key_id="", database="billing")
    older = take(recording.store, hours_ago=30, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, ("R", "What happened?"), ("j", "deploy"), ("enter", "Which moment?"))
        await seen(pilot, "2026-03-13")
        await walk(pilot, ("m", "When was the damage done?"))
        await pilot.press(*"10:00", "enter")
        await seen(pilot, "newer than the damage", "The damage was done at 10:00:00")
        await seen(pilot, "definitions without rows", "billing")
        await pilot.press("enter")
        await seen(pilot, "What comes back?", older)


async def test_answers_that_nobody_wants_any_more_are_put_aside(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, key_id="")
    async with in_area(recording.app(launch), "5", "• good", size=SIZE) as pilot:
        await walk(pilot, ("R", "What happened?"), ("enter", "Which moment?"), ("w", "is kept"))
        await walk(pilot, ("tab", "Schedules"), ("tab", "Storage by kind"))
        await walk(pilot, ("tab", "being planned"), ("D", "Forget what was answered"))
        await seen(pilot, "y do it")
        await pilot.press("y")
        await seen(pilot, "Nothing was restored yet")
    assert recording.store.restore_drafts.of(SERVER, 9) == ()
    entry = recording.store.audit.entries(1)[0]
    assert (entry.action, entry.target) == ("put aside a restore", SERVER)
