"""Schedules on a screen: paused, resumed, and run now."""

from __future__ import annotations

from dataclasses import replace

from core.api.launch import Launch
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.schedule_settings import ScheduleSettings
from tests.tui import frames
from tests.tui.backups.driving import in_backups, repository_with, take
from tests.tui.pressing import walk
from tests.tui.recording import SERVER, Recording
from tests.tui.screen_text import gone, seen, text_of


async def test_a_schedule_is_paused_and_resumed(recording: Recording, launch: Launch) -> None:
    app = recording.app(launch)
    async with in_backups(app, "b takes one") as pilot:
        await pilot.press("tab")
        await seen(pilot, "At 02:00 every day", "2026-03-15 02:00:00")
        await pilot.press("z")
        await seen(pilot, "Pause the schedule nightly")
        await pilot.press("y")
        await seen(pilot, "nightly is paused.", "paused")
        known = recording.store.runs.known(SERVER, "nightly")
        assert known is not None
        assert known.paused_at is not None
        await walk(pilot, ("z", "Resume the schedule nightly"), ("y", "nightly fires again."))
    known = recording.store.runs.known(SERVER, "nightly")
    assert known is not None
    assert known.paused_at is None


async def test_running_a_schedule_shows_what_it_would_do_first(
    recording: Recording, launch: Launch
) -> None:
    schedules = (
        ScheduleSettings("nightly", "full", "0 2 * * *", databases=("billing",)),
        ScheduleSettings("check", "verify", "0 5 * * *"),
    )
    app = recording.app(replace(launch, settings=replace(launch.settings, schedules=schedules)))
    async with in_backups(app, "b takes one") as pilot:
        await pilot.press("tab")
        await seen(pilot, "At 02:00 every day")
        await pilot.press("n")
        await seen(pilot, "Run the schedule nightly", "pg_dump of billing", "1 copy: local")
        await pilot.press("escape")
        await gone(pilot, "pg_dump of billing")
        await pilot.press("j", "n")
        await seen(pilot, "Run the schedule check", "budget of [verify]")
        await pilot.press("escape")
    assert recording.store.jobs.newest(1) == ()


async def test_running_a_prune_shows_what_it_would_take_away_and_asks_for_a_production_servers_name(
    recording: Recording, launch: Launch
) -> None:
    gone, kept = take(recording.store, 24 * 365), take(recording.store)
    repository_with(launch, gone, kept)
    scheduled = (ScheduleSettings("prune", "prune", "30 4 * * *"),)
    keeping = KeepSettings(count=1, weekly=0, monthly=0, yearly=0)
    retention = RetentionSettings(full=keeping)
    launch = replace(
        launch,
        settings=replace(launch.settings, schedules=scheduled, retention=retention),
        servers=(replace(frames.ENTRY, production=True),),
    )
    app = recording.app(launch)
    async with in_backups(app, "• good") as pilot:
        await pilot.press("tab")
        await seen(pilot, "At 04:30 every day")
        await pilot.press("n")
        await seen(pilot, "local: 1 backup EXPIRES", gone, f"Type {frames.ENTRY.name}")
        assert "Looking into" not in text_of(app)
        await pilot.press("escape")
    assert recording.store.jobs.newest(1) == ()
