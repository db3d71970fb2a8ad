"""A run's staging folder is private, and gone with the run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.backup.staging import staged, staging_root
from core.config.backup_settings import BackupSettings
from core.errors import BackupError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The staging folder."""
    return staging_root(BackupSettings(), tmp_path / "state")


def test_a_run_s_folder_is_for_its_owner_alone_and_gone_in_the_end(root: Path) -> None:
    assert root.stat().st_mode & 0o777 == 0o700
    with staged(root, "job-1") as staging:
        assert staging.dump.parent.stat().st_mode & 0o777 == 0o700
        assert list(staging.dump.iterdir()) == []
        (staging.dump / "toc.dat").touch()
    assert list(root.iterdir()) == []


def test_a_folder_that_was_laid_there_before_is_not_used(root: Path, tmp_path: Path) -> None:
    (tmp_path / "trap").mkdir()
    (root / "job-1").symlink_to(tmp_path / "trap")
    with pytest.raises(BackupError), staged(root, "job-1"):
        pass


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "-x"])
def test_a_run_is_called_by_a_plain_name(root: Path, name: str) -> None:
    with pytest.raises(BackupError), staged(root, name):
        pass


def test_a_staging_folder_that_can_t_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = replace(BackupSettings(), staging=str(tmp_path / "file" / "staging"))
    with pytest.raises(BackupError) as refused:
        staging_root(settings, tmp_path)
    assert "staging" in refused.value.remedy
