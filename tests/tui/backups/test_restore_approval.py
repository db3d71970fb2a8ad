"""A plan for production that waits for a second person, on that one's screen."""

from __future__ import annotations

from core.api.launch import Launch
from core.api.restores import write_plan
from core.model.restore_approval import RestoreApproval
from tests.tui import frames, restore_frames
from tests.tui.backups.driving import take
from tests.tui.pressing import in_area, walk
from tests.tui.recording import Recording
from tests.tui.screen_text import seen


async def test_another_person_reads_the_plan_and_agrees_to_it(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, key_id="")
    plan = restore_frames.plan()
    document = write_plan(plan).decode()
    wanted = RestoreApproval(plan.plan_id, document, "otto", "otto@elsewhere", frames.NOW)
    recording.store.restore_approvals.ask(wanted, plan.wish, plan.backup_id)
    async with in_area(recording.app(launch), "5", "• good", size=(140, 40)) as pilot:
        await walk(pilot, ("tab", "Schedules"), ("tab", "Storage by kind"), ("tab", "? waits"))
        await walk(pilot, ("enter", "it begins once a second person has agreed"))
        await seen(pilot, "otto@elsewhere", "Fetch 2,950,000,000 bytes", "A agree")
        await walk(pilot, ("enter", "Nobody has agreed yet"), ("A", "Agree to: Restore to orders"))
        await pilot.press(*"orders", "enter")
        await seen(pilot, "a second person agreed: Enter begins it")
    (agreed,) = recording.store.restore_approvals.waiting()
    assert agreed.is_given
    assert recording.store.audit.entries(1)[0].action == "approve restore"
