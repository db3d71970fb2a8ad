"""Jobs of backups on a screen: progress, and how one is stopped."""

from __future__ import annotations

from core.api.launch import Launch
from core.model.backup import BackupKind
from core.model.job import JobState, Progress
from tests.tui.backups.driving import JOB_ID, begin_job, in_backups, take, the_job
from tests.tui.pressing import walk
from tests.tui.recording import SERVER, Recording
from tests.tui.screen_text import gone, seen, until
from tui.screens.job import JobScreen


async def test_a_running_job_shows_its_progress_and_can_be_attached_to(
    recording: Recording, launch: Launch
) -> None:
    store = recording.store
    begin_job(store)
    store.jobs.report(JOB_ID, Progress("dumping", 25, 100, 1024.0, 75.0), ())
    store.backup_jobs.begin(SERVER, "orders", BackupKind.FULL, recording.clock.now())
    store.jobs.note(JOB_ID, "snapshot 00000003-1 is held")
    app = recording.app(launch)
    async with in_backups(
        app, "full backup of orders  dumping", "25 %", "1.00 KiB/s", "1 min 15 s left"
    ) as pilot:
        await pilot.press("enter")
        await seen(pilot, "otto@bastion", "snapshot 00000003-1 is held")
        store.jobs.note(JOB_ID, "dumped orders")
        store.jobs.report(JOB_ID, Progress("sealing", 80, 100), ())
        await seen(pilot, "sealing", "80 %", "dumped orders")
        store.jobs.finish(JOB_ID, JobState.FAILED, "no space left on device", "free some")
        await seen(pilot, "failed", "no space left on device", "free some")


async def test_c_asks_before_it_stops_the_job_and_writes_down_who_did(
    recording: Recording, launch: Launch
) -> None:
    store = recording.store
    begin_job(store)
    app = recording.app(launch)
    async with in_backups(app, "full backup") as pilot:
        await pilot.press("c")
        await seen(pilot, "Stop the full backup", "earlier backups are not")
        await pilot.press("escape")
        await gone(pilot, "Stop the full backup")
        assert not the_job(store).cancel_asked
        await walk(pilot, ("c", "y do it"), ("y", "was asked to stop"))
    assert the_job(store).cancel_asked
    assert store.audit.entries(1)[0].action == "cancel job"


def _done(screen: JobScreen) -> int:
    """How far the job is that a screen shows."""
    job = screen.chosen_job()
    return job.progress.done if job is not None else 0


async def test_a_job_that_goes_on_while_one_is_asked_is_stopped_all_the_same(
    recording: Recording, launch: Launch
) -> None:
    store = recording.store
    begin_job(store)
    store.backup_jobs.begin(SERVER, "orders", BackupKind.FULL, recording.clock.now())
    app = recording.app(launch)
    async with in_backups(app, "▸ running") as pilot:
        await pilot.press("enter")
        await seen(pilot, "Job: full backup")
        await pilot.press("c")
        await seen(pilot, "Stop the full backup", "y do it")
        under = pilot.app.screen_stack[-2]
        assert isinstance(under, JobScreen)
        for done in (10, 20, 30):
            store.jobs.report(JOB_ID, Progress("dumping", done, 100), ())
            await until(pilot, lambda done=done: _done(under) == done)  # type: ignore[misc]
        await pilot.press("y")
        await seen(pilot, "stopping")
    assert the_job(store).cancel_asked


async def test_c_without_a_job_says_that_none_runs(recording: Recording, launch: Launch) -> None:
    take(recording.store)
    app = recording.app(launch)
    async with in_backups(app, "• good") as pilot:
        await pilot.press("c")
        await seen(pilot, "No job runs.")
