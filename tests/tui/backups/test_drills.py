"""Drills on a screen of a real store: previewed, started, refused, reported, rewound."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.api.launch import Launch
from core.config.drill_settings import DrillSettings
from core.config.schedule_settings import ScheduleSettings
from core.model.backup import BackupKind
from core.model.drill import Drill, DrillStatus
from core.model.health import Area, Assessment, Health, Severity
from core.model.job import JobKind, JobOrder
from core.model.snapshot import Taken
from core.restore.drill.seal import sealed
from core.store.store import Store
from tests.tui import drill_frames, frames
from tests.tui.backups.driving import JOB_ID, in_backups, starting, take
from tests.tui.pressing import place_of, walk
from tests.tui.recording import SERVER, Recording
from tests.tui.screen_text import gone, seen, text_of, unwrapped
from tui.actions import Place

TO_DRILLS = ("tab", "tab", "tab", "tab")
SHOP = "orders"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def drilling(launch: Launch) -> Launch:
    """The config with a schedule that does drills."""
    schedules = (ScheduleSettings("weekly", "drill", "0 6 * * 0"),)
    settings = replace(
        launch.settings, schedules=schedules, drill=DrillSettings(guided_every="never")
    )
    return replace(launch, settings=settings)


def did(store: Store, ended: timedelta = HOUR, **changes: Any) -> Drill:
    """A drill as its job writes it down."""
    at = frames.NOW - ended - 20 * MINUTE
    made = drill_frames.drill(at, server_id=SERVER, seal=None, **changes)
    if made.status.is_over:
        made = sealed(made, store)
    store.drills.save(made)
    return made


async def test_d_shows_what_a_drill_would_do_and_starts_it_after_a_yes(
    recording: Recording, drilling: Launch
) -> None:
    backup_id = take(recording.store, key_id="")
    started: list[JobOrder] = []
    app = starting(recording, drilling, started)
    async with in_backups(app, "• good") as pilot:
        await pilot.press(*TO_DRILLS)
        await seen(pilot, "no drill has proven a restore yet", "next 2026-03-15 06:00:00")
        await pilot.press("d")
        text = await seen(pilot, "Do a restore drill of orders-prod now", "No watched server")
        assert f"databaseorders:backup{backup_id}inlocal" in unwrapped(text)
        assert "RTO1h00min,RPO1d00h" in unwrapped(text)
        assert "it is the first of its kind" in text
        await pilot.press("n")
        await gone(pilot, "Do a restore drill")
        assert started == []
        await pilot.press("d")
        await seen(pilot, "y do it")
        await pilot.press("y")
        await seen(pilot, f"Drill {JOB_ID}", "queued")
        await pilot.press("escape", "d")
        await seen(pilot, "would not begin", "is under way")
        await pilot.press("y", "escape")
        await gone(pilot, "would not begin")
    (order,) = started
    assert (order.kind, order.server_id) == (JobKind.DRILL, SERVER)
    assert order.arguments == {"kind": "restore", "database": SHOP}
    assert recording.store.audit.entries(1)[0].action == "start drill"


async def test_where_none_can_begin_it_says_why_and_takes_no_yes(
    recording: Recording, drilling: Launch
) -> None:
    take(recording.store, kind=BackupKind.SCHEMA)
    started: list[JobOrder] = []
    app = starting(recording, drilling, started)
    async with in_backups(app, "schema") as pilot:
        await pilot.press(*TO_DRILLS)
        await seen(pilot, "No drill was done yet")
        assert "drill now" not in text_of(app).split("\n")[-1]
        await pilot.press("d")
        await seen(pilot, "would not begin", "There is no backup", "pgvigil backup run")
        await pilot.press("y", "escape")
        await gone(pilot, "would not begin")
        take(recording.store)
        await pilot.press("S")
        await seen(pilot, "A sabotage drill of orders-prod would not begin", "not at hand")
        await pilot.press("y", "escape")
    assert started == []


async def test_a_drills_report_is_written_where_only_its_owner_reads_it(
    recording: Recording, drilling: Launch
) -> None:
    take(recording.store)
    made = did(recording.store)
    folder = drilling.state_folder / "reports"
    folder.write_text("in the way")
    app = recording.app(drilling)
    async with in_backups(app, "• good") as pilot:
        await pilot.press(*TO_DRILLS)
        await seen(pilot, "• proven", "⣀ RTO")
        await pilot.press("enter")
        await seen(pilot, f"Drill {made.drill_id}", "indexes and constraints", "w writes it")
        await pilot.press("w")
        await seen(pilot, "The report can't be written")
        folder.unlink()
        await pilot.press("w")
        await seen(pilot, "Written:", "written  ")
        recording.store.drills.save(replace(made, rto_seconds=1.0))
        await pilot.press("escape", "enter")
        await seen(pilot, "not to be trusted: its record was changed since")
    page, text = (folder / f"drill-{made.drill_id}{suffix}" for suffix in (".html", ".md"))
    assert page.read_text().startswith("<!doctype html>")
    assert "**Passed" in text.read_text()
    assert {stat.S_IMODE(file.stat().st_mode) for file in (page, text)} == {0o600}
    assert "write drill report" in {each.action for each in recording.store.audit.entries(2)}


async def test_a_running_drill_is_followed_to_its_end_and_can_be_stopped(
    recording: Recording, drilling: Launch
) -> None:
    store = recording.store
    take(store)
    order = JobOrder(JobKind.DRILL, SERVER, "otto@bastion", {"database": SHOP})
    store.jobs.submit(JOB_ID, order)
    store.jobs.begin(JOB_ID)
    running = did(
        store, drill_id=JOB_ID, status=DrillStatus.RUNNING, finished_at=None, phases=(),
        rto_seconds=None,
    )  # fmt: skip
    app = recording.app(drilling)
    async with in_backups(app, "drill of orders") as pilot:
        await pilot.press(*TO_DRILLS)
        await seen(pilot, "▸ running", "▸ under way")
        await walk(pilot, ("c", "Stop the drill of orders"), ("y", "was asked to stop"))
        await walk(pilot, ("enter", "stopping"), ("w", "no report before it is over"))
        gone_by = replace(running, status=DrillStatus.INTERRUPTED, finished_at=frames.NOW,
                          problem="its process died")  # fmt: skip
        store.drills.save(gone_by)
        recording.tick(frames.calm())
        await seen(pilot, "▲ interrupted", "its process died")
    job = store.jobs.get(JOB_ID)
    assert job is not None
    assert job.cancel_asked


async def test_in_the_past_it_shows_what_was_known_and_nothing_is_done(
    recording: Recording, drilling: Launch
) -> None:
    take(recording.store)
    did(recording.store, -10 * MINUTE)  # it ends after the moment that is looked at
    app = recording.app(drilling)
    async with in_backups(app, "• good") as pilot:
        await pilot.press("left_square_bracket")
        await seen(pilot, "not live")
        await pilot.press(*TO_DRILLS)
        await seen(pilot, "▸ running", "no drill has proven a restore yet")
        assert "drill now" not in text_of(app)
        await pilot.press("d")
        await seen(pilot, "Only what is live can be acted on")
        await pilot.press("0", "p")
        await seen(pilot, "PAUSED")
        await pilot.press("d")
        await seen(pilot, "Only what is live")
    assert recording.store.jobs.newest(1) == ()


async def test_a_finding_leads_to_drills_and_the_trend_follows_the_cursor(
    recording: Recording, drilling: Launch
) -> None:
    take(recording.store)
    did(recording.store, 3 * HOUR, database="billing", drill_id="second")
    failed = did(
        recording.store, status=DrillStatus.FAILED, rto_seconds=None,
        problem="rotten",
    )  # fmt: skip
    told = frames.finding(
        Area.BACKUPS, Severity.CRITICAL, "The last restore drill failed", failed.backup_id
    )
    found = (replace(told, fingerprint="backups.drill:restore"),)
    assessed = Taken(frames.NOW, 2, Assessment(Health.CRITICAL, found))
    recording.tick(replace(frames.calm(), assessment=assessed), 0)
    app = recording.app(drilling)
    async with in_backups(app, "• good") as pilot:
        await pilot.press("7")
        await walk(pilot, ("enter", "Trend of orders"))
        assert place_of(app) is Place.DRILLS
        await seen(pilot, "✖ failed", "rotten")
        await walk(pilot, ("j", "Trend of billing"), ("home", "Trend of orders"))
        await walk(pilot, ("tab", "Backups ─"))
