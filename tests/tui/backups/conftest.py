"""A console of a real store, with a config that takes backups to a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.api.launch import Launch
from core.config.backup_settings import BackupSettings
from core.config.encryption_settings import EncryptionSettings
from core.config.repository_settings import RepositorySettings
from core.config.schedule_settings import SchedulerSettings, ScheduleSettings
from tests.tui import backup_frames, frames, playback
from tests.tui.recording import Recording, playing, record


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A calm hour."""
    folder = tmp_path_factory.mktemp("recorded") / "state"
    record(folder, frames.calm())
    return folder


@pytest.fixture
def recording(recorded: Path, tmp_path: Path) -> Iterator[Recording]:
    with playing(recorded, tmp_path / "state") as made:
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder for the repository ``local``."""
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


@pytest.fixture
def launch(recording: Recording, place: Path) -> Launch:
    """A config that takes backups to a folder."""
    made = playback.launch(recording.folder)
    settings = replace(
        made.settings,
        repositories={"local": RepositorySettings(path=str(place))},
        backup=BackupSettings(copies=("local",)),
        encryption=EncryptionSettings(recovery_kept_by="the vault"),
        scheduler=SchedulerSettings(defaults=False),
        schedules=(ScheduleSettings("nightly", "full", "0 2 * * *"),),
    )
    recording.store.backup_keys.register(backup_frames.KEY, "main")
    return replace(made, settings=settings)
