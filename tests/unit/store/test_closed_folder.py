"""A state folder that can't be entered for a while: nothing is removed, and everybody says why."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engine.presence import Locks
from core.engine.store_file import STORE_FILE, StoreFile, WriteWatch, is_removed
from core.errors import PgvigilError, StoreError
from core.store.failure import explain_sqlite
from core.store.schema import wait_for_file
from tests.servers.closed_folder import place_that_can_be_closed


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder with a store's file, in another folder of ours."""
    with place_that_can_be_closed() as parent:
        folder = parent / "state"
        folder.mkdir()
        (folder / STORE_FILE).touch()
        yield folder


def close(folder: Path) -> None:
    folder.chmod(0o000)


@pytest.mark.parametrize("closed", ["state", "its parent"])
def test_what_cannot_be_looked_at_was_neither_removed_nor_replaced(
    state: Path, closed: str
) -> None:
    file, writes = StoreFile(state), WriteWatch(state)
    close(state if closed == "state" else state.parent)
    file.check()
    assert not is_removed(state)
    assert writes.may_have_changed(), "it is looked into as if it had been written to"


def test_what_is_gone_was_removed(state: Path) -> None:
    file = StoreFile(state)
    (state / STORE_FILE).unlink()
    with pytest.raises(StoreError, match="removed or replaced"):
        file.check()
    assert not is_removed(state)
    state.rmdir()
    assert is_removed(state)


def test_one_who_waits_for_the_store_is_told_at_once(state: Path) -> None:
    close(state)
    with pytest.raises(StoreError) as told:
        wait_for_file(state / STORE_FILE, 60)
    assert "Permission denied" in str(told.value)
    assert str(state) in told.value.remedy


def test_one_who_opens_the_store_is_told_why_it_fails(state: Path) -> None:
    file = state / STORE_FILE
    close(state)
    with pytest.raises(sqlite3.OperationalError) as failed:
        sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True)
    assert "Permission denied" in explain_sqlite(failed.value, file).why


def test_locks_are_claimed_again_once_the_folder_can_be_entered(state: Path) -> None:
    locks = Locks(state)
    locks.claim_again(["orders"])
    close(state)
    locks.claim_again(["orders", "billing"])
    locks.release()
    never = Locks(state)
    with pytest.raises(PgvigilError, match="can't be used"):
        never.claim_again(["orders"])
