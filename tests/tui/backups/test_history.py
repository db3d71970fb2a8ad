"""The history of backups: what is in the catalog, one of them in full, older ones, filters."""

from __future__ import annotations

from dataclasses import replace

from core.api.launch import Launch
from core.model.health import Area, Assessment, Health, Severity
from core.model.snapshot import Taken
from tests.tui import frames
from tests.tui.backups.driving import SIZE, in_backups, take
from tests.tui.pressing import opened, walk
from tests.tui.recording import Recording
from tests.tui.screen_text import seen


async def test_the_overview_and_the_history_show_what_is_in_the_catalog(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store)
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "last good  12 h ago", "sealed, 11 h ago", "1 of 1", "nightly")
        await opened(pilot, "5", "• good", "8.00 GiB", "12 min 00 s")


async def test_enter_opens_a_backup_with_its_manifest_and_fingerprint(
    recording: Recording, launch: Launch
) -> None:
    backup_id = take(recording.store)
    app = recording.app(launch)
    async with in_backups(app, "• good") as pilot:
        await pilot.press("enter")
        await seen(pilot, backup_id, "every byte was authenticated", "48 201 733", "zstd:3")


async def test_a_finding_about_a_backup_leads_to_it(recording: Recording, launch: Launch) -> None:
    backup_id = take(recording.store)
    late = frames.finding(Area.BACKUPS, Severity.CRITICAL, "The last good backup is old", backup_id)
    assessment = Taken(frames.NOW, 2, Assessment(Health.CRITICAL, (late,)))
    recording.tick(replace(frames.calm(), assessment=assessment))
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:29")
        await pilot.press("7")
        await seen(pilot, "The last good backup is")
        await pilot.press("enter")
        await seen(pilot, f"Backup {backup_id}", "Fingerprint")


async def test_a_filter_works_as_in_other_tables(recording: Recording, launch: Launch) -> None:
    take(recording.store, 2)
    take(recording.store, 3, database="billing")
    app = recording.app(launch)
    async with in_backups(app, "billing") as pilot:
        await pilot.press("slash", *"billing")
        await seen(pilot, '1 of 2 hold "billing"')


async def test_what_acts_is_not_to_be_had_in_the_past(recording: Recording, launch: Launch) -> None:
    take(recording.store)
    app = recording.app(launch)
    async with in_backups(app, "• good") as pilot:
        await walk(
            pilot, ("left_square_bracket", "not live"), ("b", "Only what is live can be acted on")
        )
