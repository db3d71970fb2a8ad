"""How backups are set up, as the backups area tells it."""

from __future__ import annotations

from dataclasses import replace

from core.api.launch import Launch
from core.config.backup_settings import BackupSettings
from core.config.encryption_settings import EncryptionSettings
from tests.tui.backups.driving import in_backups
from tests.tui.pressing import walk
from tests.tui.recording import Recording
from tests.tui.screen_text import text_of


async def test_how_to_set_backups_up_is_told_step_by_step(recording: Recording) -> None:
    app = recording.app()
    async with in_backups(app, "pgvigil key init", "pgvigil key confirm", "[repositories.local]"):
        text = text_of(app)
        assert "pgvigil backup run" in text
        assert "copies =" in text


async def test_as_long_as_backups_are_to_be_set_up_no_filter_takes_the_keys(
    recording: Recording,
) -> None:
    app = recording.app()
    async with in_backups(app, "pgvigil key init") as pilot:
        await walk(
            pilot,
            ("slash", "There is nothing to filter yet."),
            ("question_mark", "Keys in backups"),
        )


async def test_a_key_that_nobody_confirmed_is_a_step_before_the_first_backup(
    recording: Recording, launch: Launch
) -> None:
    settings = replace(launch.settings, encryption=EncryptionSettings())
    app = recording.app(replace(launch, settings=settings))
    async with in_backups(app, "not set up", "pgvigil key confirm"):
        text = text_of(app)
        assert "b takes one now" not in text


async def test_a_step_that_is_done_is_told_no_more(recording: Recording, launch: Launch) -> None:
    settings = replace(launch.settings, backup=BackupSettings())
    app = recording.app(replace(launch, settings=settings))
    async with in_backups(app, 'copies = ["local"]'):
        text = text_of(app)
        assert "key init" not in text
        assert "[repositories" not in text
