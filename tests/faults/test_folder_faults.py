"""A folder on bad days: a full disk, wrong permissions, links that lead out, kill -9."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.backup.repository.folder.failure import failure
from core.backup.repository.open import open_repository, repository_named
from core.backup.repository.problems import (
    RepositoryFullError,
    RepositoryMissingError,
    RepositoryPathError,
    RepositoryRefusedError,
)
from core.backup.repository.protocol import Repository
from core.config.repository_settings import RepositorySettings
from core.errors import RepositoryError
from tests.servers.powers import said_without_powers
from tests.servers.small_disk import make_read_only, small_disk


def repository_in(folder: Path) -> Repository:
    return open_repository("nightly", RepositorySettings(path=str(folder)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for a repository."""
    path = tmp_path / "repository"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for one megabyte."""
    with small_disk(tmp_path / "disk", "1m") as made:
        yield made


def files_in(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_full_disk_leaves_earlier_objects_and_nothing_else(disk: Path) -> None:
    repository = repository_in(disk)
    repository.write("shop/earlier", b"earlier")
    with pytest.raises(RepositoryFullError) as found:
        repository.write("shop/new", os.urandom(4 << 20))
    assert "the disk is full, after" in found.value.why
    assert "untouched" in found.value.remedy
    assert files_in(disk) == ["shop/earlier"]
    assert repository.read("shop/earlier") == b"earlier"
    assert repository.delete(["shop/earlier"]).removed == ("shop/earlier",)
    repository.write("shop/new", b"the next run succeeds")


def test_a_writer_that_could_not_write_leaves_nothing_though_nobody_ends_it(disk: Path) -> None:
    writer = repository_in(disk).writer("shop/new")
    with pytest.raises(RepositoryFullError):
        writer.write(os.urandom(4 << 20))
    assert files_in(disk) == []


def test_a_full_disk_can_still_be_probed_cleared_and_pruned(disk: Path) -> None:
    repository = repository_in(disk)
    repository.write("a", b"x")
    abandoned = repository.writer("b")
    abandoned.write(b"y" * 900_000)
    with pytest.raises(OSError, match="No space left"):
        (disk / "filler").write_bytes(bytes(1 << 20))
    report = repository.probe()
    assert not report.writable or report.free_bytes == 0
    assert repository.clean_stale(0) == 1
    assert repository.delete(["a"]).removed == ("a",)
    abandoned.abort()


def test_a_limit_of_the_file_size_leaves_nothing(folder: Path) -> None:
    script = (
        "import os, resource, signal, sys\n"
        "from core.backup.repository.open import open_repository\n"
        "from core.backup.repository.problems import RepositoryFullError\n"
        "from core.config.repository_settings import RepositorySettings\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "repository = open_repository('nightly', RepositorySettings(path=sys.argv[1]))\n"
        "try:\n"
        "    repository.write('shop/new', os.urandom(500_000))\n"
        "except RepositoryFullError as error:\n"
        "    print(error.why)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    )
    assert "limit" in done.stdout
    assert files_in(folder) == []


def test_a_writer_that_is_killed_leaves_no_object_and_is_cleared_up_after(folder: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from core.backup.repository.open import open_repository\n"
        "from core.config.repository_settings import RepositorySettings\n"
        "repository = open_repository('nightly', RepositorySettings(path=sys.argv[1]))\n"
        "writer = repository.writer('shop/1/a')\n"
        "writer.write(os.urandom(500_000))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    repository = repository_in(folder)
    assert list(repository.list()) == []
    assert len(files_in(folder)) == 1
    assert repository.clean_stale(3600) == 0
    assert repository.clean_stale(0) == 1
    assert files_in(folder) == []
    repository.write("shop/1/a", b"the next run succeeds")


def test_files_and_folders_are_their_owners_alone(folder: Path) -> None:
    old = os.umask(0)
    try:
        repository_in(folder).write("shop/1/a", b"x")
    finally:
        os.umask(old)
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_a_link_is_not_followed_out_of_the_repository(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("not for backups")
    (folder / "shop").symlink_to(outside)
    (folder / "file").symlink_to(outside / "secret")
    repository = repository_in(folder)
    for path in ("shop/secret", "file"):
        with pytest.raises(RepositoryPathError, match="could not be read") as found:
            repository.read(path)
        assert "symbolic link" in found.value.why
    with pytest.raises(RepositoryPathError):
        repository.write("shop/new", b"x")
    assert [each.path for each in repository.delete(["shop/secret"]).kept] == ["shop/secret"]
    assert list(repository.list()) == []
    assert files_in(outside) == ["secret"]


def test_a_link_in_the_place_of_an_object_is_replaced_not_written_through(
    folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    (folder / "a").symlink_to(outside)
    repository = repository_in(folder)
    repository.write("a", b"new")
    assert outside.read_text() == "untouched"
    assert repository.read("a") == b"new"
    assert not (folder / "a").is_symlink()


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    repository_in(tmp_path / "link").write("a", b"x")
    assert files_in(folder) == ["a"]


def test_a_pipe_in_the_repository_stops_nobody(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    repository = repository_in(folder)
    assert not repository.exists("pipe")
    assert list(repository.list()) == []


def test_a_folder_that_is_not_there_is_never_made_by_writing(tmp_path: Path) -> None:
    repository = repository_in(tmp_path / "not-mounted")
    for use in (
        lambda: repository.write("a", b"x"),
        lambda: repository.read("a"),
        lambda: repository.exists("a"),
        lambda: list(repository.list()),
        lambda: repository.delete(["a"]),
        lambda: repository.clean_stale(0),
    ):
        with pytest.raises(RepositoryMissingError) as found:
            use()
        assert "mount its disk" in found.value.remedy
    assert not (tmp_path / "not-mounted").exists()
    assert not repository.probe().writable


def test_a_file_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RepositoryMissingError) as found:
        repository_in(tmp_path / "file").write("a", b"x")
    assert found.value.why == "it is not a folder"


def test_a_folder_that_may_not_be_written_is_said(folder: Path) -> None:
    script = (
        "import sys\n"
        "from core.backup.repository.open import open_repository\n"
        "from core.backup.repository.problems import RepositoryRefusedError\n"
        "from core.config.repository_settings import RepositorySettings\n"
        "try:\n"
        "    repository = open_repository('nightly', RepositorySettings(path=sys.argv[1]))\n"
        "    repository.write('a', b'x')\n"
        "except RepositoryRefusedError as error:\n"
        "    print(error.why)\n"
    )
    folder.chmod(0o500)
    said = said_without_powers(script, str(folder))
    folder.chmod(0o700)
    assert said == "permission denied\n"


def test_a_file_system_that_is_read_only_is_said(disk: Path) -> None:
    repository = repository_in(disk)
    repository.write("a", b"x")
    make_read_only(disk)
    with pytest.raises(RepositoryRefusedError) as found:
        repository.write("b", b"x")
    assert found.value.why == "the file system is mounted read-only"
    assert repository.read("a") == b"x"
    assert repository.delete(["a"]).kept[0].why == "the file system is mounted read-only"
    assert "read-only" in repository.probe().problem


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ESTALE, "stale file handle"), (errno.EIO, "input/output"), (errno.EDQUOT, "quota"),
     (errno.EMFILE, "files open"), (errno.ETIMEDOUT, "does not answer"),
     (errno.EBADMSG, os.strerror(errno.EBADMSG))],
)  # fmt: skip
def test_every_refusal_of_a_file_system_is_explained(number: int, word: str) -> None:
    error = failure("a could not be written", OSError(number, os.strerror(number)))
    assert isinstance(error, RepositoryError)
    assert word in error.why
    assert error.remedy


def test_a_folder_that_others_may_look_into_is_reported(folder: Path) -> None:
    folder.chmod(0o755)
    report = repository_in(folder).probe()
    assert report.writable
    assert any("chmod 700" in warning for warning in report.warnings)
    assert isinstance(report.free_bytes, int)


def test_a_repository_that_the_config_does_not_have_is_said() -> None:
    with pytest.raises(RepositoryError, match="no repository 'offsite'") as found:
        repository_named("offsite", {"local": RepositorySettings(path="/x")})
    assert "local" in found.value.why


def test_empty_folders_that_a_killed_process_left_are_cleared_once_they_are_old(
    folder: Path,
) -> None:
    repository = repository_in(folder)
    repository.write("shop/1/artifacts/a", b"x")
    (folder / "shop" / "2" / "artifacts").mkdir(parents=True)
    repository.clean_stale(3600)
    assert sorted(repository.folders("shop/")) == ["1", "2"]
    repository.clean_stale(0)
    assert sorted(repository.folders("shop/")) == ["1"]
    assert repository.read("shop/1/artifacts/a") == b"x"
