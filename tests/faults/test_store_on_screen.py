"""A store that can't be used, on a person's screen: what, why, what to do; and its mending."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.config.settings import StoreSettings
from core.store.sqlite import FILE_NAME
from core.store.store import Store
from tests.faults.person import person_at
from tests.faults.terminal import seats_at
from tests.servers.powers import WITHOUT_POWERS
from tests.servers.small_disk import fill, small_disk
from tests.servers.watching import Site, console, frame_where, is_full, site

FIGURES = ("live ", r"\d+ of \d+ slots")


def make_store(here: Site) -> Path:
    """A store that no watcher uses yet; gives its file."""
    Store.open(StoreSettings(), state_folder=here.state, migrate=True).close()
    return here.state / FILE_NAME


async def test_a_damaged_store_says_how_to_move_it_aside_and_is_made_anew_then(
    here: Site, database: str
) -> None:
    here.state.mkdir()
    file = here.state / FILE_NAME
    file.write_bytes(b"no database at all, " * 1000)
    async with person_at(here.launch(database), size=(120, 40)) as person:
        await person.sees("UNKNOWN", "is damaged or is not a store")
        await person.sees("do .*mv", pane="connections")
        for pane in ("backups", "security"):
            assert "nothing new can be read" in person.pane(pane)
        await person.press("2", "tab", "tab", "tab")
        await person.sees_no_more("reading …")
        await person.press("1", "5")
        await person.sees("is damaged or is not a store", "do .*mv")
        assert "has not been read yet" not in person.screen
        await person.press("1")
        file.rename(file.with_suffix(".damaged"))
        await person.sees(*FIGURES, "• OK")
    assert file.with_suffix(".damaged").read_bytes().startswith(b"no database at all")


async def test_a_store_of_a_newer_version_is_left_alone_and_says_which_program_to_take(
    here: Site, database: str
) -> None:
    file = make_store(here)
    with sqlite3.connect(file) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
    before = file.read_bytes()
    async with person_at(here.launch(database), size=(120, 40)) as person:
        await person.sees("UNKNOWN", "from a newer pgvigil")
        await person.sees("do .*--state-folder", pane="connections")
    assert file.read_bytes() == before


async def test_a_locked_store_is_told_can_be_looked_back_into_and_goes_on(
    here: Site, database: str
) -> None:
    here.config.write_text(here.config.read_text() + "\n[store]\nbusy_seconds = 0.2\n")
    async with person_at(here.launch(database)) as person:
        await person.sees(*FIGURES)
        holder = sqlite3.connect(here.state / FILE_NAME)
        holder.execute("BEGIN IMMEDIATE")
        await person.sees("UNKNOWN  The store is locked by another", r"data \d+ s ago")
        await person.sees("do see who holds it", pane="connections")
        await person.press("[")
        await person.sees("REWOUND", r"\d+ of \d+ slots")
        await person.press("0")
        holder.rollback()
        holder.close()
        await person.sees(*FIGURES, "• OK")


async def test_a_store_that_is_removed_is_made_again(here: Site, database: str) -> None:
    async with person_at(here.launch(database)) as person:
        await person.sees(*FIGURES)
        for file in here.state.glob(f"{FILE_NAME}*"):
            file.unlink()
        await asyncio.sleep(1)
        await person.sees(*FIGURES, "• OK")
        assert (here.state / FILE_NAME).exists()


def test_a_file_that_may_not_be_written_to_is_named_and_used_once_it_may(
    here: Site, database: str
) -> None:
    file = make_store(here)
    file.chmod(0o400)
    with seats_at(here) as sit:
        seat = sit(database, size=(120, 40), prefix=WITHOUT_POWERS)
        seat.sees("UNKNOWN  The store can't be written to", "chmod")
        for each in here.state.glob(f"{FILE_NAME}*"):
            each.chmod(0o600)
        seat.sees(*FIGURES)


def test_a_folder_that_may_not_be_written_to_is_named_before_anything_is_drawn(
    here: Site, database: str
) -> None:
    here.state.mkdir(mode=0o500)
    with seats_at(here) as sit:
        seat = sit(database, size=(120, 40), prefix=WITHOUT_POWERS)
        assert seat.ends() == 3
        assert f"The state folder {here.state} can't be used" in seat.written
        assert "do:  make it writable for you" in seat.written


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Site]:
    """A site whose state folder is a disk of two megabytes."""
    with small_disk(tmp_path / "state", "2m"), site(tmp_path) as made:
        yield made


async def test_a_full_disk_is_told_and_recording_goes_on_when_there_is_space(
    cramped: Site, database: str
) -> None:
    async with person_at(cramped.launch(database)) as person:
        await person.sees(*FIGURES)
        ballast = fill(cramped.state)
        await person.sees("UNKNOWN  No space is left", r"data \d+ s ago")
        ballast.unlink()
        await person.sees(*FIGURES, "• OK")


async def test_a_disk_that_is_full_from_the_start_is_told(cramped: Site, database: str) -> None:
    ballast = fill(cramped.state)
    async with person_at(cramped.launch(database), size=(120, 40)) as person:
        await person.sees("UNKNOWN", "[Nn]o space")
        ballast.unlink()
        await person.sees(*FIGURES, "• OK")


async def test_a_console_that_could_not_write_says_so_no_longer_once_another_can(
    here: Site, database: str
) -> None:
    rare = here.config.read_text().replace("heartbeat_seconds = 1\n", "heartbeat_seconds = 600\n")
    rare = rare.replace("heartbeat_lost_seconds = 5\n", "heartbeat_lost_seconds = 1200\n")
    here.config.write_text(rare + "\n[store]\nbusy_seconds = 0.2\n")
    async with console(here.launch(database)) as session:
        await frame_where(session, is_full)
        with closing(sqlite3.connect(here.state / FILE_NAME, isolation_level=None)) as rival:
            rival.execute("BEGIN IMMEDIATE")
            session.look_at("another")
            await frame_where(session, lambda _: session.trouble is not None)
            rival.execute("ROLLBACK")
        await frame_where(session, lambda _: session.trouble is None)
