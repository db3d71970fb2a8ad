"""A run's staging folder is private, gone with the run, and cleared by the next if the run died."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.backup import layout
from core.backup.repository.open import open_repository
from core.backup.staging import clear, clear_dead, dead_runs, staged, staging_root
from core.config.backup_settings import BackupSettings
from core.config.repository_settings import RepositorySettings
from core.config.settings import Settings
from core.errors import BackupError
from core.store.local import host

BACKUP = "20261121T020000Z-full-00112233"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A config with one repository, whose folder is there."""
    folder = tmp_path / "repository"
    folder.mkdir(mode=0o700)
    return Settings(repositories={"local": RepositorySettings(path=str(folder))})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The staging folder."""
    return staging_root(BackupSettings(), tmp_path / "state")


def die(root: Path, run_id: str = "job-1", backup_id: str = BACKUP) -> Path:
    """What a run leaves that was killed while it dumped."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with staged(root, run_id) as staging:
        staging.note("shop", backup_id, ["local"])
        told = json.loads((root / run_id / "run.json").read_bytes())
        left = root / f"{run_id}.kept"
        (staging.dump / "1.dat").write_bytes(b"rows")
        (root / run_id).rename(left)
    left.rename(root / run_id)
    told |= {"host": host(), "pid": ended.pid, "pid_started": 1.0}
    (root / run_id / "run.json").write_text(json.dumps(told))
    return root / run_id


def store(settings: Settings, *paths: str) -> None:
    repository = open_repository("local", settings.repositories["local"])
    for path in paths:
        repository.write(path, b"sealed")


def stored(settings: Settings) -> list[str]:
    repository = open_repository("local", settings.repositories["local"])
    return [each.path for each in repository.list()]


def test_a_run_s_folder_is_for_its_owner_alone_and_gone_in_the_end(root: Path) -> None:
    assert root.stat().st_mode & 0o777 == 0o700
    with staged(root, "job-1") as staging:
        assert staging.dump.parent.stat().st_mode & 0o777 == 0o700
        assert list(staging.dump.iterdir()) == []
        (staging.dump / "toc.dat").touch()
        assert dead_runs(root) == ()
    assert list(root.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from core.backup.staging import staged

left = int(sys.argv[2])

def counted(call):
    def called(*given, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*given, **named)
    return called

with staged(Path(sys.argv[1]), "job-1") as staging:
    for name in ("1.dat", "toc.dat"):
        (staging.dump / name).write_bytes(b"rows")
    Path(f"{staging.dump}.exclude").write_text("t")
    os.unlink, os.rmdir = counted(os.unlink), counted(os.rmdir)
"""


def test_a_run_that_is_killed_while_it_takes_its_folder_away_is_cleared_at_once(
    root: Path, settings: Settings
) -> None:
    for step in range(20):
        ended = subprocess.run([sys.executable, "-c", KILLED, root, str(step)], check=False)
        left = [path for path in root.rglob("*") if path.is_file()]
        clear_dead(root, settings)
        assert [path for path in root.rglob("*") if path.is_file()] == [], (step, left)
        if not ended.returncode:
            break
        if (root / "job-1").exists():  # empty: without a note it may be of a run that begins
            (root / "job-1").rmdir()
    assert step > 4


def test_a_folder_that_was_laid_there_before_is_not_used(root: Path, tmp_path: Path) -> None:
    (tmp_path / "trap").mkdir()
    (root / "job-1").symlink_to(tmp_path / "trap")
    with pytest.raises(BackupError), staged(root, "job-1"):
        pass


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "-x"])
def test_a_run_is_called_by_a_plain_name(root: Path, name: str) -> None:
    with pytest.raises(BackupError), staged(root, name):
        pass


def test_what_a_dead_run_staged_and_stored_is_cleared(root: Path, settings: Settings) -> None:
    die(root)
    artifact = layout.artifact_file("shop", BACKUP, "1.dat")
    store(settings, artifact, layout.wraps_file("shop", BACKUP), layout.server_file("shop"))
    (told,) = clear_dead(root, settings)
    assert "job-1" in told
    assert stored(settings) == [layout.server_file("shop")]
    assert list(root.iterdir()) == []


def test_a_backup_that_got_its_manifest_stays_though_the_run_died(
    root: Path, settings: Settings
) -> None:
    die(root)
    whole = [
        layout.artifact_file("shop", BACKUP, "1.dat"),
        layout.manifest_file("shop", BACKUP),
        layout.wraps_file("shop", BACKUP),
    ]
    store(settings, *whole)
    clear_dead(root, settings)
    assert stored(settings) == sorted(whole)
    assert list(root.iterdir()) == []


def test_while_a_repository_can_t_be_reached_the_note_stays(root: Path, settings: Settings) -> None:
    left = die(root)
    there = Path(settings.repositories["local"].path)
    store(settings, layout.artifact_file("shop", BACKUP, "1.dat"))
    there.rename(there.with_name("unmounted"))
    (told,) = clear_dead(root, settings)
    assert "not cleared yet" in told
    assert [each.name for each in left.iterdir()] == ["run.json"]
    there.with_name("unmounted").rename(there)
    clear_dead(root, settings)
    assert stored(settings) == []
    assert list(root.iterdir()) == []


def test_a_job_is_cleared_by_its_id(root: Path, settings: Settings, tmp_path: Path) -> None:
    die(root, "job-1-aa", "")
    die(root, "job-2-aa", "")
    clear("job-1", settings, tmp_path / "state")
    assert [each.name for each in root.iterdir()] == ["job-2-aa"]


def test_a_staging_folder_that_can_t_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = replace(BackupSettings(), staging=str(tmp_path / "file" / "staging"))
    with pytest.raises(BackupError) as refused:
        staging_root(settings, tmp_path)
    assert "staging" in refused.value.remedy
