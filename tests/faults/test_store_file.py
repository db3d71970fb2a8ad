"""The store's file on a bad day: each says what happened, why, and what to do; nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.settings import StoreSettings
from core.errors import StoreError
from core.model.process import Lease
from core.model.snapshot import Subject
from core.store.sqlite import FILE_NAME
from core.store.store import Store
from tests.contract.examples import NOW, SERVER, connections, hold, seconds, taken
from tests.servers.powers import said_without_powers
from tests.servers.small_disk import fill, small_disk

IMPATIENT = StoreSettings(busy_seconds=0.2, wait_seconds=0.2)

OPEN = """
import sys
from pathlib import Path
from core.config.settings import StoreSettings
from core.errors import StoreError
from core.store.store import Store
try:
    Store.open(StoreSettings(busy_seconds=0.2), state_folder=Path(sys.argv[1]), migrate=True)
except StoreError as error:
    print(error)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The state folder, with a store that has one snapshot."""
    folder = tmp_path / "state"
    store = open_store(folder)
    store.write_tick(hold(store), SERVER, snapshots=[taken(NOW)])
    store.close()
    return folder


def open_store(folder: Path, *, migrate: bool = True) -> Store:
    return Store.open(IMPATIENT, state_folder=folder, migrate=migrate)


def hold_again(store: Store) -> Lease:
    """The lease that this process has already, or has now."""
    return store.leases.holder(f"server:{SERVER}") or hold(store)


def use(folder: Path) -> None:
    """Open the store, read from it and tidy it."""
    store = open_store(folder)
    try:
        store.snapshots.latest(SERVER)
        store.maintain()
    finally:
        store.close()


def test_only_the_owner_can_look_into_the_folder_and_its_files(folder: Path) -> None:
    store = open_store(folder)
    store.write_tick(hold_again(store), SERVER, snapshots=[taken(NOW + seconds(1))])

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert f"{FILE_NAME}-wal" in modes
    store.close()


def test_a_store_file_that_others_could_read_is_closed_to_them(folder: Path) -> None:
    (folder / FILE_NAME).chmod(0o644)
    open_store(folder).close()

    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600


def test_a_file_locked_by_another_process_is_named_with_the_way_to_find_who(folder: Path) -> None:
    store = open_store(folder)
    lease = hold_again(store)
    holder = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError) as refused:
        store.write_tick(lease, SERVER, snapshots=[taken(NOW + seconds(1))])
    assert "locked by another process" in refused.value.what
    assert "fuser" in refused.value.remedy
    assert store.snapshots.latest(SERVER)

    holder.execute("ROLLBACK")
    holder.close()
    store.write_tick(lease, SERVER, snapshots=[taken(NOW + seconds(1))])
    assert store.snapshots.step(SERVER, None, -1) == NOW + seconds(1)
    store.close()


@pytest.mark.parametrize("damage", ["no database at all", "overwritten in the middle"])
def test_a_damaged_file_is_kept_and_the_way_to_move_it_aside_is_told(
    folder: Path, damage: str
) -> None:
    file = folder / FILE_NAME
    before = file.read_bytes()
    rubbish = b"\xa5rubbish" * 4000
    if damage == "no database at all":
        file.write_bytes(rubbish)
    else:
        file.write_bytes(before[:100] + rubbish[: len(before) - 100])
    damaged = file.read_bytes()

    with pytest.raises(StoreError) as refused:
        use(folder)
    assert "damaged" in refused.value.what
    assert f"mv {file}" in refused.value.remedy
    assert file.read_bytes() == damaged


def test_who_opens_it_twice_keeps_it_whole_when_another_process_leaves_it(folder: Path) -> None:
    first = open_store(folder)
    first.audit.append("anna", "before", "", {})
    open_store(folder).close()
    other = "import sys, sqlite3; sqlite3.connect(sys.argv[1]).execute('SELECT 1 FROM lease')"
    subprocess.run([sys.executable, "-c", other, folder / FILE_NAME], check=True)
    assert (folder / f"{FILE_NAME}-wal").exists()
    first.audit.append("anna", "after", "", {})
    first.close()
    again = open_store(folder)
    try:
        assert [each.action for each in again.audit.entries(2)] == ["after", "before"]
    finally:
        again.close()


def test_a_damaged_page_stops_what_needs_it_and_says_so(folder: Path) -> None:
    file = folder / FILE_NAME
    store = open_store(folder)
    lease = hold_again(store)
    for number in range(200):
        body = connections(*(os.urandom(50).hex() for _ in range(20)))
        at = NOW + seconds(number)
        store.write_tick(lease, SERVER, snapshots=[taken(at, Subject.CONNECTIONS, body)])
    store.close()
    whole = bytearray(file.read_bytes())
    for page in range(5, len(whole) // 8192):
        whole[page * 8192 : page * 8192 + 100] = b"\xff" * 100
    file.write_bytes(whole)

    with pytest.raises(StoreError) as refused:
        use(folder)
    assert "damaged" in refused.value.what


def test_a_file_that_may_not_be_written_to_is_named(folder: Path) -> None:
    (folder / FILE_NAME).chmod(0o400)

    said = said_without_powers(OPEN, str(folder))
    assert f"can't be written to: {folder / FILE_NAME}" in said
    assert "chown" in said


def test_a_folder_that_may_not_be_written_to_is_named(folder: Path) -> None:
    folder.chmod(0o500)

    said = said_without_powers(OPEN, str(folder))
    folder.chmod(0o700)
    assert f"can't be written to: {folder / FILE_NAME}" in said
    assert "chown" in said


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("a file")

    with pytest.raises(StoreError) as refused:
        open_store(tmp_path / "in the way" / "state")
    assert "can't be made" in refused.value.what
    assert "--state-folder" in refused.value.remedy
    assert "XDG_STATE_HOME" in refused.value.remedy


def test_a_folder_that_is_missing_is_made_or_awaited(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    with pytest.raises(StoreError) as refused:
        open_store(folder, migrate=False)
    assert "no store" in refused.value.what

    open_store(folder).close()
    open_store(folder, migrate=False).close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one and a half megabytes."""
    with small_disk(tmp_path / "disk", "1500k") as made:
        yield made


def refusal(store: Store, place: Path) -> StoreError:
    """Write snapshots until the store refuses."""
    lease = hold_again(store)
    for number in range(10_000):
        body = connections(*(os.urandom(200).hex() for _ in range(20)))
        try:
            at = NOW + seconds(number + 1)
            store.write_tick(lease, SERVER, snapshots=[taken(at, Subject.CONNECTIONS, body)])
        except StoreError as error:
            return error
    raise AssertionError(f"{place} never became full")


def test_a_full_disk_loses_nothing_and_recording_goes_on_when_there_is_space(disk: Path) -> None:
    ballast = disk / "ballast"
    ballast.write_bytes(b"\0" * 400_000)
    store = open_store(disk / "state")
    hold(store)

    error = refusal(store, disk)
    assert "No space is left" in error.what
    assert "free space" in error.remedy
    last = store.snapshots.step(SERVER, None, -1)
    assert last is not None
    assert store.snapshots.latest(SERVER)

    ballast.unlink()
    lease = hold_again(store)
    at = last + seconds(1000)
    store.write_tick(lease, SERVER, snapshots=[taken(at)])
    assert store.snapshots.step(SERVER, at, -1) == last
    store.close()


def test_a_full_disk_at_the_very_start_is_named(disk: Path) -> None:
    fill(disk, leaving=8192)

    with pytest.raises(StoreError) as refused:
        open_store(disk / "state")
    assert "No space is left" in refused.value.what


def test_a_store_that_reached_its_greatest_size_says_so_and_goes_on_when_it_may_grow(
    folder: Path,
) -> None:
    """What a full disk looks like to SQLite, for those who can't mount a small one."""
    store = open_store(folder)
    hold_again(store)
    database = store._database
    with database.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")

    error = refusal(store, folder)
    assert "No space is left" in error.what
    last = store.snapshots.step(SERVER, None, -1)
    assert last is not None

    with database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    after = taken(last + seconds(1), Subject.CONNECTIONS, connections("SELECT 1"))
    store.write_tick(hold_again(store), SERVER, snapshots=[after])
    reader = open_store(folder, migrate=False)
    assert reader.snapshots.latest(SERVER)[Subject.CONNECTIONS] == after
    assert reader.snapshots.step(SERVER, None, -2) == last
    reader.close()
    store.close()
