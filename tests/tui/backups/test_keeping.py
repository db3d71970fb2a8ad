"""Backups that are kept by a person, and let go again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.api.launch import Launch
from core.backup.markers import read_protection
from core.config.repository_settings import RepositorySettings
from tests.tui.backups.driving import in_backups, repository_with, take
from tests.tui.pressing import walk
from tests.tui.recording import SERVER, Recording
from tests.tui.screen_text import seen


async def test_a_backup_is_kept_with_a_reason_in_its_repository_and_let_go_again(
    recording: Recording, launch: Launch
) -> None:
    backup_id = take(recording.store)
    app = recording.app(launch)
    local = repository_with(launch, backup_id)
    async with in_backups(app, "• good") as pilot:
        await pilot.press("K")
        await seen(pilot, "Type why")
        await pilot.press("enter")
        assert read_protection(local, SERVER, backup_id) is None
        await pilot.press(*"audit", "enter")
        await seen(pilot, "is kept: audit", "kept: audit")
        kept = read_protection(local, SERVER, backup_id)
        assert kept is not None
        assert kept.reason == "audit"
        await walk(pilot, ("U", "it was kept: audit"), ("y", "is kept no longer"))
        assert read_protection(local, SERVER, backup_id) is None
    entry = recording.store.catalog.get(backup_id)
    assert entry is not None
    assert entry.kept_because == ""
    actions = [each.action for each in recording.store.audit.entries(2)]
    assert actions == ["unprotect backup", "protect backup"]


async def test_a_repository_that_can_not_be_written_changes_nothing(
    recording: Recording, launch: Launch, place: Path
) -> None:
    backup_id = take(recording.store)
    elsewhere = {"local": RepositorySettings(path=str(place / "gone"))}
    launch = replace(launch, settings=replace(launch.settings, repositories=elsewhere))
    app = recording.app(launch)
    async with in_backups(app, "• good") as pilot:
        await pilot.press("K")
        await seen(pilot, "Type why")
        await pilot.press(*"audit", "enter")
        await seen(pilot, "✖")
    entry = recording.store.catalog.get(backup_id)
    assert entry is not None
    assert entry.kept_because == ""
