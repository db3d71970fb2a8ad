"""What a dump writes is handed over once: finished, or while it grows."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path

import pytest

from core.backup.dump.dump_file import DumpFile
from core.backup.dump.dump_folder import DumpFolder
from core.backup.progress import SilentReporter
from core.errors import BackupError, CancelledError

LARGE = bytes(8 << 20)


class Taken:
    """What was handed over; ``growing`` says whether what grows is taken."""

    def __init__(self, *, growing: bool) -> None:
        self._growing = growing
        self.finished: list[tuple[str, int]] = []
        self.grown: list[DumpFile] = []

    def take(self, file: DumpFile, size: int) -> None:
        """Note it."""
        self.finished.append((file.path.name, size))

    def take_growing(self, file: DumpFile) -> bool:
        """Note it."""
        if self._growing:
            self.grown.append(file)
        return self._growing


def content_of(file: DumpFile) -> bytes:
    with file.path.open("rb", buffering=0) as opened:
        next_block = file.blocks(opened, 1 << 20, lambda: None)
        return b"".join(iter(next_block, b""))


def test_a_large_file_is_handed_over_while_it_grows_and_not_once_more(tmp_path: Path) -> None:
    taken = Taken(growing=True)
    folder = DumpFolder(tmp_path, taken, SilentReporter())
    path = tmp_path / "3001.dat.zst"
    path.write_bytes(LARGE)
    folder.measure()
    folder.measure()
    (file,) = taken.grown

    with path.open("ab") as more:
        more.write(b"the end")
    folder.finish(3001)
    folder.finish_all()

    assert content_of(file) == LARGE + b"the end"
    assert taken.finished == []
    assert folder.bytes == len(LARGE) + 7


def test_one_that_nobody_takes_as_it_grows_is_handed_over_when_it_is_finished(
    tmp_path: Path,
) -> None:
    taken = Taken(growing=False)
    folder = DumpFolder(tmp_path, taken, SilentReporter())
    (tmp_path / "3001.dat").write_bytes(LARGE)
    folder.measure()
    folder.finish(3001)
    folder.finish_all()
    assert taken.finished == [("3001.dat", len(LARGE))]


def test_small_files_and_lists_are_not_read_before_they_are_finished(tmp_path: Path) -> None:
    taken = Taken(growing=True)
    folder = DumpFolder(tmp_path, taken, SilentReporter())
    (tmp_path / "3001.dat").write_bytes(LARGE[1:])
    (tmp_path / "blobs_3.toc").write_bytes(LARGE)
    (tmp_path / "toc.dat").write_bytes(LARGE)
    folder.measure()
    assert taken.grown == []
    folder.finish_all()
    assert [name for name, _ in taken.finished][-1] == "toc.dat"
    assert len(taken.finished) == 3


def test_what_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "1.dat"
    path.write_bytes(b"")
    file = DumpFile(path)
    waited = threading.Event()

    def write() -> None:
        waited.wait()
        path.write_bytes(b"rows")
        file.finish(4)

    writing = threading.Thread(target=write)
    writing.start()
    with path.open("rb", buffering=0) as opened:
        next_block = file.blocks(opened, 100, waited.set)
        assert b"".join(iter(next_block, b"")) == b"rows"
    writing.join()


def test_who_waits_for_more_learns_that_the_job_is_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "1.dat"
    path.write_bytes(b"rows")

    def cancelled() -> None:
        raise CancelledError("enough")

    with path.open("rb", buffering=0) as opened:
        next_block = DumpFile(path).blocks(opened, 100, cancelled)
        assert next_block() == b"rows"
        with pytest.raises(CancelledError):
            next_block()


@pytest.mark.parametrize("size", [3, 5])
def test_a_file_of_another_size_than_pg_dump_wrote_is_no_backup(tmp_path: Path, size: int) -> None:
    path = tmp_path / "1.dat"
    path.write_bytes(b"rows")
    with pytest.raises(BackupError, match="not what pg_dump wrote"):
        content_of(DumpFile.finished(path, size))


def test_files_that_wait_to_be_stored_take_little_memory(tmp_path: Path) -> None:
    """A database may have tens of thousands of large objects, each a file of its own."""
    path, count = tmp_path / "1.dat", 1000
    tracemalloc.start()
    try:
        files = [DumpFile.finished(path, 1) for _ in range(count)]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(files) == count
    assert taken < 200 * count
