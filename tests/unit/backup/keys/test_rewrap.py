"""A rotation rewrites one small file a backup, and is never in a state that can't be opened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.keys.rewrap import examine, rotate
from core.backup.keys.ring import KeyRing
from core.backup.keys.wraps_file import NAME, Wraps, read_wraps, write_wraps
from core.backup.repository.open import open_repository
from core.backup.repository.protocol import ObjectInfo, Repository
from core.backup.seal import new_data_key
from core.config.repository_settings import RepositorySettings
from core.errors import KeyMissingError, RepositoryError

OLD, NEW = KeyEncryptionKey.generate(), KeyEncryptionKey.generate()
BOTH = KeyRing(NEW, [OLD])
ARTIFACTS = ("manifest", "toc.dat", "1.dat")
SEALED_BYTES = 300_000


def backup_ids(count: int) -> list[str]:
    return [f"20261121T02{number:04}Z-full-{number:08x}" for number in range(count)]


def add_backups(place: Repository, ids: Sequence[str], ring: KeyRing) -> dict[str, Wraps]:
    added = {}
    for backup_id in ids:
        wraps = tuple(
            ring.wrap(new_data_key(), backup_id=backup_id, artifact=name) for name in ARTIFACTS
        )
        added[backup_id] = Wraps(backup_id, wraps)
        place.write(f"orders/{backup_id}/{NAME}", write_wraps(added[backup_id]))
        place.write(f"orders/{backup_id}/artifacts/1.dat.sealed", bytes(SEALED_BYTES))
    return added


def opened_with(place: Repository, ids: Sequence[str], ring: KeyRing) -> dict[str, list[bytes]]:
    found = {}
    for backup_id in ids:
        wraps = read_wraps(place.read(f"orders/{backup_id}/{NAME}"), backup_id=backup_id)
        found[backup_id] = [
            ring.unwrap(wraps.by_artifact()[name], backup_id=backup_id) for name in ARTIFACTS
        ]
    return found


def unwrapped(added: dict[str, Wraps], ring: KeyRing) -> dict[str, list[bytes]]:
    return {
        backup_id: [
            ring.unwrap(wraps.by_artifact()[name], backup_id=backup_id) for name in ARTIFACTS
        ]
        for backup_id, wraps in added.items()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "backups"
    path.mkdir()
    return path


@pytest.fixture
def place(folder: Path) -> Repository:
    return open_repository("local", RepositorySettings(kind="folder", path=str(folder)))


@dataclass
class Counting:
    """A repository that counts the bytes that pass through it."""

    inner: Repository
    name: str = "local"
    read_bytes: int = 0
    written: list[str] = field(default_factory=list)
    fails_after: int | None = None

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        return self.inner.list(prefix)

    def read(self, path: str) -> bytes:
        content = self.inner.read(path)
        self.read_bytes += len(content)
        return content

    def write(self, path: str, data: bytes) -> None:
        if self.fails_after is not None and len(self.written) >= self.fails_after:
            raise RepositoryError("The disk is full")
        self.written.append(path)
        self.inner.write(path, data)


def test_after_a_rotation_the_new_key_alone_opens_every_backup(place: Repository) -> None:
    ids = backup_ids(5)
    added = add_backups(place, ids, KeyRing(OLD))
    *_, report = rotate(place, BOTH)
    assert (report.rewrapped, report.already, report.is_complete) == (5, 0, True)
    assert report.retired_key_ids == {OLD.key_id}
    assert opened_with(place, ids, KeyRing(NEW)) == unwrapped(added, KeyRing(OLD))


def test_no_data_is_moved(place: Repository) -> None:
    add_backups(place, backup_ids(5), KeyRing(OLD))
    counting = Counting(place)
    *_, report = rotate(counting, BOTH)
    assert all(path.endswith(NAME) for path in counting.written)
    assert counting.read_bytes == report.read_bytes < SEALED_BYTES / 10


def test_a_second_rotation_writes_nothing(place: Repository) -> None:
    add_backups(place, backup_ids(3), KeyRing(OLD))
    list(rotate(place, BOTH))
    counting = Counting(place)
    *_, report = rotate(counting, BOTH)
    assert (report.rewrapped, report.already, counting.written) == (0, 3, [])


def test_what_stopped_in_the_middle_goes_on_where_it_was(place: Repository) -> None:
    ids = backup_ids(5)
    added = add_backups(place, ids, KeyRing(OLD))
    *_, report = rotate(Counting(place, fails_after=2), BOTH)
    assert (report.rewrapped, len(report.problems)) == (2, 3)
    assert "disk is full" in report.problems[0].problem
    assert opened_with(place, ids, BOTH) == unwrapped(added, KeyRing(OLD))
    *_, report = rotate(place, BOTH)
    assert (report.rewrapped, report.already, report.is_complete) == (3, 2, True)


def test_a_backup_of_an_unknown_key_keeps_none_of_the_others_from_it(place: Repository) -> None:
    first, second = backup_ids(2)
    add_backups(place, [first], KeyRing(KeyEncryptionKey.generate()))
    add_backups(place, [second], KeyRing(OLD))
    *_, report = rotate(place, BOTH)
    assert (report.rewrapped, [each.backup_id for each in report.problems]) == (1, [first])
    assert [bool(state.problem) for state in examine(place, BOTH)] == [True, False]


def test_a_damaged_file_is_named_and_left_alone(place: Repository, folder: Path) -> None:
    (backup_id,) = backup_ids(1)
    add_backups(place, [backup_id], KeyRing(OLD))
    path = folder / "orders" / backup_id / NAME
    path.write_bytes(path.read_bytes()[:-40])
    before = path.read_bytes()
    *_, report = rotate(place, BOTH)
    assert [each.backup_id for each in report.problems] == [backup_id]
    assert path.read_bytes() == before


def test_wraps_that_were_destroyed_meanwhile_do_not_come_back(
    place: Repository, folder: Path
) -> None:
    (backup_id,) = backup_ids(1)
    add_backups(place, [backup_id], KeyRing(OLD))

    class Pruned(Counting):
        def read(self, path: str) -> bytes:
            content = super().read(path)
            (folder / path).unlink()
            return content

    *_, report = rotate(Pruned(place), BOTH)
    assert not report.is_complete
    assert not (folder / "orders" / backup_id / NAME).exists()


def test_without_encryption_there_is_nothing_to_rotate_to(place: Repository) -> None:
    with pytest.raises(KeyMissingError, match="no key to rotate to"):
        list(rotate(place, KeyRing(None, [OLD])))


def test_data_keys_that_were_kept_in_the_clear_come_under_the_key(place: Repository) -> None:
    ids = backup_ids(2)
    added = add_backups(place, ids, KeyRing(None))
    *_, report = rotate(place, KeyRing(NEW))
    assert report.rewrapped == 2
    assert opened_with(place, ids, KeyRing(NEW)) == unwrapped(added, KeyRing(None))


_ROTATING = """\
import sys
from pathlib import Path
from core.backup.keys.key_file import key_from_text
from core.backup.keys.rewrap import rotate
from core.backup.keys.ring import KeyRing
from core.backup.repository.open import open_repository
from core.config.repository_settings import RepositorySettings

old, new = (key_from_text(Path(name).read_text()) for name in sys.argv[2:4])
place = open_repository("local", RepositorySettings(kind="folder", path=sys.argv[1]))
for report in rotate(place, KeyRing(new, [old])):
    print(report.rewrapped, flush=True)
"""


@pytest.mark.parametrize("kill_after", [1, 4, 9])
def test_a_rotation_that_is_killed_leaves_every_backup_open_and_is_finished_by_the_next(
    place: Repository, folder: Path, tmp_path: Path, kill_after: int
) -> None:
    ids = backup_ids(40)
    added = add_backups(place, ids, KeyRing(OLD))
    write_key_file(tmp_path / "old.key", OLD)
    write_key_file(tmp_path / "new.key", NEW)
    names = [str(folder), str(tmp_path / "old.key"), str(tmp_path / "new.key")]
    with subprocess.Popen(
        [sys.executable, "-c", _ROTATING, *names], stdout=subprocess.PIPE, text=True
    ) as rotating:
        assert rotating.stdout is not None
        for _ in range(kill_after):
            rotating.stdout.readline()
        time.sleep(0.001 * kill_after)
        os.kill(rotating.pid, signal.SIGKILL)
    assert opened_with(place, ids, BOTH) == unwrapped(added, KeyRing(OLD))
    *_, report = rotate(place, BOTH)
    assert report.is_complete
    assert report.already >= kill_after
    assert report.rewrapped + report.already == len(ids)
    assert opened_with(place, ids, KeyRing(NEW)) == unwrapped(added, KeyRing(OLD))
