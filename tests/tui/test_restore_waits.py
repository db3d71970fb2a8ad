"""A restore that a second person must agree to: the plan stays, and says what it waits for."""

from __future__ import annotations

from core.errors import RestoreError
from core.model.restore import RestorePlan
from core.model.restore_draft import RestoreDraft
from tests.tui import playback, restore_frames
from tests.tui.conftest import Console
from tests.tui.pressing import in_area, walk
from tests.tui.screen_text import seen


class Production(restore_frames.Restores):
    """Begins nothing before somebody else has agreed."""

    is_agreed = False

    async def start(self, draft: RestoreDraft, agreed: RestorePlan) -> str:
        if not self.is_agreed:
            raise RestoreError(
                "The restore waits for a second person",
                why="its target is marked production",
                remedy=f"have another person run: pgvigil restore approve {agreed.plan_id}",
            )
        return await super().start(draft, agreed)


async def test_the_plan_stays_until_another_person_has_agreed(console: Console) -> None:
    frame = restore_frames.restored()
    session = playback.Playback(frame)
    session.restores = desk = Production(frame)
    async with in_area(console(frame, session=session), "5", "• good", size=(140, 40)) as pilot:
        await walk(pilot, ("R", "What happened?"), ("j", "dropped"))
        await walk(pilot, ("enter", "has what is gone"), ("enter", "1 marked"))
        await walk(pilot, ("enter", "into the live orders"), ("enter", "Nothing stops it"))
        await walk(pilot, ("enter", "undone by"), ("enter", "Type orders"))
        await pilot.press(*"orders", "enter")
        await seen(pilot, "waits for a second person", "pgvigil restore approve p1", "Steps")
        assert desk.done == []
        desk.is_agreed = True
        await walk(pilot, ("enter", "Type orders"))
        await pilot.press(*"orders", "enter")
        await seen(pilot, "▸ running")
    assert desk.done == [("start", "p1")]
