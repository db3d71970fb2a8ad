"""From the key to the proof: a console previews a drill, a process of its own does it."""

from __future__ import annotations

from dataclasses import replace

from core.api.launch import Launch
from core.config.drill_settings import DrillSettings
from core.model.backup import VerificationLevel
from core.postgres.embedded import residents
from tests.postgres.backup.test_backup_from_the_console import SIZE, launch, terminal
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.scratch_place import scratch_place
from tests.tui.pressing import walk
from tests.tui.screen_text import seen
from tui.app import ConsoleApp

__all__ = ["launch", "terminal"]


async def test_a_backup_is_proven_from_the_console_and_its_report_written(
    site: BackupSite, launch: Launch
) -> None:
    site.take()
    with scratch_place() as place:
        drilling = replace(launch.settings, drill=DrillSettings(folder=str(place)))
        app = ConsoleApp(replace(launch, settings=drilling))
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            await pilot.press("5")
            await seen(pilot, "• good")
            await pilot.press("tab", "tab", "tab", "tab")
            await walk(pilot, ("d", "Do a restore drill of shop now"), ("y", "indexes and constr"))
            await seen(pilot, "• proven", "with the backup's fingerprint: no differences")
            await walk(pilot, ("w", "Written:"), ("escape", "done today"))
            await seen(pilot, "restore   • proven", "⣀ RTO")
        assert not list(place.iterdir())
        assert not list(residents(place))
    (entry,) = site.store.catalog.entries(SERVER)
    assert entry.level is VerificationLevel.RESTORED
    assert len(list((site.state / "reports").iterdir())) == 2
