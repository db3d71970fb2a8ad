"""Backups and verifications that are started from a screen."""

from __future__ import annotations

import json
from dataclasses import replace

from core.api.launch import Launch
from core.config.encryption_settings import EncryptionSettings
from core.model.job import JobKind, JobOrder
from tests.tui import backup_frames
from tests.tui.backups.driving import in_backups, starting, take
from tests.tui.recording import SERVER, Recording
from tests.tui.screen_text import gone, seen, unwrapped


async def test_b_shows_what_a_backup_would_do_and_starts_it_after_a_yes(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store)
    started: list[JobOrder] = []
    app = starting(recording, launch, started)
    async with in_backups(app, "• good") as pilot:
        await pilot.press("b")
        text = await seen(
            pilot,
            "Take a full backup of orders-prod now",
            f"sealed with key main ({backup_frames.KEY})",
            "1 copy: local",
            "about 8.00 GiB in 12 min 00 s",
        )
        assert f"{launch.state_folder.name}/staging" in unwrapped(text)
        await pilot.press("n")
        await gone(pilot, "Take a full")
        assert started == []
        await pilot.press("b")
        await seen(pilot, "y do it")
        await pilot.press("y")
        await seen(pilot, "queued", "anna@bastion")
    (order,) = started
    assert (order.kind, order.server_id, order.arguments) == (
        JobKind.BACKUP, SERVER, {"kind": "full"},
    )  # fmt: skip
    assert recording.store.audit.entries(1)[0].action == "start backup"


async def test_an_incremental_names_the_backup_that_it_follows(
    recording: Recording, launch: Launch
) -> None:
    parent = take(recording.store)
    app = starting(recording, launch, [])
    async with in_backups(app, "• good") as pilot:
        await pilot.press("B")
        await seen(pilot, "an incremental backup", f"after {parent}", "how large")


async def test_a_backup_that_would_not_begin_says_why_and_takes_no_yes(
    recording: Recording, launch: Launch
) -> None:
    settings = replace(launch.settings, encryption=EncryptionSettings())
    started: list[JobOrder] = []
    app = starting(recording, replace(launch, settings=settings), started)
    async with in_backups(app, "pgvigil key confirm") as pilot:
        await pilot.press("b")
        await seen(pilot, "would not begin", "nobody has confirmed", "esc goes back")
        await pilot.press("y", "escape")
        await gone(pilot, "would not begin")
    assert started == []


async def test_v_has_the_chosen_backup_verified(recording: Recording, launch: Launch) -> None:
    backup_id = take(recording.store)
    started: list[JobOrder] = []
    app = starting(recording, launch, started)
    async with in_backups(app, "• good") as pilot:
        await pilot.press("v")
        await seen(pilot, f"Verify {backup_id}", "every byte of it is read (8.00 GiB")
        await pilot.press("y")
        await seen(pilot, f"verify {backup_id}")
    (order,) = started
    assert order.kind is JobKind.VERIFY
    assert json.loads(order.arguments["backups"]) == [backup_id]
