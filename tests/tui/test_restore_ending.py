"""A restore whose result is there while its job still ends: nothing can be undone yet."""

from __future__ import annotations

from dataclasses import replace

from core.api.restore_detail import RestoreDetail
from core.model.job import JobLog, JobState
from tests.tui import playback, restore_frames
from tests.tui.conftest import Console
from tests.tui.pressing import in_area, walk
from tests.tui.screen_text import gone, seen


class Ending(restore_frames.Restores):
    """The job of each restore is about to end."""

    is_ending = True

    async def detail(self, operation_id: str) -> RestoreDetail | None:
        found = await super().detail(operation_id)
        if found is None or found.log is None or not self.is_ending:
            return found
        job = replace(found.log.job, state=JobState.RUNNING, finished_at=None)
        return replace(found, log=JobLog(job, found.log.notes))


async def test_its_undo_is_offered_once_its_job_is_over(console: Console) -> None:
    frame = restore_frames.restored()
    session = playback.Stream(frame)
    session.restores = desk = Ending(frame)
    async with in_area(console(frame, session=session), "5", "• good", size=(140, 40)) as pilot:
        await walk(
            pilot, ("tab", "Schedules"), ("tab", "Storage by kind"), ("tab", "being planned")
        )
        await walk(pilot, ("j", "being planned"), ("j", "being planned"), ("enter", "no such role"))
        await gone(pilot, "u undo")
        await walk(pilot, ("u", "It is just ending"))
        desk.is_ending = False
        await session.queue.put(frame)
        await seen(pilot, "u undo")
        await walk(pilot, ("u", "3 sessions"))
