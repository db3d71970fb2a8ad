"""Whether anyone wrote to the store, told from its files alone."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from core.engine.store_file import STORE_FILE, WriteWatch, file_id

LONG_AGO = time.time_ns() - 3_600_000_000_000


def written(path: Path, content: bytes, at: int) -> None:
    """A file with a time of last change."""
    path.write_bytes(content)
    os.utime(path, ns=(at, at))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The file of a store that nobody has written to for an hour."""
    written(tmp_path / STORE_FILE, b"store", LONG_AGO)
    written(tmp_path / f"{STORE_FILE}-wal", b"log", LONG_AGO)
    return tmp_path


def seen(folder: Path) -> WriteWatch:
    """A watch that has looked once."""
    watch = WriteWatch(folder)
    assert watch.may_have_changed(), "the first look is news"
    return watch


def test_nothing_written_is_no_news(store: Path) -> None:
    watch = seen(store)
    assert not watch.may_have_changed()


@pytest.mark.parametrize("name", [STORE_FILE, f"{STORE_FILE}-wal"])
def test_a_write_to_the_file_or_to_its_log_is_news_once(store: Path, name: str) -> None:
    watch = seen(store)
    written(store / name, b"other", LONG_AGO + 10_000_000)
    assert watch.may_have_changed()
    assert not watch.may_have_changed()


def test_a_log_that_appears_or_goes_is_news(store: Path) -> None:
    watch = seen(store)
    (store / f"{STORE_FILE}-wal").unlink()
    assert watch.may_have_changed()
    written(store / f"{STORE_FILE}-wal", b"log", LONG_AGO)
    assert watch.may_have_changed()


def test_after_a_write_just_now_another_one_may_follow_unseen(store: Path) -> None:
    watch = seen(store)
    written(store / f"{STORE_FILE}-wal", b"new", time.time_ns() + 3_600_000_000_000)
    assert watch.may_have_changed()
    assert watch.may_have_changed(), "a write within the same step of the clock bears the same time"


def test_a_store_without_a_file_may_have_been_written_to_at_any_time(tmp_path: Path) -> None:
    watch = WriteWatch(tmp_path)
    assert watch.may_have_changed()
    assert watch.may_have_changed()


def test_a_file_in_the_place_of_another_is_another_one(store: Path) -> None:
    before = file_id(store / STORE_FILE)
    written(store / "other", b"store", LONG_AGO)
    (store / "other").replace(store / STORE_FILE)
    assert file_id(store / STORE_FILE) != before
    (store / STORE_FILE).unlink()
    assert file_id(store / STORE_FILE) is None


async def test_waiting_ends_with_a_write(store: Path) -> None:
    watch = seen(store)
    waiting = asyncio.create_task(watch.wait(0.01, 60))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    written(store / f"{STORE_FILE}-wal", b"other", LONG_AGO)
    await asyncio.wait_for(waiting, 10)


async def test_waiting_ends_after_the_most_that_was_asked_for(store: Path) -> None:
    await asyncio.wait_for(seen(store).wait(0.01, 0.05), 10)
