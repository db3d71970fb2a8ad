"""What a run staged that died is cleared, wherever it ran; what a living one uses never is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.backup import layout
from core.backup.repository.open import open_repository
from core.backup.staged_runs import Life, clear, clear_dead, living_backups, runs_in
from core.backup.staging import staged, staging_root
from core.config.backup_settings import BackupSettings
from core.config.repository_settings import RepositorySettings
from core.config.settings import Settings
from core.model.job import JobState
from core.store.local import host, place
from tests.servers.processes import dead_pid
from tests.servers.staged import ANOTHER_HOST, BACKUP, RUN, die, grow_old, noted


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


def unknown(run_id: str) -> JobState | None:
    """A store that knows no job."""
    return None


LIVING = """
import sys
from pathlib import Path
from core.backup.staging import staged

with staged(Path(sys.argv[1]), sys.argv[2]) as staging:
    staging.note("shop", sys.argv[3], ["local"])
    (staging.dump / "1.dat").write_bytes(b"rows")
    print("begun", flush=True)
    sys.stdin.read()
"""


@contextmanager
def living(root: Path) -> Iterator[None]:
    """A run of another process, for as long as it lives."""
    begun = [sys.executable, "-c", LIVING, str(root), RUN, BACKUP]
    with subprocess.Popen(begun, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        yield
        process.kill()


def life(root: Path, state: JobState | None = None) -> Life:
    """Whether the one run there lives, where the store has its job in this state."""
    (run,) = runs_in(root, lambda _: state)
    return run.life


def store(settings: Settings, *paths: str) -> None:
    repository = open_repository("local", settings.repositories["local"])
    for path in paths:
        repository.write(path, b"sealed")


def stored(settings: Settings) -> list[str]:
    repository = open_repository("local", settings.repositories["local"])
    return [each.path for each in repository.list()]


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
        clear_dead(root, settings, unknown)
        assert [path for path in root.rglob("*") if path.is_file()] == [], (step, left)
        if not ended.returncode:
            break
        if (root / "job-1").exists():  # empty: without a note it may be of a run that begins
            (root / "job-1").rmdir()
    assert step > 4


def test_what_a_dead_run_staged_and_stored_is_cleared(root: Path, settings: Settings) -> None:
    die(root)
    artifact = layout.artifact_file("shop", BACKUP, "1.dat")
    store(settings, artifact, layout.wraps_file("shop", BACKUP), layout.server_file("shop"))
    (told,) = clear_dead(root, settings, unknown)
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
    clear_dead(root, settings, unknown)
    assert stored(settings) == sorted(whole)
    assert list(root.iterdir()) == []


def test_while_a_repository_can_t_be_reached_the_note_stays(root: Path, settings: Settings) -> None:
    left = die(root)
    there = Path(settings.repositories["local"].path)
    store(settings, layout.artifact_file("shop", BACKUP, "1.dat"))
    there.rename(there.with_name("unmounted"))
    (told,) = clear_dead(root, settings, unknown)
    assert "not cleared yet" in told
    assert sorted(each.name for each in left.iterdir()) == ["run.json", "run.lock"]
    there.with_name("unmounted").rename(there)
    clear_dead(root, settings, unknown)
    assert stored(settings) == []
    assert list(root.iterdir()) == []


def test_a_job_that_is_over_is_cleared_by_its_id_also_by_itself(
    root: Path, settings: Settings, tmp_path: Path
) -> None:
    die(root, "job-1-aa", "")
    die(root, "job-2-aa", "")
    with staged(root, "job-1-bb"):
        clear("job-1", settings, tmp_path / "state")
        assert [each.name for each in root.iterdir()] == ["job-2-aa"]


@pytest.mark.parametrize("state", [None, JobState.INTERRUPTED])
def test_what_a_living_run_uses_is_never_cleared(
    root: Path, settings: Settings, state: JobState | None
) -> None:
    with living(root):
        for told in ({}, ANOTHER_HOST, {"pid": dead_pid()}):
            run = noted(root, **told)
            grow_old(run)
            assert clear_dead(root, settings, lambda _: state) == ()
            assert (run / "dump" / "1.dat").exists()
            assert living_backups(root, lambda _: state) == {BACKUP}
    assert life(root) is Life.DEAD


def test_nor_one_that_has_not_written_its_note_yet(root: Path, settings: Settings) -> None:
    with living(root):
        (root / RUN / "run.json").unlink()
        grow_old(root / RUN)
        assert clear_dead(root, settings, unknown) == ()
    assert len(clear_dead(root, settings, unknown)) == 1
    assert list(root.iterdir()) == []


def test_a_host_that_was_renamed_knows_its_own_dead(root: Path) -> None:
    die(root, host="oldname pid:[1]")
    assert life(root, JobState.RUNNING) is Life.DEAD


@pytest.mark.parametrize(
    "whose", [{"place": place()}, {"place": "", "host": host()}], ids=["boot", "host"]
)
def test_a_pid_that_is_somebody_elses_by_now_is_not_believed(
    root: Path, whose: dict[str, str]
) -> None:
    run = die(root)
    noted(root, run.name, pid=os.getpid(), pid_started=1.0, **whose)
    assert life(root, JobState.RUNNING) is Life.DEAD


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (JobState.QUEUED, Life.LIVES),
        (JobState.RUNNING, Life.LIVES),
        (JobState.INTERRUPTED, Life.DEAD),
        (JobState.CANCELLED, Life.DEAD),
        (JobState.FAILED, Life.DEAD),
        (JobState.DONE, Life.DEAD),
        (None, Life.LIVES),
    ],
)
def test_of_another_container_or_before_the_last_boot_the_store_tells(
    root: Path, state: JobState | None, expected: Life
) -> None:
    die(root, **ANOTHER_HOST)
    noted(root, pid=os.getpid())
    assert life(root, state) is expected


def test_what_no_store_accounts_for_is_nobodys_after_a_long_silence(
    root: Path, settings: Settings
) -> None:
    run = die(root, **ANOTHER_HOST)
    artifact = layout.artifact_file("shop", BACKUP, "1.dat")
    store(settings, artifact)
    assert clear_dead(root, settings, unknown) == ()
    grow_old(run)
    assert len(clear_dead(root, settings, unknown)) == 1
    assert stored(settings) == []
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (JobState.RUNNING, Life.LIVES),
        (JobState.INTERRUPTED, Life.UNCLEAR),
        (JobState.DONE, Life.DEAD),
        (None, Life.UNCLEAR),
    ],
)
def test_without_a_lock_only_a_job_s_own_last_word_counts(
    root: Path, state: JobState | None, expected: Life
) -> None:
    run = die(root, **ANOTHER_HOST)
    (run / "run.lock").unlink()
    grow_old(run)
    assert life(root, state) is expected


def test_what_is_unclear_is_told_and_left(root: Path, settings: Settings) -> None:
    run = die(root, **ANOTHER_HOST)
    (run / "run.lock").unlink()
    (told,) = clear_dead(root, settings, lambda _: JobState.INTERRUPTED)
    assert str(run) in told
    assert "db7" in told
    assert "not encrypted" in told
    assert (run / "dump" / "1.dat").exists()


def test_what_a_dead_run_was_writing_goes_with_its_folder(settings: Settings, root: Path) -> None:
    local = Path(settings.repositories["local"].path)
    repository = open_repository("local", settings.repositories["local"])
    unfinished = repository.writer(layout.artifact_file("shop", BACKUP, "large"))
    unfinished.write(b"sealed")
    (local / "shop" / BACKUP / "artifacts").mkdir(parents=True)
    other = repository.writer(layout.artifact_file("blog", BACKUP, "large"))
    die(root)
    assert len(clear_dead(root, settings, unknown)) == 1
    assert not (local / "shop").exists()
    (left,) = (each for each in local.rglob("*") if each.is_file())
    other.abort()
    assert not left.exists()
