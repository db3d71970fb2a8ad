"""A store that can't be used, or goes bad while a console looks."""

from __future__ import annotations

import asyncio
import sqlite3
import time

import pytest

from core.api.console import ConsoleSession
from core.errors import PgvigilError
from core.model.snapshot import Frame
from core.store.sqlite import FILE_NAME
from tests.servers.watching import Site, console, frame_where, is_full, until


async def fails_at_once(here: Site, database: str) -> PgvigilError:
    started = time.monotonic()
    with pytest.raises(PgvigilError) as caught:
        await ConsoleSession.open(here.launch(database))
    assert time.monotonic() - started < 5
    assert caught.value.why
    assert caught.value.remedy
    return caught.value


async def test_a_damaged_store_is_told_when_a_console_opens(here: Site, database: str) -> None:
    here.state.mkdir()
    (here.state / FILE_NAME).write_bytes(b"no database at all, " * 1000)
    assert "is damaged" in (await fails_at_once(here, database)).what


async def test_a_store_of_a_newer_version_is_told(here: Site, database: str) -> None:
    async with console(here.launch(database)) as session:
        await frame_where(session, is_full)
    until(lambda: not here.watchers())
    with sqlite3.connect(here.state / FILE_NAME) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    file.close()
    assert "from a newer pgvigil" in (await fails_at_once(here, database)).what


async def test_a_state_folder_that_can_not_be_made_is_told(here: Site, database: str) -> None:
    here.state.write_text("a file stands in its place")
    assert "state folder" in (await fails_at_once(here, database)).what


async def test_a_watcher_that_can_not_make_the_store_says_why(here: Site, database: str) -> None:
    (here.state / FILE_NAME).mkdir(parents=True)
    error = await fails_at_once(here, database)
    assert str(here.state) in str(error)


async def test_a_store_that_is_locked_for_long_stops_nothing_for_good(
    here: Site, database: str
) -> None:
    here.config.write_text(here.config.read_text() + "\n[store]\nbusy_seconds = 0.2\n")
    async with console(here.launch(database)) as session:
        before = await frame_where(session, is_full)
        [watcher] = here.watchers()
        holder = sqlite3.connect(here.state / FILE_NAME)
        holder.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(3)
        assert is_full(await session.latest(session.servers()[0].server_id))
        holder.rollback()
        holder.close()

        def is_newer(frame: Frame) -> bool:
            return frame.connections is not None and frame.connections != before.connections

        await frame_where(session, is_newer)
        await frame_where(session, lambda _: session.trouble is None)
        assert here.watchers() == [watcher]


async def test_a_store_that_is_removed_is_made_again(here: Site, database: str) -> None:
    async with console(here.launch(database)) as session:
        before = await frame_where(session, is_full)
        for file in here.state.glob(f"{FILE_NAME}*"):
            file.unlink()

        def is_newer(frame: Frame) -> bool:
            return is_full(frame) and frame.connections != before.connections

        await frame_where(session, lambda frame: is_newer(frame) and session.trouble is None)
        until((here.state / FILE_NAME).exists)
        moment = (await session.latest(session.servers()[0].server_id)).moment
        await frame_where(session, lambda frame: frame.moment > moment)


async def test_a_console_lives_on_when_its_store_is_damaged_and_says_so(
    here: Site, database: str
) -> None:
    async with console(here.launch(database)) as session:
        await frame_where(session, is_full)
        for process in here.watchers():
            process.kill()
        for file in here.state.glob(f"{FILE_NAME}-*"):
            file.unlink()
        (here.state / FILE_NAME).write_bytes(b"no database at all, " * 1000)
        frame = await frame_where(session, lambda _: session.trouble is not None)
        assert is_full(frame), "what was last known stays on the screen"
        assert session.trouble is not None
        assert session.trouble.remedy
