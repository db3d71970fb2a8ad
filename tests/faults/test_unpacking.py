"""What is said when a server of our own can't be set up on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.postgres.embedded import (
    EmbeddedServerError,
    ServerAccount,
    make_private_folder,
    remove_folder,
    unpack,
)
from tests.servers.small_disk import small_disk


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody can enter, until it can be removed again."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o000)
    yield folder
    folder.chmod(0o700)


def test_a_folder_that_the_servers_account_can_not_reach_is_passed_over(
    tmp_path: Path, closed: Path, account: ServerAccount
) -> None:
    folder = make_private_folder("pgvigil-test-", account, [closed, Path("/tmp")])

    remove_folder(folder)
    assert folder.parent == Path("/tmp")
    assert list(tmp_path.iterdir()) == [closed]


def test_without_any_folder_that_will_do_the_error_says_of_each_why(
    tmp_path: Path, closed: Path, account: ServerAccount
) -> None:
    missing, deep = tmp_path / "missing", tmp_path / ("x" * 100)
    deep.mkdir()

    with pytest.raises(EmbeddedServerError, match="no folder") as caught:
        make_private_folder("pgvigil-test-", account, [closed, missing, deep])

    assert f"{missing}: No such file or directory" in caught.value.why
    assert f"{deep}: its path is too long for a unix socket" in caught.value.why
    assert str(closed) in caught.value.why
    assert "TMPDIR" in caught.value.remedy


def test_a_program_for_another_platform_is_an_error_that_offers_a_way_on(tmp_path: Path) -> None:
    pg0 = tmp_path / "pg0"
    pg0.write_bytes(b"\x7fELF of another machine")
    pg0.chmod(0o755)

    with pytest.raises(EmbeddedServerError, match="does not run on this machine") as caught:
        unpack(tmp_path, pg0)

    assert "Exec format error" in caught.value.why
    assert "postgresql://" in caught.value.remedy
    assert list(tmp_path.iterdir()) == [pg0]


def test_a_missing_program_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="does not run"):
        unpack(tmp_path, tmp_path / "pg0")


def test_what_the_unpacking_program_leaves_in_its_temporary_folder_goes_with_the_rest(
    tmp_path: Path,
) -> None:
    pg0 = tmp_path / "pg0"
    pg0.write_text("#!/bin/sh\nmktemp -d\n")
    pg0.chmod(0o755)

    with pytest.raises(EmbeddedServerError) as caught:
        unpack(tmp_path, pg0)

    assert str(tmp_path) in caught.value.why
    assert list(tmp_path.iterdir()) == [pg0]


def test_a_full_disk_is_an_error_and_leaves_nothing_half_unpacked(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "20m") as disk:
        with pytest.raises(EmbeddedServerError, match="could not be unpacked") as caught:
            unpack(disk)

        assert f"look whether {disk} has 300 MB free" in caught.value.remedy
        assert list(disk.iterdir()) == []
