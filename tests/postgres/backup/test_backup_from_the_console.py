"""From the key to the backup: a console previews it, a process of its own takes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from core.api.launch import Launch
from core.engine.presence import claim
from core.model.job import JobState
from core.model.server import ServerEntry
from tests.servers.backing_up import SERVER, BackupSite
from tests.tui.screen_text import seen, until
from tui.app import ConsoleApp

SIZE = (140, 40)


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary one."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture
def launch(site: BackupSite) -> Iterator[Launch]:
    """What a console of the site is about; the test stands where its watcher would."""
    lock = claim(site.state, SERVER)
    assert lock is not None
    yield Launch((ServerEntry(SERVER, SERVER, "postgresql://shop"),), site.settings, site.state)
    os.close(lock)


async def area(pilot: Pilot[Any], *texts: str) -> str:
    """The backups area, once it shows something."""
    await pilot.press("5")
    return await seen(pilot, *texts)


async def test_a_backup_is_taken_verified_and_kept_from_the_console(
    site: BackupSite, launch: Launch
) -> None:
    async with ConsoleApp(launch).run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "b takes one now")
        await pilot.press("b")
        await seen(pilot, "Take a full backup of shop now", "1 copy: local")
        await pilot.press("y")
        await seen(pilot, "Job: full backup", "done", "verified in local")
        (job,) = site.store.jobs.newest(5)
        assert job.state is JobState.DONE
        await pilot.press("escape")
        await seen(pilot, "• good", "1 of 1", "sealed")
        (entry,) = site.store.catalog.entries(SERVER)
        assert entry.is_good

        await pilot.press("enter")
        await seen(pilot, entry.backup_id, "every byte was authenticated", "Log of its job")
        await pilot.press("v")
        await seen(pilot, f"Verify {entry.backup_id}", "y do it")
        await pilot.press("y")
        await seen(pilot, "structure", "its archive is whole")

        await pilot.press("K")
        await seen(pilot, "Type why")
        await pilot.press(*"audit", "enter")
        await seen(pilot, "kept", "audit")

        await pilot.press("escape", "b")
        await seen(pilot, "as the last one of its kind")
        await pilot.press("escape")
    kept = site.store.catalog.get(entry.backup_id)
    assert kept is not None
    assert kept.kept_because == "audit"
    actions = {each.action for each in site.store.audit.entries(10)}
    assert {"start backup", "start verify", "protect backup"} <= actions


async def test_a_job_that_is_stopped_from_the_console_leaves_no_backup(
    site: BackupSite, launch: Launch
) -> None:
    slow = site.changed(
        repositories={
            name: type(each)(path=each.path, bandwidth_bytes_per_second=5_000)
            for name, each in site.settings.repositories.items()
        }
    )
    asked = Launch(launch.servers, slow.settings, launch.state_folder)
    async with ConsoleApp(asked).run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "b takes one now")
        await pilot.press("b")
        await seen(pilot, "y do it")
        await pilot.press("y")
        await seen(pilot, "running")
        await pilot.press("c")
        await seen(pilot, "Stop the full backup", "y do it")
        await pilot.press("y")
        await until(pilot, lambda: site.store.jobs.newest(1)[0].cancel_asked)
        await until(pilot, lambda: site.store.jobs.newest(1)[0].state is JobState.CANCELLED)
        await seen(pilot, "cancelled")
        await pilot.press("escape")
        await seen(pilot, "× cancelled")
    assert site.store.catalog.entries(SERVER) == ()
